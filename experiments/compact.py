"""The runs of a folder joined into two files that are quick to read; the runs themselves stay."""

import os
from pathlib import Path

import polars as pl

from experiments.frames import FIXED, Corrupt, check_indicator, daily_frame, indicator_frame
from experiments.store import COMPACT, Store
from model.terms import InputError


def compact(store: Store) -> tuple[int, list[Corrupt]]:
    """Join every run into compact/indicators.parquet, a row a run, and compact/daily.parquet.

    Returns the number of runs, and the files that are not whole and were passed over.
    """
    table, corrupt = indicator_frame(store, store.hashes(), kept(store.folder))
    if table.is_empty():
        raise InputError("holds no finished run", file=store.folder)
    folder = store.folder / COMPACT
    folder.mkdir(exist_ok=True)
    daily = folder / "daily.parquet.tmp"
    daily_frame(store, list(table["hash"])).sink_parquet(daily)
    os.replace(daily, folder / "daily.parquet")
    draft = folder / "indicators.parquet.tmp"
    table.write_parquet(draft)
    os.replace(draft, folder / "indicators.parquet")
    return len(table), corrupt


def kept(folder: Path) -> pl.DataFrame | None:
    """What was compacted before."""
    file = folder / COMPACT / "indicators.parquet"
    return pl.read_parquet(file) if file.exists() else None


def read_indicator(folder: Path, name: str) -> pl.DataFrame:
    """One indicator of all compacted runs, with what tells the runs apart."""
    file = folder / COMPACT / "indicators.parquet"
    if not file.exists():
        raise InputError("is not compacted", file=folder, allowed="fenji results compact")
    columns = list(pl.read_parquet_schema(file))
    check_indicator(name, [column for column in columns if column not in FIXED])
    return pl.read_parquet(file, columns=[*FIXED, name])
