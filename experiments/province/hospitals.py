"""Hospitals that several areas share: what each area asks of them, and the part each gets.

A shared hospital stands in the files of several areas, each with the part of it that serves that
area. Together these parts are the hospital. At the end of a month its places and beds are dealt
to the areas anew, in proportion to what their residents asked for, so that all of them meet the
same load; what they expect to wait there is one figure again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.care.world import World
from model.day import Today
from model.region.apportion import apportion
from model.terms import Floats, Ints


@dataclass(frozen=True, slots=True)
class Asked:
    """What an area tells of a shared hospital after some days; persons and beds of life size.

    visits, admissions: in these days. places: asked for, a day. bed_demand: beds taken and waited
    for, a day. capacity (visits a day), doctors, beds: as the area's file and policies give them.
    open, beds_open: as they were dealt. load, wait_day: at the end.
    """

    visits: float
    admissions: float
    places: float
    bed_demand: float
    capacity: float
    doctors: float
    beds: float
    open: float
    beds_open: float
    load: float
    wait_day: float


@dataclass(frozen=True, slots=True)
class Part:
    """An area's part of a hospital: multiples of its own file's figures, and beds of life size."""

    places: float = 1.0
    beds: float | None = None  # none: as the file gives them
    load: float | None = None  # none: as it is
    wait_day: float | None = None


def deal(asked: Sequence[Asked]) -> list[Part]:
    """The parts of one hospital for the next month, in the order of the areas.

    Their places sum to the hospital's, and so do their beds. Who asked for nothing keeps a little,
    as if one more patient a day had asked in each area. A hospital of one area stays as it is.
    """
    if len(asked) == 1:
        return [Part()]
    capacity = sum(one.capacity for one in asked)
    wish = np.array([one.places + 1 for one in asked])
    places = wish / wish.sum() * capacity
    lying = np.array([one.bed_demand + 1 for one in asked])
    beds = apportion(round(sum(one.beds for one in asked)), lying)
    n_open, n_asking = sum(one.open for one in asked), sum(one.places for one in asked)
    load = sum(one.load * one.open for one in asked) / n_open if n_open else 0.0
    wait = sum(one.wait_day * one.places for one in asked) / n_asking if n_asking else 0.0
    return [
        Part(float(mine / one.capacity) if one.capacity else 1.0, float(bed), load, wait)
        for one, mine, bed in zip(asked, places, beds, strict=True)
    ]


class Watch:
    """Opens an area's parts each morning and counts each evening; joins the steps of a day."""

    def __init__(self, world: World, rows: Ints, sample: float) -> None:
        self.rows, self.sample = rows, sample
        self._table = world.facility
        self._base = world.facility
        self._parts = [Part()] * len(rows)
        self._restart()

    def receive(self, world: World, parts: Sequence[Part]) -> None:
        """Take the parts for the next days, and what patients learn of the wait."""
        self._parts = list(parts)
        self._restart()
        before = world.state.beds[self.rows]
        self._open_parts(world)
        change = np.divide(
            world.state.beds[self.rows], before, out=np.ones(len(self.rows)), where=before > 0
        )
        world.state.discharge_rate[self.rows] *= change
        for row, part in zip(self.rows, parts, strict=True):
            if part.load is not None:
                world.state.load[row] = part.load
            if part.wait_day is not None:
                world.state.wait_day[row] = part.wait_day

    def morning(self, world: World, today: Today) -> None:
        """Keep the parts open when a policy has laid out the facilities anew."""
        if world.facility is not self._table:
            self._base = world.facility
            self._open_parts(world)

    def evening(self, world: World, today: Today) -> None:
        """Count what was asked of the shared hospitals."""
        n = len(world.facility.tier)
        lying = np.bincount(world.episodes.facility[world.waiting_bed], minlength=n)
        admitted = np.bincount(world.episodes.facility[today.admitted], minlength=n)
        seen = np.bincount(today.visits.facility, minlength=n)
        self._sums["places"] += today.asked[self.rows]
        self._sums["bed_demand"] += (world.state.beds_taken + lying)[self.rows]
        self._sums["visits"] += seen[self.rows]
        self._sums["admissions"] += admitted[self.rows]
        self._days += 1

    def told(self, world: World) -> list[Asked]:
        """What the area tells of each hospital since it last received its parts."""
        scale, days = 1 / self.sample, max(self._days, 1)
        sums, base, state = self._sums, self._base, world.state
        return [
            Asked(
                visits=float(sums["visits"][i] * scale),
                admissions=float(sums["admissions"][i] * scale),
                places=float(sums["places"][i] * scale / days),
                bed_demand=float(sums["bed_demand"][i] * scale / days),
                capacity=float(base.capacity[row] * scale),
                doctors=float(base.doctors[row] * scale),
                beds=float(base.beds[row] * scale),
                open=float(world.facility.capacity[row] * scale),
                beds_open=float(state.beds[row] * scale),
                load=float(state.load[row]),
                wait_day=float(state.wait_day[row]),
            )
            for i, row in enumerate(self.rows)
        ]

    def _open_parts(self, world: World) -> None:
        base = self._base
        places = np.array([part.places for part in self._parts])
        beds = base.beds.copy()
        for row, part in zip(self.rows, self._parts, strict=True):
            if part.beds is not None:
                beds[row] = round(part.beds * self.sample)
        self._table = replace(
            base,
            capacity=_multiplied(base.capacity, self.rows, places),
            doctors=_multiplied(base.doctors, self.rows, places),
            beds=beds,
        )
        world.facility = self._table
        world.state.beds = beds

    def _restart(self) -> None:
        counted = ("places", "bed_demand", "visits", "admissions")
        self._sums = {name: np.zeros(len(self.rows)) for name in counted}
        self._days = 0


def _multiplied(values: Floats, rows: Ints, by: Floats) -> Floats:
    changed = values.copy()
    changed[rows] *= by
    return changed
