"""Ctrl-C as a request: what is in hand is finished, nothing new begins."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Request:
    """Whether somebody asked to stop."""

    asked: bool = False


@contextmanager
def stop_on_ctrl_c(first: Callable[[], None]) -> Iterator[Request]:
    """The first Ctrl-C calls `first` and asks to stop; the second one is a KeyboardInterrupt."""
    request = Request()

    def ask(_signal: int, _frame: object) -> None:
        if request.asked:
            raise KeyboardInterrupt
        request.asked = True
        first()

    try:
        before = signal.signal(signal.SIGINT, ask)
    except ValueError:  # not in the main thread, where no signal arrives
        yield request
        return
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, before)
