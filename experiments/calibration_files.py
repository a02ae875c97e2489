"""What a calibration leaves: an overlay of parameters, a scenario, the vectors, and a report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from experiments.calibration import Calibration, Trial
from experiments.fitted import Dials
from experiments.targets import Target, number
from model.parameters import Parameters
from model.terms import Floats, InputError

OVERLAY, SCENARIO, VECTORS, REPORT = "overlay.yaml", "scenario.yaml", "vectors.csv", "report.md"
RESPONSE = "response.csv"
ROW = "row"
PATH = "path"


def write_files(
    folder: Path, done: Calibration, best: Trial, kept: Sequence[Trial], targets: str
) -> None:
    """Write the overlay of the best point, the scenario with it, the vectors and the report."""
    values = done.dials.values(best.positions)
    source = f"fitted by fenji calibrate {done.plan.region} to {targets}"
    _write(folder / OVERLAY, {"parameters": _leaves(done.dials.parameters, values, source)})
    changes = {path: {"value": value, "reason": source} for path, value in values.items()}
    _write(folder / SCENARIO, {"region": done.plan.region, "set": changes})
    write_vectors(
        folder / VECTORS, [done.dials.values(trial.positions) for trial in kept or [best]]
    )
    write_response(folder / RESPONSE, done)
    (folder / REPORT).write_text(report(done, best, kept, targets), encoding="utf-8")


def write_vectors(file: Path, vectors: Sequence[Mapping[str, float]]) -> None:
    """A row a parameter, a column a vector."""
    columns: dict[str, list[str] | list[float]] = {PATH: list(vectors[0])}
    columns |= {f"v{n}": list(vector.values()) for n, vector in enumerate(vectors, 1)}
    pl.DataFrame(columns).write_csv(file, float_precision=None)


def write_response(file: Path, done: Calibration) -> None:
    """What each row moves for a unit of each dial."""
    if done.response is not None:
        columns = dict(zip(done.dials.ids, done.response.T, strict=True))
        pl.DataFrame({ROW: [row.id for row in done.targets], **columns}).write_csv(file)


def read_response(file: Path, targets: Sequence[Target], dials: Dials) -> Floats:
    """The response that an earlier calibration measured, shape (rows, dials)."""
    try:
        table = pl.read_csv(file)
        wanted = pl.DataFrame({ROW: [row.id for row in targets]})
        found = wanted.join(table, on=ROW, how="inner", maintain_order="left").select(
            pl.col(dials.ids).cast(pl.Float64)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        allowed = f"CSV of numbers by {ROW}: {', '.join(dials.ids)}"
        told = "not a response to these dials"
        raise InputError(told, file=file, allowed=allowed) from error
    if len(found) < len(targets):
        told = "lacks rows of the targets"
        raise InputError(told, file=file, found=f"{len(found)} of {len(targets)}")
    return found.to_numpy()


def read_vectors(file: Path, parameters: Parameters) -> tuple[dict[str, float], ...]:
    """The vectors of a file, values by path; InputError for what is not one."""
    try:
        table = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        told = "not a file of vectors"
        raise InputError(told, file=file, allowed="CSV: path, v1, v2, ...") from error
    names = table.columns[1:]
    if table.columns[0] != PATH or not names:
        raise InputError("not a file of vectors", file=file, allowed="columns path, v1, v2, ...")
    return tuple(
        {
            path: _value(cell, path, parameters, file, row, name)
            for row, (path, cell) in enumerate(zip(table[PATH], table[name], strict=True), start=2)
        }
        for name in names
    )


def _value(
    cell: str | None, path: str, parameters: Parameters, file: Path, row: int, column: str
) -> float:
    """A parameter's value in a cell; InputError where it can have no such value."""
    try:
        value = float(cell or "")
        parameters.changed({path: value})
    except InputError as error:
        raise InputError(str(error), file=file, row=row, column=column) from error
    except ValueError as error:
        told = f"{path}: not a number"
        raise InputError(told, file=file, row=row, column=column, found=cell) from error
    return value


def report(done: Calibration, best: Trial, kept: Sequence[Trial], targets: str) -> str:
    """The report as Markdown: rows, dials, vectors, and what does not fit."""
    plan = done.plan
    lines = [
        f"# Calibration of {plan.region} to {targets}",
        "",
        f"{plan.residents or 'All'} residents, {plan.warm_up} + {plan.days} days, "
        f"seed {plan.seed}; {len(done.dials)} dials, {len(done.targets)} rows. "
        f"{len(kept)} plausible vectors, each confirmed by a run.",
        "",
        "| row | target | band | best point | plausible vectors | |",
        "|---|---:|---|---:|---|---|",
    ]
    values = np.array([trial.values for trial in kept or [best]])
    for at, row in enumerate(done.targets):
        lines.append(_row(row, float(best.values[at]), values[:, at]))
    lines += ["", "| dial | best | plausible | range | what for |", "|---|---:|---|---|---|"]
    positions = np.array([trial.positions for trial in kept or [best]])
    for at, dial in enumerate(done.dials.dials):
        lines.append(
            f"| `{dial.id}` ({dial.how}) | {best.positions[at]:+.3f} | {_span(positions[:, at])} "
            f"| {dial.low:g} to {dial.high:g} | {dial.why} |"
        )
    outside = [
        row for row, value in zip(done.targets, best.values, strict=True) if not row.holds(value)
    ]
    lines += ["", *_misses(done, best, outside)]
    return "\n".join(lines) + "\n"


def _row(row: Target, best: float, values: Floats) -> str:
    mark = "" if row.holds(best) else "outside"
    band = f"{number(row.low)} to {number(row.high)}"
    cells = (f"`{row.id}`", number(row.value), band, number(best), _span(values), mark)
    return f"| {' | '.join(cells)} |"


def _span(values: Floats) -> str:
    return f"{number(values.min())} to {number(values.max())}"


def _misses(done: Calibration, best: Trial, outside: Sequence[Target]) -> list[str]:
    if not outside:
        return ["Every row lies in its band at the best point."]
    ends = np.isclose(best.positions, done.dials.low) | np.isclose(best.positions, done.dials.high)
    stuck = [dial.id for dial, end in zip(done.dials.dials, ends, strict=True) if end]
    told = f"Outside their band at the best point: {', '.join(row.id for row in outside)}."
    return [told, f"Dials at the end of their range: {', '.join(stuck) or 'none'}."]


def _leaves(
    parameters: Parameters, values: Mapping[str, float], source: str
) -> dict[str, dict[str, float | str]]:
    """As a region's file has them below `parameters`."""
    return {
        path: {
            "value": value,
            "low": parameters[path].low,
            "high": parameters[path].high,
            "source": source,
            "status": "fitted",
        }
        for path, value in values.items()
    }


def _write(file: Path, content: Mapping[str, object]) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
