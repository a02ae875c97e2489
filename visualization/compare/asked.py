"""A comparison as a visitor asks for it: its runs, what has come of them, its table and command."""

import io
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from experiments.frames import daily_frame
from experiments.html_report.words import Figures, sure
from experiments.policies.comparison import BASELINE, differences, paired_jobs
from experiments.policies.report import SHOWN
from experiments.run_file import Job, figures_in
from experiments.store import Store
from model.policies.choice import PolicyChoice
from model.scenario import Scenario
from model.terms import Floats
from model.wording import Words

Side = tuple[PolicyChoice, ...]
SERIES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    # what is shown: its sum over tiers and days, over that of another column, at these tiers
    "primary_share": ("visits", "visits of all", ("clinic", "centre")),
    "tertiary_visits": ("visits", "days", ("tertiary",)),
    "wait_min": ("waited_min", "visits", ("secondary", "tertiary")),
    "in_line": ("in_line", "days", ("secondary", "tertiary")),
    "beds": ("beds_taken", "beds", ("secondary", "tertiary")),
    "fund": ("fund_cny", "days", ("clinic", "centre", "secondary", "tertiary")),
    "cash": ("cash_cny", "days", ("clinic", "centre", "secondary", "tertiary")),
}
SHARES = ("primary_share", "beds")
WEEK = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: the scenario without the policies, and each package as one would type it.

    Raises InputError on `jobs` for a package that cannot be.
    """

    plan: Scenario
    packages: tuple[str, ...]
    replicates: int

    @classmethod
    def of(cls, plan: Scenario, sides: Sequence[Side], replicates: int) -> "Asked":
        """The sides that hold a policy, each once, against the scenario without any."""
        packages = dict.fromkeys(spelled(side) for side in sides if side)
        return cls(plan.model_copy(update={"policies": []}), tuple(packages), replicates)

    def jobs(self) -> dict[str, list[Job]]:
        """The runs by package, the baseline first, one a seed."""
        return paired_jobs(self.plan, self.packages, self.replicates)

    @property
    def command(self) -> str:
        """The command that gives the same table."""
        plan = self.plan
        words = ["fenji", "compare", plan.region, *self.packages]
        options = {
            "--replicates": self.replicates,
            "--residents": plan.residents,
            "--start": plan.start,
            "--days": plan.days,
            "--warm-up": plan.warm_up,
            "--seed": plan.seed,
            "--rulebook": plan.rulebook,
        }
        for name, value in options.items():
            if value is not None:
                words += [name, str(value)]
        for path, changed in plan.changes.items():
            words += ["--set", f"{path}={changed:g}"]
        return shlex.join(words)


def spelled(side: Side) -> str:
    """A package as one would type it.

    >>> spelled((PolicyChoice(id="gatekeeping", levers={"strictness": 0.5}),
    ...          PolicyChoice(id="telemedicine", start=date(2023, 7, 1))))
    'gatekeeping:strictness=0.5+telemedicine@2023-07-01'
    """
    return "+".join(_spelled(choice) for choice in side)


def _spelled(choice: PolicyChoice) -> str:
    levers = ",".join(f"{name}={value:g}" for name, value in sorted(choice.levers.items()))
    text = f"{choice.id}:{levers}" if levers else choice.id
    if choice.start is None and choice.end is None:
        return text
    end = f"..{choice.end}" if choice.end is not None else ""
    return f"{text}@{choice.start}{end}"


@dataclass(frozen=True, slots=True)
class Found:
    """What the pairs that are finished say."""

    replicates: int
    tables: Mapping[str, pl.DataFrame]  # by package, second minus the baseline
    between: pl.DataFrame | None  # of two packages, the second minus the first
    units: Mapping[str, str]
    runs: Mapping[str, tuple[str, ...]]  # hashes by package, the baseline too


def found(asked: Asked, jobs: Mapping[str, Sequence[Job]], store: Store) -> Found | None:
    """The comparison over the seeds of which every run is finished; none while there is none."""
    seeds = [
        at
        for at in range(asked.replicates)
        if all(store.has(several[at].hash) for several in jobs.values())
    ]
    if not seeds:
        return None
    whole = {name: [several[at] for at in seeds] for name, several in jobs.items()}
    between = None
    if len(asked.packages) == 2:
        first, second = asked.packages
        pair = {BASELINE: whole[first], second: whole[second]}
        between = _told(differences(store, pair)[second])
    tables = differences(store, whole)
    figures = figures_in(store.read(whole[BASELINE][0].hash))
    units = figures.filter(pl.col("day").is_null(), pl.col("by").is_null())
    return Found(
        len(seeds),
        {name: _told(table) for name, table in tables.items()},
        between,
        dict(units.select("name", "unit").iter_rows()),
        {name: tuple(job.hash for job in several) for name, several in whole.items()},
    )


def _told(table: pl.DataFrame) -> pl.DataFrame:
    order = pl.DataFrame({"indicator": SHOWN})
    return order.join(table, on="indicator", how="left", maintain_order="left")


def in_words(rows: pl.DataFrame, figures: Figures, words: Words) -> list[str]:
    """What rose and fell beyond chance, and what chance may explain; a sentence each."""
    told: dict[str, list[str]] = {"rose": [], "fell": [], "noise": []}
    for row in rows.iter_rows(named=True):
        key = "noise" if not sure(row) else "rose" if row["difference"] > 0 else "fell"
        told[key].append(figures.label(row["indicator"]))
    if not told["rose"] and not told["fell"]:
        return [words("compare.nothing")]
    return [
        words(f"compare.{key}", names=words("compare.join").join(names))
        for key, names in told.items()
        if names
    ]


def as_csv(asked: Asked, told: Found) -> str:
    """Every indicator of every package against the baseline, and the command as a comment."""
    parts = [
        table.select(
            pl.lit(name).alias("policy"),
            "indicator",
            pl.col("indicator").replace_strict(told.units, default=None).alias("unit"),
            pl.col("n").alias("replicates"),
            pl.col("first").alias("baseline"),
            pl.col("second").alias("with_policy"),
            *("difference", "low", "high"),
        )
        for name, table in told.tables.items()
    ]
    text = io.StringIO()
    text.write(f"# {asked.command}\n")
    text.write(pl.concat(parts).write_csv())
    return text.getvalue()


@dataclass(frozen=True, slots=True)
class Weekly:
    """A series week by week, by package: means over the finished seeds; (weeks,)."""

    dates: tuple[date, ...]  # first days of whole weeks
    values: Mapping[str, Floats]


@lru_cache(maxsize=64)
def _daily(folder_store: Store, runs: tuple[str, ...]) -> pl.DataFrame:
    return daily_frame(folder_store, list(runs)).filter(pl.col("day") >= 0).collect()


def weekly(told: Found, store: Store, name: str, start: date) -> Weekly:
    """One of `SERIES` in whole weeks of the counted days."""
    above, below, tiers = SERIES[name]
    values = {}
    n_weeks = 0
    for package, runs in told.runs.items():
        daily = _daily(store, runs)
        n_weeks = max((int(daily["day"].max() or 0) + 1) // WEEK, 1)  # type: ignore[arg-type]
        over = (
            WEEK * len(runs)
            if below == "days"
            else _sums(daily, below.removesuffix(" of all"), () if "all" in below else tiers)
        )
        series = _sums(daily, above, tiers) / over
        values[package] = series[:n_weeks]
    dates = tuple(start + timedelta(WEEK * week) for week in range(n_weeks))
    return Weekly(dates, values)


def _sums(daily: pl.DataFrame, name: str, tiers: Sequence[str]) -> Floats:
    rows = daily.filter(pl.col("name") == name)
    if tiers:
        rows = rows.filter(pl.col("tier").is_in(tiers))
    sums = rows.group_by(pl.col("day") // WEEK).agg(pl.col("value").sum()).sort("day")["value"]
    return np.where(sums.to_numpy() == 0, math.nan, sums.to_numpy())
