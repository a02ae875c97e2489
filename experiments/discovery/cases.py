"""The cases of a discovery: the points of a sweep, and whether each meets a criterion."""

import re
from dataclasses import dataclass
from functools import reduce

import polars as pl

from experiments.adopt import read_experiment
from experiments.experiment import Point, Results
from experiments.frames import check_indicator
from model.terms import Bools, Floats, InputError

FORM = "ID [difference|relative] < NUMBER, joined by and (<, <=, >, >=)"
_TERM = re.compile(
    r"(?P<id>[^\s<>]+)(\s+(?P<of>difference|relative))?\s*(?P<sign><=|>=|<|>)\s*(?P<limit>\S+)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on an indicator: of its value, or of its change from the first point."""

    indicator: str
    of: str
    sign: str
    limit: float

    @property
    def column(self) -> str:
        """Name of what is measured."""
        return f"{self.indicator} {self.of}".strip()

    def met(self, values: pl.Expr) -> pl.Expr:
        """Where it holds."""
        return {
            "<": values < self.limit,
            "<=": values <= self.limit,
            ">": values > self.limit,
            ">=": values >= self.limit,
        }[self.sign]


@dataclass(frozen=True, slots=True)
class Cases:
    """Points as rows: what was varied, what was measured, and which meet the criterion.

    x: (cases, dimensions); hits: (cases,); measured: (cases,), what the first term measures.
    """

    paths: tuple[str, ...]
    x: Floats
    hits: Bools
    measured: Floats
    baseline: Point | None  # the point that differences are taken from


def parse_criterion(text: str) -> tuple[Term, ...]:
    """The terms of a criterion such as `unmet_need_share difference > 0.01`."""
    terms = []
    for part in re.split(r"\s+and\s+", text.strip()):
        match = _TERM.fullmatch(part)
        try:
            limit = float(match["limit"]) if match else None
        except ValueError:
            limit = None
        if match is None or limit is None:
            raise InputError("--where", found=part, allowed=FORM)
        terms.append(Term(match["id"], match["of"] or "", match["sign"], limit))
    return tuple(terms)


def cases_of(results: Results, terms: tuple[Term, ...], at: Point | None = None) -> Cases:
    """The cases of a folder; `at` keeps the points with these values alone.

    A case is a point of the levers in a world, its figures averaged over replicates. Changes are
    from the first point of the levers in the same world with the same seed; of a search, from its
    baseline. Raises InputError for a folder without runs.
    """
    if results.indicators.is_empty():
        raise InputError("holds no finished run", file=results.folder, allowed="a finished sweep")
    for term in terms:
        check_indicator(term.indicator, results.measured)
    runs, baseline = results.indicators, None
    if any(term.of for term in terms):
        runs, baseline = _changes(results, terms)
    whole = runs.drop_nulls(list(results.varied))
    for path, value in (at or {}).items():
        if path not in results.varied:
            allowed = ", ".join(results.varied)
            raise InputError("this experiment does not vary", found=path, allowed=allowed)
        whole = whole.filter(pl.col(path) == value)
    columns = list(dict.fromkeys(term.column for term in terms))
    means = whole.group_by(results.varied, maintain_order=True).agg(pl.col(columns).mean())
    points = means.drop_nulls(columns)
    paths = tuple(path for path in results.varied if points[path].n_unique() > 1)
    met = reduce(pl.Expr.and_, (term.met(pl.col(term.column)) for term in terms))
    return Cases(
        paths=paths,
        x=points.select(paths).cast(pl.Float64).to_numpy(),
        hits=points.select(met).to_series().to_numpy(),
        measured=points[columns[0]].to_numpy(),
        baseline=baseline,
    )


def _changes(results: Results, terms: tuple[Term, ...]) -> tuple[pl.DataFrame, Point]:
    """The runs with a column for each change, without the point that it is taken from."""
    told = read_experiment(results.folder)
    first = told["levers"][0]
    worlds = [path for path in told["uncertainties"][0] if path in results.varied]
    runs = results.indicators
    base = runs.filter(*(pl.col(path).is_null() for path in first)) if first else runs.clear()
    point: Point = {}
    if base.is_empty() and first:
        point = first
        base = runs.filter(*(pl.col(path) == value for path, value in first.items()))
    if base.is_empty():
        raise InputError(
            "there is no run to take differences from",
            file=results.folder,
            allowed="a sweep whose first point of the levers is the baseline",
        )
    on = ["seed", *worlds]
    names = list(dict.fromkeys(term.indicator for term in terms if term.of))
    paired = runs.join(base.select(*on, *names), on=on, suffix=_BASE)
    paired = paired.filter(~pl.col("hash").is_in(base["hash"].to_list()))
    for term in terms:
        if term.of:
            change = pl.col(term.indicator) - pl.col(term.indicator + _BASE)
            size = pl.col(term.indicator + _BASE).abs()
            value = change if term.of == "difference" else change / size
            paired = paired.with_columns(value.alias(term.column))
    return paired, point


_BASE = " of the first point"
