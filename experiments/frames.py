"""Runs as polars frames: a row a run and a column an indicator; the daily series on request."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from experiments.run_file import CorruptFileError, check, figures_in
from experiments.store import Store
from model.terms import Floats, InputError

if TYPE_CHECKING:
    import pandas as pd

FIXED = {
    "hash": pl.String,
    "experiment": pl.String,
    "model": pl.String,  # version
    "replicate": pl.Int64,
    "seed": pl.Int64,
}
FAILED = {
    "hash": pl.String,
    "error": pl.String,
    "tries": pl.Int64,
    "replicate": pl.Int64,
    "seed": pl.Int64,
    "traceback": pl.String,
}


@dataclass(frozen=True, slots=True)
class Corrupt:
    """A file that was passed over."""

    run: str
    reason: str


def indicator_frame(
    store: Store, runs: Sequence[str], keep: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, list[Corrupt]]:
    """One row a run, in the order given, and the files that are not whole.

    Columns: those of `FIXED`, every lever and uncertainty by its path, every indicator by its id,
    and by group as `id.axis.key`. `keep`: a frame of the same form whose rows need not be read.
    """
    known = set() if keep is None else set(keep["hash"])
    rows, corrupt = [], []
    for run in runs:
        if run not in known:
            try:
                rows.append(_row(store.read(run)))
            except CorruptFileError as error:
                corrupt.append(Corrupt(run, str(error)))
    frames = [frame for frame in (keep, *_framed(rows)) if frame is not None]
    if not frames:
        return pl.DataFrame(schema=FIXED), corrupt
    table = pl.concat(frames, how="diagonal")
    order = pl.DataFrame({"hash": runs}, schema={"hash": pl.String})
    return order.join(table, on="hash", how="inner", maintain_order="left"), corrupt


def daily_frame(store: Store, runs: Sequence[str]) -> pl.LazyFrame:
    """The daily series of runs: hash, name, tier, day (warm-up negative), value."""
    files = [store.path(run) for run in runs]
    return (
        pl.scan_parquet(files, include_file_paths="file")
        .filter(pl.col("day").is_not_null())
        .select(
            pl.col("file").str.extract(r"(\w+)\.parquet$").alias("hash"),
            "name",
            pl.col("key").alias("tier"),
            "day",
            "value",
        )
    )


def failure_frame(store: Store, runs: Sequence[str]) -> pl.DataFrame:
    """One row a run that always fails, with its error and traceback."""
    rows = [
        {
            "hash": run,
            "error": failure.error,
            "tries": failure.tries,
            "replicate": failure.replicate,
            "seed": failure.scenario["seed"],
            "traceback": failure.traceback,
            **failure.levers,
            **failure.uncertainties,
        }
        for run in runs
        for failure in (store.failure(run),)
    ]
    return pl.DataFrame(rows, schema=None if rows else FAILED)


def indicator_ids(figures: pl.DataFrame) -> list[str]:
    """Ids of a run's indicators, by group as `id.axis.key`."""
    summed = figures.filter(pl.col("day").is_null())
    return summed.select(_id()).to_series().to_list()


def indicator_units(content: bytes) -> dict[str, str]:
    """Units of a run's indicators by id."""
    overall = figures_in(content).filter(pl.col("day").is_null(), pl.col("by").is_null())
    return dict(overall.select("name", "unit").iter_rows())


def indicator_of(content: bytes, name: str) -> float:
    """One indicator of a run's file; nan if it cannot be formed."""
    summed = figures_in(content).filter(pl.col("day").is_null(), _id() == name)
    return float(summed["value"].cast(pl.Float64).fill_null(float("nan"))[0])


def check_indicator(name: str, ids: Sequence[str]) -> None:
    """An error that suggests the nearest, unless the indicator exists."""
    if name not in ids:
        near = difflib.get_close_matches(name, ids, n=3, cutoff=0.5)
        allowed = f"did you mean {', '.join(near)}?" if near else f"{ids[0]}, ... ({len(ids)} ids)"
        raise InputError("unknown indicator", found=name, allowed=allowed, keys=(name,))


def to_pandas(frame: pl.DataFrame) -> "pd.DataFrame":
    """A frame of numbers and words for pandas; polars' own conversion would need pyarrow."""
    import pandas as pd

    return pd.DataFrame({column.name: column.to_numpy() for column in frame})


@dataclass(frozen=True, slots=True)
class _Row:
    told: dict[str, Any]
    ids: tuple[str, ...]
    values: Floats


def _row(content: bytes) -> _Row:
    manifest = check(content)
    summed = figures_in(content).filter(pl.col("day").is_null())
    told = {
        "hash": manifest["hash"],
        "experiment": manifest["experiment"],
        "model": manifest["versions"]["model"],
        "replicate": manifest["replicate"],
        "seed": manifest["scenario"]["seed"],
        **manifest["levers"],
        **manifest["uncertainties"],
    }
    ids = tuple(summed.select(_id()).to_series())
    return _Row(told, ids, summed["value"].to_numpy())


def _id() -> pl.Expr:
    return pl.concat_str("name", "by", "key", separator=".", ignore_nulls=True)


def _framed(rows: Sequence[_Row]) -> Iterator[pl.DataFrame]:
    """A frame for each set of columns; runs of one model version share theirs."""
    alike: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        alike.setdefault((*row.told, *row.ids), []).append(row)
    for group in alike.values():
        told = pl.DataFrame([row.told for row in group], schema_overrides=FIXED)
        values = pl.DataFrame(
            np.stack([row.values for row in group]), schema=list(group[0].ids), orient="row"
        )
        yield pl.concat([told, values.fill_nan(None)], how="horizontal")
