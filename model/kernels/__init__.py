"""Compiled twins of the day's hot loops, for whoever has installed the extra `fast` (numba).

The numpy functions are the model; each kernel here computes what one of them does, to the same
decisions and the same fen (`tests/laws/test_kernels.py`). `fast` tells whether they are used: once
loaded always, and they are loaded when work is large enough to be worth a second of loading. The
environment variable FENJI_KERNELS chooses for a process: `numpy` never, `fast` from the start.
"""

import os
import threading
from importlib.util import find_spec

from model.terms import InputError

VARIABLE = "FENJI_KERNELS"
WORTH_LOADING = 100_000  # rows of one call
ONE_AT_A_TIME = threading.RLock()  # numba's own threads serve one caller

_used: bool | None = None  # None: not decided yet


def fast(rows: int = 0) -> bool:
    """Whether compiled kernels are used, by a call on so many rows."""
    if _used is None:
        return _decide(rows)
    return _used


def use(kernels: str | None) -> None:
    """Choose for this process: `numpy`, `fast`, or None for what the environment says."""
    global _used
    _used = None if kernels is None else is_fast(kernels)


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
