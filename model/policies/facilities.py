"""Facilities that policies open, close, move up a tier or staff anew.

Facilities to come stand at the end of the region's table from the first day on, without doctors
and beds: who has no doctor is in nobody's reach, so that a run before the date, and every number
that is drawn by facility, is that of the baseline.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from model.mistakes import row_of
from model.policies.choice import PolicyChoice
from model.policies.consortia import with_consortia
from model.policies.facility_change import Amount, FacilityChange, NewFacility
from model.policies.formula import evaluate
from model.policies.policy import Policy, find_policy
from model.policies.roads import Listed, with_roads
from model.region.distance import great_circle_km, on_sphere
from model.region.region import Facilities, Region, TravelTable
from model.region.schema import KINDS, TIERS
from model.terms import Area, InputError

PLANNED = "planned"
MOST = 1_000_000  # doctors or beds of a facility, as in facilities.csv


@dataclass(frozen=True, slots=True)
class _Row:
    """One change in its file."""

    name: str  # of the policy, as it was typed
    policy: Policy
    at: int
    change: FacilityChange

    def error(self, message: str, found: object = None, allowed: str | None = None) -> InputError:
        keys = ("facilities", self.at)
        return InputError(
            message,
            file=self.policy.file,
            row=row_of(Path(self.policy.file), keys),
            column=f"facilities.{self.at}",
            found=found,
            allowed=allowed,
        )


def with_planned(region: Region, choices: Iterable[PolicyChoice]) -> Region:
    """The region with the facilities that policies open at some time, still without doctors.

    Raises InputError for an id that is unknown or taken, and a kind that the tier does not have.
    """
    known = {name: at for at, name in enumerate(region.facilities.id)}
    taken = set(known)
    added: list[tuple[NewFacility, int]] = []  # and the row from which it moves, or -1
    for row in _rows(choices):
        change, old = row.change, -1
        if change.open is None:
            old = known[_known(row, change.facility, known)]
        if change.new_id is not None:
            if change.new_id in taken:
                raise row.error("the id is taken", change.new_id, "a new id")
            taken.add(change.new_id)
            added.append((change.open or _moved(row, region.facilities, old), old))
            _check_site(row, added[-1][0], region)
    return _appended(region, added) if added else region


def region_on(region: Region, choices: Sequence[PolicyChoice]) -> Region:
    """The region as these policies, all in force, leave its doctors and beds.

    region: with the planned facilities. Raises InputError where two change the same facility.
    """
    facilities = region.facilities
    doctors, beds = facilities.doctors.copy(), facilities.beds.copy()
    at = {name: row for row, name in enumerate(facilities.id)}
    changed_by: dict[str, str] = {}
    strengths = {choice.id: choice.levers for choice in choices}
    for row in _rows(choices):
        change = row.change
        name = change.facility
        if name in changed_by:
            other = changed_by[name]
            raise row.error(
                f"policies {other} and {row.name} both change a facility"
                if other != row.name
                else "the facility stands in the file twice",
                name,
                "one change a facility",
            )
        changed_by[name] = row.name
        old = at[name]
        now = {"doctors": float(facilities.doctors[old]), "beds": float(facilities.beds[old])}
        levers = row.policy.strengths(strengths[row.name])
        if change.verb in ("close", "move"):
            doctors[old], beds[old] = 0.0, 0
        if change.verb != "close":
            new = at[change.new_id or name]
            stated = change.open or change
            doctors[new] = _amount(row, "doctors", stated.doctors, now, levers)
            beds[new] = round(_amount(row, "beds", stated.beds, now, levers))
    if changed_by:
        region = replace(region, facilities=replace(facilities, doctors=doctors, beds=beds))
    region = with_roads(region, _roads(choices))
    return with_consortia(region, choices)


def check_facilities(region: Region, choices: Iterable[PolicyChoice], first_counted: date) -> None:
    """InputError if policies change the same facility on a day on which one of them starts.

    So also where a policy plans a facility that the region, read without it, has no row for.
    """
    choices = list(choices)
    known = set(region.facilities.id)
    for row in _rows(choices):
        if row.change.new_id is not None and row.change.new_id not in known:
            raise row.error(
                "a facility can be planned before the first day only", row.change.new_id
            )
    for day in sorted({choice.start or first_counted for choice in choices}):
        region_on(region, [choice for choice in choices if choice.on(day, first_counted)])


def moves(region: Region, choices: Iterable[PolicyChoice]) -> list[tuple[int, int]]:
    """Rows of each facility that is moved to another tier at some time: before and after."""
    at = {name: row for row, name in enumerate(region.facilities.id)}
    changes = (row.change for row in _rows(choices))
    return [(at[c.facility], at[str(c.new_id)]) for c in changes if c.verb == "move"]


def _rows(choices: Iterable[PolicyChoice]) -> Iterator[_Row]:
    """Every change of every policy, once a policy."""
    for name in dict.fromkeys(choice.id for choice in choices):
        policy = find_policy(name)
        for at, change in enumerate(policy.facilities):
            yield _Row(name, policy, at, change)


def _roads(choices: Iterable[PolicyChoice]) -> Iterator[Listed]:
    """Every road of every policy, with its levers."""
    for choice in choices:
        policy = find_policy(choice.id)
        levers = policy.strengths(choice.levers)
        for at, road in enumerate(policy.roads):
            yield Listed(choice.id, policy.file, at, road, levers)


def _known(row: _Row, name: str, known: Mapping[str, int]) -> str:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or list(known)[:3]
        allowed = f"an id of the region's facilities, such as {', '.join(near)}"
        raise row.error("unknown facility", name, allowed)
    return name


def _moved(row: _Row, facilities: Facilities, old: int) -> NewFacility:
    """The facility that stands in the same place, under the same name, at the new tier."""
    change, word = row.change, row.change.tier
    assert word is not None, "validated to have one"
    tier = TIERS[word]
    if tier == facilities.tier[old]:
        raise row.error("it is of this tier already", tier.word, "another tier")
    if facilities.area[old] != Area.COUNTY:
        raise row.error("it lies outside the county", change.move, "a facility of the county")
    kind = change.kind or facilities.kind[old]
    if kind not in KINDS[tier]:
        raise row.error(f"needs a kind of {tier.word}", kind, ", ".join(KINDS[tier]))
    return NewFacility(
        id=str(change.new_id),
        name=facilities.name[old],
        name_zh=facilities.name_zh[old],
        tier=word,
        kind=kind,
        lon=float(facilities.lon[old]),
        lat=float(facilities.lat[old]),
        doctors="doctors",
    )


def _check_site(row: _Row, new: NewFacility, region: Region) -> None:
    kinds = KINDS[TIERS[new.tier]]
    if new.kind not in kinds:
        raise row.error(f"not a kind of {new.tier}", new.kind, ", ".join(kinds))
    if new.settlement is not None and new.settlement not in region.settlements.id:
        near = difflib.get_close_matches(new.settlement, region.settlements.id, n=3, cutoff=0)
        raise row.error("unknown settlement", new.settlement, f"such as {', '.join(near)}")


def _appended(region: Region, added: Sequence[tuple[NewFacility, int]]) -> Region:
    f, settlements = region.facilities, region.settlements
    seats = on_sphere(settlements.lon, settlements.lat)
    homes, lons, lats = [], [], []
    for new, old in added:
        seat = -1 if new.settlement is None else settlements.id.index(new.settlement)
        lon = float(settlements.lon[seat]) if new.lon is None else new.lon
        lat = float(settlements.lat[seat]) if new.lat is None else new.lat
        if old >= 0:
            seat = int(f.settlement[old])
        elif seat < 0:
            here = on_sphere(np.array([lon]), np.array([lat]))
            seat = int(great_circle_km(seats, here).argmin())
        homes.append(seat)
        lons.append(lon)
        lats.append(lat)
    n = len(added)
    facilities = Facilities(
        id=f.id + tuple(new.id for new, _ in added),
        name=f.name + tuple(new.name for new, _ in added),
        name_zh=f.name_zh + tuple(new.name_zh or new.name for new, _ in added),
        tier=_joined(f.tier, [int(TIERS[new.tier]) for new, _ in added]),
        kind=f.kind + tuple(new.kind for new, _ in added),
        area=_joined(f.area, [int(Area.COUNTY)] * n),
        lon=_joined(f.lon, lons),
        lat=_joined(f.lat, lats),
        doctors=_joined(f.doctors, [0.0] * n),
        beds=_joined(f.beds, [0] * n),
        settlement=_joined(f.settlement, homes),
        existence=f.existence + (PLANNED,) * n,
        location=f.location + (PLANNED,) * n,
        capacity=f.capacity + (PLANNED,) * n,
    )
    table = region.travel_table
    if table is not None:
        table = _with_given(table, [old for _, old in added], len(f))
    return replace(region, facilities=facilities, travel_table=table)


def _with_given(table: TravelTable, origins: Sequence[int], n: int) -> TravelTable:
    """Given times to a facility that moves up a tier hold for its new row, too."""
    settlement, facility, minutes = [table.settlement], [table.facility], [table.minutes]
    for at, old in enumerate(origins):
        given = table.facility == old
        settlement.append(table.settlement[given])
        facility.append(np.full(np.count_nonzero(given), n + at, dtype=np.int32))
        minutes.append(table.minutes[given])
    return TravelTable(
        np.concatenate(settlement), np.concatenate(facility), np.concatenate(minutes)
    )


def _joined(listed: Any, added: Sequence[float]) -> Any:
    return np.concatenate((listed, np.array(added, dtype=listed.dtype)))


def _amount(
    row: _Row,
    name: str,
    stated: Amount | None,
    now: Mapping[str, float],
    levers: Mapping[str, float],
) -> float:
    """Doctors or beds: a number, a formula, or what is there already."""
    formula = name if stated is None else stated
    value = evaluate(formula, {**now, **levers}, file=row.policy.file)
    if not 0 <= value <= MOST:
        raise row.error(f"{name} out of range", value, f"0 to {MOST:,}")
    return value
