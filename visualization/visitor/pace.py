"""How fast days may pass when many visitors play at once on one machine."""

import threading
import time

SHARE = 0.6  # of one core that stepping may take, so that every page still answers


class Pace:
    """The speed cap shared by all visitors of a process.

    With n visitors playing, whose days take s seconds of work, each waits at least n s / `SHARE`
    from day to day. One at a time steps: the interpreter could not do better with more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._players: set[object] = set()

    @property
    def n_playing(self) -> int:
        """Visitors whose days are passing."""
        return len(self._players)

    @property
    def turn(self) -> threading.Lock:
        """Held while a day is computed."""
        return self._turn

    def join(self, player: object) -> None:
        """A visitor begins to play."""
        with self._lock:
            self._players.add(player)

    def leave(self, player: object) -> None:
        """A visitor pauses."""
        with self._lock:
            self._players.discard(player)

    def least_interval(self, work_s: float) -> float:
        """Seconds from one day to the next that a visitor must keep, if a day takes `work_s`."""
        return max(self.n_playing, 1) * work_s / SHARE


def now() -> float:
    """Seconds of a clock that never goes back."""
    return time.monotonic()
