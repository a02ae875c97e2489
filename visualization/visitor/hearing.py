"""What the browser says is checked: what no control of ours would say changes nothing."""

from collections.abc import Callable
from typing import Any

Told = Callable[[Any], None]


def heard(act: Told) -> Told:
    """Act on an event unless it is malformed; InputError is a ValueError, too."""

    def listen(said: Any) -> None:
        try:
            act(said)
        except (KeyError, TypeError, ValueError, OverflowError):
            return

    return listen
