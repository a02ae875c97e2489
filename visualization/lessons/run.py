"""One run of a lesson: what every run measures, and, where asked for, the funds' years to come."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from experiments import runner
from experiments.figures import SCHEMA, figures_of
from experiments.funds.outlook import Outlook, read_outlook
from experiments.run_file import Job, encode
from experiments.task import Done, Failed, Refused, carry_out
from model.insurance.funds import FUNDS
from visualization.lessons.lesson import lessons


def carry_out_lesson(job: Job) -> Done | Failed | Refused:
    """Run the model, measure, and project the funds if the lesson looks at them."""
    if not lessons()[job.place.experiment].outlook:
        return carry_out(job)
    try:
        return Done(_with_outlook(job))
    except Exception as error:
        return Failed(f"{type(error).__name__}: {error}", traceback.format_exc())


def _with_outlook(job: Job) -> bytes:
    with TemporaryDirectory(prefix="fenji-") as folder:
        model = runner.run(job.plan, Path(folder) / "run").model
        assert model is not None
        outlook = read_outlook(Path(folder) / "run")
    rows = pl.DataFrame(list(_rows(outlook)), schema=SCHEMA, orient="row")
    values = {path: leaf.value for path, leaf in model.parameters.items()}
    return encode(job, pl.concat([figures_of(model), rows]), values)


def _rows(outlook: Outlook) -> Iterator[tuple[Any, ...]]:
    """Balance, income and spending by fund and year; the first years of deficit and of debt.

    A fund that never owes has the year after the last one. Balances also as they would be if an
    assumption stood at either end of its range.
    """
    projection = outlook.projection
    years = [int(year) for year in projection.years]
    parts = (
        ("income", projection.gained),
        ("spending", projection.paid),
        ("balance", projection.balance),
    )
    for at, fund in enumerate(FUNDS):
        for name, values in parts:
            for row, year in enumerate(years):
                yield (f"{name}_{fund}", "year", str(year), None, float(values[row, at]), "CNY")
        for name, first in (("deficit", projection.deficit), ("dry", projection.dry)):
            year = first[fund] or years[-1] + 1
            yield (f"{name}_{fund}", None, None, None, float(year), "year")
    for swing in outlook.swings:
        for end, moved in (("low", swing.low), ("high", swing.high)):
            for at, fund in enumerate(FUNDS):
                name = f"balance_{fund}_{swing.name}_{end}"
                for row, year in enumerate(years):
                    yield (name, "year", str(year), None, float(moved.balance[row, at]), "CNY")
    yield ("last_year", None, None, None, float(years[-1]), "year")
    for row, year in enumerate(years):
        active, retired = (float(n) for n in projection.members[row, :2])
        yield ("active_per_retired", "year", str(year), None, active / retired, "ratio")
