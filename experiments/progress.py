"""How a sweep tells of itself on standard error: a bar for a person, lines for a log, nothing."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from experiments.engine import Report, Tally

LINE_S = 10.0  # between two lines of a log


class Quiet:
    """Says nothing."""

    def update(self, tally: Tally, threads: int) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""


class Clock:
    """Estimates the time left from the runs that this driver has settled itself."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def left(self, tally: Tally) -> str:
        """Time left as text; empty while nothing has ended."""
        done = tally.finished + tally.failed
        if not done or tally.settled >= tally.planned:
            return ""
        seconds = (time.monotonic() - self._began) / done * (tally.planned - tally.settled)
        return f"{timedelta(seconds=round(seconds))} left"


class Log:
    """A line on standard error every now and then."""

    def __init__(self) -> None:
        self._clock, self._next = Clock(), time.monotonic() + LINE_S

    def update(self, tally: Tally, threads: int) -> None:
        """Say how many runs are done and how long the others will take."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LINE_S
        parts = [f"{tally.settled:,} of {tally.planned:,} runs"]
        parts += [f"{tally.failed:,} failed"] if tally.failed else []
        parts += [self._clock.left(tally)] if threads else ["waiting for a worker"]
        self.say(", ".join(part for part in parts if part))

    def say(self, text: str) -> None:
        """A line."""
        print(f"fenji: {text}", file=sys.stderr, flush=True)


class Bar:
    """A bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._clock = progress, Clock()
        self._task = progress.add_task("", total=None)

    def update(self, tally: Tally, threads: int) -> None:
        """Move the bar."""
        text = self._clock.left(tally) if threads else "waiting for a worker"
        text += f", {tally.failed:,} failed" if tally.failed else ""
        self._progress.update(
            self._task, completed=tally.settled, total=tally.planned, description=text
        )

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._progress.console.print(f"fenji: {text}", highlight=False, markup=False)


@contextmanager
def told() -> Iterator[Report]:
    """A bar if standard error is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Log()
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress)
