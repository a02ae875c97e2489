"""The points of a design: grids, lists and Latin hypercubes, checked against what is allowed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from scipy.stats import qmc

from experiments.designs import Design, Section, Span
from experiments.levers import check_value, span_of
from model.parameters import Parameters
from model.terms import InputError

Point = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Points:
    """Points of the levers, and of the uncertainties ("worlds"); every pair of them is run."""

    levers: Sequence[Point]
    worlds: Sequence[Point]

    def __iter__(self) -> Iterator[tuple[Point, Point]]:
        return ((levers, world) for world in self.worlds for levers in self.levers)

    def __len__(self) -> int:
        return len(self.levers) * len(self.worlds)


def points_of(design: Design, parameters: Parameters) -> Points:
    """Every point of a design; whatever could not be run is an error."""
    if not design.levers and not design.uncertainties:
        raise InputError(
            "the design is empty: it varies nothing",
            allowed="levers or uncertainties, such as levers: {choice.b_time: [0.02, 0.03]}",
        )
    named = [*_paths(design.levers), *_paths(design.uncertainties), *design.overrides]
    for path in named:
        if named.count(path) > 1:
            allowed = "one of levers, uncertainties and set"
            raise InputError("stands in the design twice", found=path, allowed=allowed)
    _check_samples(design)
    samples = design.samples or 0
    return Points(
        _points(design.levers, samples, design.seed, parameters),
        _points(design.uncertainties, samples, design.seed + 1, parameters),
    )


def _paths(section: Section) -> list[str]:
    if isinstance(section, Mapping):
        return list(section)
    return list(dict.fromkeys(path for point in section for path in point))


def _check_samples(design: Design) -> None:
    sections = (s for s in (design.levers, design.uncertainties) if isinstance(s, Mapping))
    spans = [path for s in sections for path, axis in s.items() if isinstance(axis, Span)]
    if spans and design.samples is None:
        told = f"samples is missing: how many points to draw of {', '.join(spans)}"
        raise InputError(told, allowed="samples: a whole number", keys=spans[:1])
    if design.samples is not None and not spans:
        allowed = "samples where an axis is {low, high}"
        raise InputError("there is nothing to sample", found=design.samples, allowed=allowed)


def _points(section: Section, samples: int, seed: int, parameters: Parameters) -> list[Point]:
    if not isinstance(section, Mapping):
        return _listed(section, parameters)
    grid = {path: axis for path, axis in section.items() if not isinstance(axis, Span)}
    spans = {path: axis for path, axis in section.items() if isinstance(axis, Span)}
    for path, values in grid.items():
        for value in values:
            check_value(path, value, parameters)
        if len(set(values)) < len(values):
            raise InputError(f"{path} lists a value twice", found=list(values))
    crossed = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    drawn = _sampled(spans, samples, seed, parameters)
    return [{**point, **sample} for sample in drawn for point in crossed]


def _listed(points: Sequence[Point], parameters: Parameters) -> list[Point]:
    seen = set()
    for row, point in enumerate(points):
        if set(point) != set(points[0]):
            allowed = f"the same paths in every point: {', '.join(points[0])}"
            raise InputError(f"point {row + 1} of a list", found=dict(point), allowed=allowed)
        if frozenset(point.items()) in seen:
            raise InputError("a point is listed twice", found=dict(point))
        seen.add(frozenset(point.items()))
        for path, value in point.items():
            check_value(path, value, parameters)
    return list(points) or [{}]


def _sampled(
    spans: Mapping[str, Span], samples: int, seed: int, parameters: Parameters
) -> list[Point]:
    """A Latin hypercube: each axis cut into `samples` equal parts, each part drawn from once."""
    if not spans:
        return [{}]
    ends = [ends_of(path, span, parameters) for path, span in spans.items()]
    drawn = qmc.LatinHypercube(len(spans), rng=seed).random(samples)
    low, high = zip(*ends, strict=True)
    rows = qmc.scale(drawn, low, high).tolist()
    return [dict(zip(spans, row, strict=True)) for row in rows]


def ends_of(path: str, span: Span, parameters: Parameters) -> tuple[float, float]:
    """The range to sample from: what the design says, else the parameter's own."""
    least, greatest, _ = span_of(path, parameters)
    low = least if span.low is None else span.low
    high = greatest if span.high is None else span.high
    for end in (low, high):
        check_value(path, end, parameters)
    if not low < high:
        raise InputError(f"{path}: low must be below high", found=[low, high])
    return low, high
