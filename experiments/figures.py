"""What a run measured, as one tidy table: a row a figure."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from experiments.results import measured
from experiments.tables import daily_table
from model.groups import Measured
from model.simulation import TieredCareModel

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "name": pl.String,  # id of the indicator, or column of the daily series
    "by": pl.String,  # residence, scheme, age, income, assistance; tier; null: overall
    "key": pl.String,  # which group or tier
    "day": pl.Int32,  # counted day, warm-up negative; null: over all counted days
    "value": pl.Float64,  # null: cannot be formed
    "unit": pl.String,  # null in the daily series, whose names end in their unit
}


def figures_of(model: TieredCareModel) -> pl.DataFrame:
    """The indicators of a finished run, overall and by group, then its daily series by tier."""
    return pl.concat([_indicators(measured(model)), _daily(model)])


def _indicators(indicators: Mapping[str, Measured]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for name, entry in indicators.items():
        rows.append((name, None, None, None, entry.value, entry.unit))
        for by, group in entry.by.items():
            rows += [(name, by, key, None, value, entry.unit) for key, value in group.items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _daily(model: TieredCareModel) -> pl.DataFrame:
    wide = daily_table(model).drop("date")
    return wide.unpivot(index=["day", "tier"], variable_name="name").select(
        "name",
        pl.lit("tier").alias("by"),
        pl.col("tier").alias("key"),
        "day",
        pl.col("value").cast(pl.Float64),
        pl.lit(None, pl.String).alias("unit"),
    )
