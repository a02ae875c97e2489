"""Groups of residents, and ratios of counts that can be had overall and by group."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from model.state import Residents
from model.terms import Bytes, Floats, Ints, Scheme

GROUPS: dict[str, tuple[str, ...]] = {
    "residence": ("rural", "urban"),
    "scheme": tuple(scheme.word for scheme in Scheme),
    "age": ("0-14", "15-59", "60+"),
    "income": ("q1", "q2", "q3", "q4", "q5"),
    "assistance": ("no", "yes"),
    "member": ("elsewhere", "here"),  # of this region's insurance pool; counted, not reported
}
REPORTED = tuple(GROUPS)[:-1]
SHAPE = tuple(len(keys) for keys in GROUPS.values())
N_CELLS = prod(SHAPE)
OLD = 60  # years
AGES = (15, OLD)  # first years of the second and third group

Value = float | None
Counts = Floats  # of shape SHAPE: an axis for each of GROUPS


def codes(residents: Residents) -> dict[str, Bytes]:
    """Each resident's place among the keys of every one of `GROUPS`."""
    return {
        "residence": residents.urban.astype(np.int8),
        "scheme": residents.scheme,
        "age": np.searchsorted(AGES, residents.age, side="right").astype(np.int8),
        "income": residents.income_group,
        "assistance": residents.assistance.astype(np.int8),
        "member": residents.insured_here.astype(np.int8),
    }


def cells(residents: Residents) -> Ints:
    """Each resident's cell in a table of shape `SHAPE` laid out flat."""
    cell = np.zeros(len(residents), np.int64)
    for group, code in codes(residents).items():
        cell = cell * len(GROUPS[group]) + code
    return cell


def only(counts: Counts, group: str, kept: Sequence[int]) -> Counts:
    """The counts of residents in some keys of a group, zero elsewhere."""
    axis = list(GROUPS).index(group)
    flags = np.isin(np.arange(SHAPE[axis]), kept)
    return counts * np.expand_dims(flags, [a for a in range(len(SHAPE)) if a != axis])


@dataclass(frozen=True, slots=True)
class Measured:
    """One indicator's value, overall and by group; None where the denominator is zero."""

    value: Value
    unit: str
    by: dict[str, dict[str, Value]] = field(default_factory=dict)

    def over(self, other: "Measured", unit: str) -> "Measured":
        """One indicator over another, overall and group by group."""
        by = {
            group: {key: over(value, other.by[group][key]) for key, value in values.items()}
            for group, values in self.by.items()
        }
        return Measured(over(self.value, other.value), unit, by)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Counts over counts, cell by cell, so that the ratio can be had for any group."""

    unit: str
    above: Counts
    below: Counts

    def within(self, group: str, key: str) -> "Ratio":
        """The ratio among the residents of one key of a group."""
        kept = (GROUPS[group].index(key),)
        return Ratio(self.unit, only(self.above, group, kept), only(self.below, group, kept))

    def measured(self) -> Measured:
        """Overall and by each of the reported groups."""
        by = {}
        for axis, group in enumerate(REPORTED):
            others = tuple(a for a in range(len(SHAPE)) if a != axis)
            pairs = zip(self.above.sum(axis=others), self.below.sum(axis=others), strict=True)
            by[group] = {key: over(*pair) for key, pair in zip(GROUPS[group], pairs, strict=True)}
        return Measured(over(self.above.sum(), self.below.sum()), self.unit, by)


def over(above: Value, below: Value) -> Value:
    """A quotient as a plain number; None where it cannot be formed.

    >>> over(1, 4), over(1, 0), over(None, 4)
    (0.25, None, None)
    """
    if above is None or below is None or below == 0:
        return None
    return float(above) / float(below)
