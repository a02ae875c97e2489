"""Work in parts, one a thread: kernels hold no lock of Python, so parts run at the same time.

No result depends on the number of parts: rows are apart, draws are keyed, and nothing is summed
across parts. Threads come from NUMBA_NUM_THREADS, else from the processors that this process may
use; several models of one process may share them.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

from model.terms import InputError

VARIABLE = "NUMBA_NUM_THREADS"
LEAST = 2_048  # rows worth a thread


def threads() -> int:
    """Threads that work is parted among; InputError if the environment says nonsense."""
    said = os.environ.get(VARIABLE)
    if said is None:
        return _processors()
    if not said.isdigit() or int(said) == 0:
        raise InputError(VARIABLE, found=said, allowed="whole numbers from 1")
    return int(said)


def in_parts(n: int, work: Callable[[int, int], None]) -> None:
    """Call `work(begin, end)` for parts that make up the rows 0 to n, and wait for all."""
    mine, *theirs = parts_of(n)
    others = [_pool(len(theirs)).submit(work, *span) for span in theirs]
    work(*mine)
    for other in others:
        other.result()


def parts_of(n: int) -> list[tuple[int, int]]:
    """Begin and end of each part; a single one of what is not worth a second thread."""
    parts = max(min(threads(), n // LEAST), 1)
    ends = [n * part // parts for part in range(parts + 1)]
    return list(pairwise(ends))


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="fenji-kernels")


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
