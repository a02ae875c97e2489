"""Who is served of the lines of a day: the twin of `model.care.queue.serve`."""

from typing import Any

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Bools, Ints


@part_of_kernels
def before(key: Any, row: Any, other: Any, other_row: Any) -> Any:
    """Whether one goes before another; of equals the earlier row."""
    return key < other or (key == other and row < other_row)


@compiled
def bring_forward(key: Ints, row: Ints, begin: int, place: int, end: int) -> None:
    """Let those who come first of `begin` to `end` stand before `place` (Hoare's selection)."""
    end -= 1
    while begin < end:
        middle, middle_row = key[(begin + end) // 2], row[(begin + end) // 2]
        low, high = begin, end
        while low <= high:
            while before(key[low], row[low], middle, middle_row):
                low += 1
            while before(middle, middle_row, key[high], row[high]):
                high -= 1
            if low <= high:
                key[low], key[high] = key[high], key[low]
                row[low], row[high] = row[high], row[low]
                low, high = low + 1, high - 1
        if place <= high:
            end = high
        elif place >= low:
            begin = low
        else:
            break


@compiled
def serve(
    facility: Ints, key: Ints, places: Ints, asking: Ints, first: Ints, line: Ints, row: Ints,
    served: Bools,
) -> None:  # fmt: skip
    """Fill who is served: where more ask than there are places, those of the lowest keys.

    key: (patients,), rank and order in one. asking: (facilities,). first: (facilities,) room;
    line, row: (patients,) room.
    """
    at = 0
    for f in range(len(places)):
        first[f] = at
        if asking[f] > places[f]:
            at += asking[f]
    for i in range(len(facility)):
        f = facility[i]
        served[i] = asking[f] <= places[f]
        if not served[i]:
            line[first[f]], row[first[f]] = key[i], i
            first[f] += 1
    for f in range(len(places)):
        if asking[f] > places[f]:
            begin, place = first[f] - asking[f], first[f] - asking[f] + max(places[f], np.int64(0))
            bring_forward(line, row, begin, place, first[f])
            for i in range(begin, place):
                served[row[i]] = True
