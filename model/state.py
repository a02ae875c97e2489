"""Everything that survives midnight, as arrays."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from model.terms import Bools, Bytes, Floats, Floats32, Ints, Ints32

Days = npt.NDArray[np.int16]
NEVER = 32_000  # a day beyond any run
LINE = 64  # bytes of memory that come at once
NEVER_ADVISED, TAKEN_UP = -1, -2  # in `Episodes.advised_day`


@dataclass(slots=True)
class Residents:
    """One row a resident, sorted by place and household; shape (n,) unless said otherwise."""

    place: Ints32  # row of region.places
    household: Ints32  # households are contiguous rows
    age: Bytes  # completed years, 0 to 100
    female: Bools
    urban: Bools
    income: Floats32  # disposable, CNY/person/year
    income_group: Bytes  # fifth of the region's income order, 0 poorest to 4 richest
    scheme: Bytes  # terms.Scheme
    insured_here: Bools  # member of this region's pool; others are members elsewhere
    assistance: Bools  # entitled to medical assistance
    hypertension: Bools
    diabetes: Bools
    other_chronic: Bools
    contract: Bools  # signed with the family doctor's team of the nearest clinic and centre
    frailty: Floats32  # multiplies every onset rate, mean 1
    trust: Floats32  # (4, n): trust by tier, 0 to 1

    def __len__(self) -> int:
        return len(self.place)


@dataclass(slots=True)
class Memory:
    """What residents carry from day to day besides trust; shape (n,) unless said otherwise."""

    prior_trust: Floats32  # (4, n): trust before any experience; forgetting leads back to it
    touched_day: Days  # day to which the resident's trust is up to date
    last_used: Ints32  # facility of the last visit, -1 before any
    controlled: Bools  # hypertension or diabetes under control
    in_bed_until: Days  # day of discharge of the last stay, -1 before any
    discharged_day: Days  # day of the last discharge, far in the past before any
    out_of_pocket: Ints  # fen of cash in the counted days
    was_admitted: Bools  # a stay began in the counted days


# What a day looks up of a patient: one line of the cache.
_LOOKED_UP = np.dtype(
    [
        *((name, np.int32) for name in ("place", "last_used")),
        ("income", np.float32),
        *((name, np.int16) for name in ("touched_day", "in_bed_until")),
        *((name, np.bool_) for name in ("urban", "assistance", "contract", "controlled")),
        *((name, np.bool_) for name in ("hypertension", "diabetes", "insured_here")),
        ("scheme", np.int8),
        *((name, np.float32, 4) for name in ("trust", "prior_trust")),
        ("_", np.int64),  # fills the line
    ]
)


def side_by_side(n: int, row: np.dtype[np.void]) -> dict[str, npt.NDArray[Any]]:
    """Columns of zeros, shape (n,) or (k, n), that lie side by side in memory, a row after another.

    Whoever looks up several columns of random rows then waits for memory once.
    """
    lines = np.zeros(n * row.itemsize + LINE, np.int8)
    first = -lines.ctypes.data % LINE
    rows = lines[first : first + n * row.itemsize].view(row)
    return {name: rows[name].T for name in row.names or () if name != "_"}


def new_memory(residents: Residents) -> Memory:
    """Residents' memory before the first day; nothing is due and nobody has been anywhere.

    The residents' own columns that a day looks up move beside it.
    """
    memory = _empty_memory(residents)
    for name, column in side_by_side(len(residents), _LOOKED_UP).items():
        owner: Any = residents if hasattr(residents, name) else memory
        column[:] = getattr(owner, name)
        setattr(owner, name, column)
    return memory


def _empty_memory(residents: Residents) -> Memory:
    n = len(residents)
    return Memory(
        prior_trust=residents.trust.copy(),
        touched_day=np.zeros(n, np.int16),
        last_used=np.full(n, -1, np.int32),
        controlled=np.zeros(n, np.bool_),
        in_bed_until=np.full(n, -1, np.int16),
        discharged_day=np.full(n, -NEVER, np.int16),
        out_of_pocket=np.zeros(n, np.int64),
        was_admitted=np.zeros(n, np.bool_),
    )


_EPISODE_COLUMNS: dict[str, tuple[type, float]] = {
    "identity": (np.int64, -1),  # running number of onsets; -1 for a follow-up, which is no spell
    "person": (np.int32, 0),
    "key": (np.int64, 0),  # first occasion of its draws; step is added
    "step": (np.int16, 0),  # decisions, visits and stays so far
    "condition": (np.int8, 0),
    "severity": (np.float32, 0),
    "onset_day": (np.int16, 0),
    "emergency": (np.bool_, False),
    "follow_up": (np.bool_, False),  # planned care of a known disease
    "wanted": (np.bool_, False),  # would have seen a provider had it cost nothing
    "first_contact": (np.int8, -1),  # tier
    "n_visits": (np.int16, 0),
    "planned": (np.bool_, False),  # the next visit was agreed at the last one
    "referred": (np.bool_, False),
    "referred_down": (np.bool_, False),
    "target": (np.int32, -1),  # facility to which the patient was referred
    "wish": (np.int32, -1),  # hospital to which she asks primary care to refer her
    "facility": (np.int32, -1),  # where the patient asks, waits or lies
    "adviser": (np.int32, -1),  # facility that advised admission
    "asked_day": (np.int16, 0),  # day of asking for a visit or a bed
    "stay_day": (np.int16, 0),  # length of the present stay
    "advised_day": (np.int16, NEVER_ADVISED),  # day of the first advice of admission
    "admitted": (np.bool_, False),  # a stay began
    "worsened": (np.bool_, False),
}


class Episodes:
    """Spells of illness and due follow-ups in progress: a table whose closed rows are reused.

    Each column of `_EPISODE_COLUMNS` is an attribute, an array of `capacity` rows.
    """

    identity: Ints
    person: Ints32
    key: Ints
    step: Days
    condition: Bytes
    severity: Floats32
    onset_day: Days
    emergency: Bools
    follow_up: Bools
    wanted: Bools
    first_contact: Bytes
    n_visits: Days
    planned: Bools
    referred: Bools
    referred_down: Bools
    target: Ints32
    wish: Ints32
    facility: Ints32
    adviser: Ints32
    asked_day: Days
    stay_day: Days
    advised_day: Days
    admitted: Bools
    worsened: Bools

    def __init__(self, capacity: int = 1024) -> None:
        self._free = np.arange(capacity - 1, -1, -1, dtype=np.int64)
        self._n_free = capacity
        self.open = np.zeros(capacity, np.bool_)
        for name, (kind, initial) in _EPISODE_COLUMNS.items():
            setattr(self, name, np.full(capacity, initial, kind))

    @property
    def n_open(self) -> int:
        """Rows in use."""
        return len(self.open) - self._n_free

    def add(self, n: int, **columns: object) -> Ints:
        """Open `n` rows; columns not given take their initial value. Returns the rows."""
        if n > self._n_free:
            self._grow(n)
        rows = self._free[self._n_free - n : self._n_free][::-1].copy()
        self._n_free -= n
        self.open[rows] = True
        for name, (_, initial) in _EPISODE_COLUMNS.items():
            getattr(self, name)[rows] = columns.get(name, initial)
        return rows

    def close(self, rows: Ints) -> None:
        """Free rows; what is to be kept of them must have been recorded."""
        self.open[rows] = False
        self._free[self._n_free : self._n_free + len(rows)] = rows
        self._n_free += len(rows)

    def _grow(self, n: int) -> None:
        old = len(self.open)
        new = max(2 * old, old + n)
        for name in ("open", *_EPISODE_COLUMNS):
            initial = False if name == "open" else _EPISODE_COLUMNS[name][1]
            column = getattr(self, name)
            grown = np.full(new, initial, column.dtype)
            grown[:old] = column
            setattr(self, name, grown)
        free = np.empty(new, np.int64)
        free[: self._n_free] = self._free[: self._n_free]
        free[self._n_free : self._n_free + new - old] = np.arange(new - 1, old - 1, -1)
        self._free, self._n_free = free, self._n_free + new - old


class Calendar:
    """Rows that fall due on a day, in the order in which they were entered."""

    def __init__(self) -> None:
        self._days: dict[int, list[Ints]] = {}

    def enter(self, rows: Ints, days: Ints | Days | Floats) -> None:
        """Let each row fall due on its day, a whole number."""
        if len(rows) == 0:
            return
        days = np.minimum(days, NEVER).astype(np.int16)  # sixteen bits are sorted in one pass
        order = np.argsort(days, kind="stable")
        rows, days = rows[order], days[order]
        starts = [0, *(np.flatnonzero(days[1:] != days[:-1]) + 1).tolist(), len(rows)]
        for (start, end), day in zip(pairwise(starts), days[starts[:-1]].tolist(), strict=True):
            self._days.setdefault(day, []).append(rows[start:end])

    def take(self, day: int) -> Ints:
        """The rows due on a day, which leave the calendar."""
        parts = self._days.pop(day, [])
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def __len__(self) -> int:
        return sum(len(part) for parts in self._days.values() for part in parts)


@dataclass(slots=True)
class FacilityState:
    """What facilities carry from day to day; shape (facilities,)."""

    capacity_left: Floats  # fraction of a patient carried over by rounding
    load: Floats  # patients asking over capacity, smoothed
    wait_day: Floats  # whole days waited by those seen, smoothed
    beds: Ints  # staffed beds
    beds_taken: Ints
    discharge_rate: Floats  # discharges a day, smoothed
    reputation: Floats  # what the community knows of it beyond its tier, trust units


def first_discharge_rate(beds: Ints) -> Floats:
    """Discharges a day that are expected of a house before it has any."""
    return beds / 10.0


def new_facility_state(beds: Ints) -> FacilityState:
    """Facilities before the first day: empty and unknown."""
    n = len(beds)
    return FacilityState(
        capacity_left=np.zeros(n),
        load=np.full(n, 0.5),
        wait_day=np.zeros(n),
        beds=beds,
        beds_taken=np.zeros(n, np.int64),
        discharge_rate=first_discharge_rate(beds),
        reputation=np.zeros(n),
    )
