"""Compiled twins of the day's hot loops, for whoever has installed the extra `fast` (numba).

The numpy functions are the model; each kernel here computes what one of them does, to the same
decisions and the same fen (`tests/laws/test_kernels.py`). `fast` tells whether they are used: once
loaded always, and they are loaded when a process has been given work enough to be worth a second of
loading. The environment variable FENJI_KERNELS chooses for a process: `numpy` never, `fast` from
the start.
"""

import os
from importlib.util import find_spec

from model.terms import InputError

VARIABLE = "FENJI_KERNELS"
WORTH_LOADING = 100_000  # rows of one call
LONG_ENOUGH = 50_000_000  # residents and days of the runs of a process; saves a second
OF_A_DAY = 100_000  # residents to whom the calls of a day, however few live, compare

_used: bool | None = None  # None: not decided yet
_ahead = 0  # residents and days of the runs so far begun


def fast(rows: int = 0) -> bool:
    """Whether compiled kernels are used, by a call on so many rows."""
    if _used is None:
        return _decide(rows)
    return _used


def expect(residents: int, days: int) -> None:
    """A run begins: from the one on with which the process has enough to do, use kernels.

    Nothing but speed depends on when that is.
    """
    global _ahead
    _ahead += (residents + OF_A_DAY) * days
    if _ahead >= LONG_ENOUGH:
        fast(WORTH_LOADING)


def use(kernels: str | None) -> None:
    """Choose for this process: `numpy`, `fast`, or None for what the environment says."""
    global _used, _ahead
    _used, _ahead = None if kernels is None else is_fast(kernels), 0


def is_fast(kernels: str) -> bool:
    """Whether a choice is that of compiled kernels; InputError if it cannot be made."""
    if kernels not in ("numpy", "fast"):
        raise InputError(VARIABLE, found=kernels, allowed="numpy, fast")
    if kernels == "fast" and find_spec("numba") is None:
        raise InputError("fast kernels need numba: install fenji[fast]", found=kernels)
    return kernels == "fast"


def _decide(rows: int) -> bool:
    global _used
    said = os.environ.get(VARIABLE, "")
    if said:
        _used = is_fast(said)
    elif find_spec("numba") is None:
        _used = False
    elif rows >= WORTH_LOADING:
        _used = True
    return bool(_used)
