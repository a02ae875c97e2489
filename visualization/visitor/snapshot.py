"""What a page shows of a day: plain copies, made under the session's lock, never the live model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats
from visualization.visitor.figures import FIGURES

SERIES = ("visits", "capacity", "beds_taken", "beds", "in_line", "wait_min")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key figure and by how much it differs from the baseline on the same day."""

    value: float
    change: float | None  # none while the baseline is not known


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One visitor's model at the end of a day."""

    number: int  # runs on with every snapshot of a session
    day: int  # counted days passed
    date: date  # the day that comes next
    plan: Scenario
    finished: bool
    figures: Mapping[str, Shown]  # by id, in the order of `FIGURES`
    series: Mapping[str, Floats] = field(repr=False)  # by name of `SERIES`, (days, tiers)
    history: Mapping[str, Floats] = field(repr=False)  # by figure, (days + 1,); day 0 first
    baseline: Mapping[str, Floats] = field(repr=False)  # the same of the baseline, maybe shorter
    map_frame: bytes = field(repr=False)  # as packed by `map.frame.frame`


def take(
    model: TieredCareModel,
    number: int,
    history: list[Floats],
    baseline: list[Floats],
    map_frame: bytes,
) -> Snapshot:
    """A snapshot of the model as it stands.

    history, baseline: key figures by day, each (figures,) in the order of `FIGURES`.
    """
    passed = slice(model.plan.warm_up, model.day)
    now = history[-1]
    then = baseline[len(history) - 1] if len(baseline) >= len(history) else None
    return Snapshot(
        number=number,
        day=model.day - model.plan.warm_up,
        date=model.date,
        plan=model.plan,
        finished=model.finished,
        figures={
            name: Shown(float(now[at]), None if then is None else float(now[at] - then[at]))
            for at, name in enumerate(FIGURES)
        },
        series={name: model.tally.daily[name][passed].copy() for name in SERIES},
        history=_columns(history),
        baseline=_columns(baseline[: len(history)]),
        map_frame=map_frame,
    )


def _columns(rows: list[Floats]) -> dict[str, Floats]:
    table = np.array(rows).reshape(len(rows), len(FIGURES))
    return {name: table[:, at].copy() for at, name in enumerate(FIGURES)}
