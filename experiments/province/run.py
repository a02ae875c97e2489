"""A province's run: every area a month at a time, and between months the exchange.

Each area is a model of its own. What joins them are the shared hospitals: at the end of a month
every area tells what its residents asked of them, and receives its part for the next month.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from experiments.crew import Crew, Died, Dropped
from experiments.province.file import Area, Province
from experiments.province.hospitals import Asked, Part, deal
from experiments.province.leg import Leg, read_told, state_path, told_path
from experiments.results import fenji_version, write_json, write_parquet
from experiments.run_file import Place
from experiments.task import Done, Failed
from model.terms import InputError

TRIES = 3  # of a month whose worker dies
HOSPITALS, PROVINCE = "hospitals.parquet", "province.json"
Parts = dict[tuple[str, str], Part]  # by hospital and area
SCHEMA = {
    "start": pl.Date,
    "days": pl.Int64,
    "hospital": pl.String,
    "area": pl.String,
    "facility": pl.String,
    **{
        name: pl.Float64
        for name in ("visits", "admissions", "asked_day", "bed_demand", "capacity_day", "beds")
    },
    "load": pl.Float64,
    "wait_day": pl.Float64,
}


def run_province(
    province: Province,
    folder: Path,
    crew: AbstractContextManager[Crew],
    report: Callable[[int, int], None],
) -> pl.DataFrame:
    """Run every month of every area, exchanging between them; what the folder has is not repeated.

    Returns the table of shared hospitals, a row a month, hospital and area, which is also written
    to `hospitals.parquet`; each area leaves the results folder of a run below `areas/`.
    """
    rows: list[dict[str, Any]] = []
    before = dict.fromkeys((area.name for area in province.areas), "")
    parts: Parts = {}
    ends, digest = province.month_ends, province.digest
    with crew as hands:
        for month, until in enumerate(ends):
            legs = {
                area.name: _leg(
                    area, digest, folder, until, before[area.name], parts, until == ends[-1]
                )
                for area in province.areas
            }
            told = _carry_out(legs, hands)
            _clear(legs)
            rows += _rows(province, ends[month - 1] if month else 0, until, told)
            parts = _dealt(province, told)
            before = {name: leg.hash for name, leg in legs.items()}
            report(month + 1, len(ends))
    table = pl.DataFrame(rows, schema=SCHEMA)
    write_parquet(table.lazy(), folder / HOSPITALS)
    write_json(folder / PROVINCE, _manifest(province))
    return table


def _leg(
    area: Area, digest: str, folder: Path, until: int, before: str, parts: Parts, last: bool
) -> Leg:
    mine = tuple(parts[h, area.name] for h in area.hospitals) if parts else ()
    told = [digest, area.run, until, before, [asdict(part) for part in mine], last]
    name = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return Leg(
        hash=name,
        plan=area.plan,
        place=Place(area.name),
        data=area.data,
        area=area.name,
        folder=str((folder / "areas" / area.name).absolute()),
        run=area.run,
        until=until,
        before=before,
        hospitals=tuple(area.hospitals.values()),
        parts=mine,
        last=last,
    )


def _carry_out(legs: Mapping[str, Leg], hands: Crew) -> dict[str, list[Asked]]:
    """What each area tells of its month; a month that the folder has is only read."""
    told: dict[str, list[Asked]] = {}
    tries: dict[str, int] = {}
    for name, leg in legs.items():
        path = told_path(leg.folder, leg.hash)
        if path.exists():
            told[name] = read_told(path.read_bytes())
        else:
            hands.submit(leg)
            tries[name] = 1
    while len(told) < len(legs):
        for job, result in hands.results():
            assert isinstance(job, Leg)
            if isinstance(result, Done):
                told[job.area] = read_told(result.content)
            elif isinstance(result, Died | Dropped) and tries[job.area] < TRIES:
                tries[job.area] += 1
                hands.submit(job)
            else:
                raise InputError(f"area {job.area}: a month failed", found=_why(result))
    return told


def _clear(legs: Mapping[str, Leg]) -> None:
    """Forget the states before these months."""
    for leg in legs.values():
        if leg.before:
            state_path(leg.folder, leg.before).unlink(missing_ok=True)


def _dealt(province: Province, told: Mapping[str, list[Asked]]) -> Parts:
    """Parts of every shared hospital for the next month, by hospital and area."""
    parts: Parts = {}
    for hospital, members in _members(province).items():
        asked = [told[area.name][list(area.hospitals).index(hospital)] for area in members]
        for area, part in zip(members, deal(asked), strict=True):
            parts[hospital, area.name] = part
    return parts


def _members(province: Province) -> dict[str, list[Area]]:
    """The areas of each shared hospital."""
    names = sorted({hospital for area in province.areas for hospital in area.hospitals})
    return {h: [area for area in province.areas if h in area.hospitals] for h in names}


def _rows(
    province: Province, since: int, until: int, told: Mapping[str, list[Asked]]
) -> list[dict[str, Any]]:
    """A row a hospital and area of one month; warm-up included."""
    plan = province.areas[0].plan
    start: date = plan.start + timedelta(since - plan.warm_up)
    return [
        {
            "start": start,
            "days": until - since,
            "hospital": hospital,
            "area": area.name,
            "facility": area.hospitals[hospital],
            "visits": one.visits,
            "admissions": one.admissions,
            "asked_day": one.places,
            "bed_demand": one.bed_demand,
            "capacity_day": one.open,
            "beds": one.beds_open,
            "load": one.load,
            "wait_day": one.wait_day,
        }
        for hospital, members in _members(province).items()
        for area in members
        for one in (told[area.name][list(area.hospitals).index(hospital)],)
    ]


def _why(result: object) -> str:
    return result.error if isinstance(result, Failed) else str(result)


def _manifest(province: Province) -> dict[str, Any]:
    return {
        "name": province.name,
        "digest": province.digest,
        "version": fenji_version(),
        "areas": {
            area.name: {
                "scenario": area.plan.model_dump(mode="json", by_alias=True),
                "run": area.run,
                "hospitals": dict(area.hospitals),
            }
            for area in province.areas
        },
    }
