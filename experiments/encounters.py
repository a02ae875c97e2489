"""Encounters and spells of the counted days as files, one a month."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl

from model.encounters import ClosedSpells, Encounters, Kind, Outcome
from model.insurance.settlement import Settlement
from model.simulation import TieredCareModel
from model.terms import Bools, Bytes, Condition, Floats, Ints, Scheme, Service, Tier

BILL = [column.name for column in fields(Settlement)]
NAMES = {
    "tier": [tier.word for tier in Tier],
    "scheme": [scheme.word for scheme in Scheme],
    "service": [service.word for service in Service],
    "condition": [condition.word for condition in Condition],
    "outcome": [outcome.name.lower() for outcome in Outcome],
}
FEN = 100


class EncounterFiles:
    """Collects the rows of a month and writes them when it ends; money in memory is fen."""

    def __init__(self, folder: Path, write: Callable[[pl.LazyFrame, Path], None]) -> None:
        self._folder, self._write = folder, write
        self._month = ""
        self._encounters: list[pl.DataFrame] = []
        self._episodes: list[pl.DataFrame] = []

    def add(self, model: TieredCareModel) -> None:
        """Take the day that the model has just passed."""
        day = model.day - 1 - model.plan.warm_up
        if day < 0:
            return
        month = f"{model.tally.date_of(model.day - 1):%Y-%m}"
        if month != self._month:
            self.close()
            self._month = month
        for table in model.today.encounters:
            if len(table):
                self._encounters.append(_encounter_frame(model, table, day))
        for spells in model.today.closed:
            if len(spells):
                self._episodes.append(_episode_frame(model, spells, day))

    def close(self) -> None:
        """Write the month that is still in memory."""
        for name, frames in (("encounters", self._encounters), ("episodes", self._episodes)):
            if frames:
                frame = pl.concat(frames).lazy()
                money = [pl.col(c) / FEN for c in BILL if name == "encounters"]
                self._write(
                    frame.with_columns(money), self._folder / name / f"{self._month}.parquet"
                )
            frames.clear()


def _encounter_frame(model: TieredCareModel, table: Encounters, day: int) -> pl.DataFrame:
    settlement = model.region.places.settlement[model.world.residents.place[table.person]]
    columns: dict[str, pl.Series] = {
        "day": _column(np.full(len(table), day, np.int16)),
        "episode": pl.Series(table.episode).cast(pl.Int32).replace(-1, None),
        "resident": _column(table.person.astype(np.int32)),
        "settlement": _named(settlement, model.region.settlements.id),
        "facility": _named(table.facility, model.region.facilities.id),
        "tier": _worded("tier", table.tier, table.kind != Kind.PURCHASE),
        "scheme": _worded("scheme", table.scheme),
        "service": _worded("service", table.service),
        "condition": _worded("condition", table.condition),
        "referred": _column(table.referred),
        "emergency": _column(table.emergency),
        "claimed": _column(table.claimed),
        "wait_day": _column(table.wait_day.astype(np.int16)),
        "wait_min": _column(table.wait_min.astype(np.float32)),
        "travel_min": _column(table.travel_min.astype(np.float32)),
        "stay_day": _column(table.stay_day.astype(np.int16)),
        "online": _column(np.full(len(table), table.kind == Kind.ONLINE)),
    }
    for name in BILL:
        columns[name] = _column(getattr(table.bill, name).astype(np.int64))
    return pl.DataFrame(columns)


def _episode_frame(model: TieredCareModel, spells: ClosedSpells, day: int) -> pl.DataFrame:
    onset = spells.onset_day - model.plan.warm_up
    return pl.DataFrame(
        {
            "episode": _column(spells.episode.astype(np.int32)),
            "resident": _column(spells.person.astype(np.int32)),
            "onset_day": _column(onset.astype(np.int16)),
            "condition": _worded("condition", spells.condition),
            "severity": _column(spells.severity.astype(np.float32)),
            "wanted": _column(spells.wanted),
            "first_contact": _worded("tier", spells.first_contact, spells.first_contact >= 0),
            "outcome": _worded("outcome", spells.outcome),
            "closed_day": _column(np.full(len(spells), day, np.int16)),
        }
    )


def _column(values: Ints | Floats | Bools) -> pl.Series:
    return pl.Series(np.ascontiguousarray(values))


def _worded(what: str, codes: Bytes, known: object = True) -> pl.Series:
    words = NAMES[what]
    series = pl.Series(codes.astype(np.uint8))
    if known is not True:
        mask = pl.Series(np.broadcast_to(np.asarray(known, np.bool_), codes.shape))
        series = pl.select(pl.when(mask).then(series)).to_series()
    return series.replace_strict(
        list(range(len(words))), words, return_dtype=pl.Enum(words), default=None
    )


def _named(rows: Ints, ids: tuple[str, ...]) -> pl.Series:
    names = pl.Series(ids, dtype=pl.Enum(sorted(set(ids))))
    known = pl.Series(rows.astype(np.int64)).replace(-1, None)
    return names.gather(known)
