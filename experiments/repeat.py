"""A run repeated from its file alone, and what came out otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from experiments.identity import model_version
from experiments.run_file import check, figures_in, job_in, parameters_in
from experiments.task import run

KEY = ("name", "by", "key", "day")


@dataclass(frozen=True, slots=True)
class Repetition:
    """How a repeated run compares with the one in the file."""

    n_figures: int
    differences: pl.DataFrame  # name, by, key, day, then, now; one row a figure that differs
    bytes_equal: bool
    changes: Sequence[str]  # of versions and parameters, which may explain differences

    @property
    def identical(self) -> bool:
        """Every figure is the same to the last bit."""
        return self.differences.is_empty()


def repeat(content: bytes) -> Repetition:
    """Carry out the run of a file with the model installed here, and compare."""
    job = job_in(content)
    again = run(replace(job, version=model_version()))
    then, now = figures_in(content), figures_in(again)
    return Repetition(
        n_figures=len(then),
        differences=_differences(then, now),
        bytes_equal=content == again,
        changes=[*_versions(content, again), *_parameters(content, again)],
    )


def _differences(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    both = then.select(*KEY, then="value", there=True).join(
        now.select(*KEY, now="value", here=True),
        on=KEY,
        how="full",
        nulls_equal=True,
        coalesce=True,
    )
    same = pl.col("then").eq_missing(pl.col("now")) & pl.col("there") & pl.col("here")
    return both.filter(~same.fill_null(False)).select(*KEY, "then", "now")


def _versions(content: bytes, again: bytes) -> list[str]:
    then, now = check(content)["versions"], check(again)["versions"]
    return [
        f"{name} {then.get(name)}, now {now[name]}" for name in now if then.get(name) != now[name]
    ]


def _parameters(content: bytes, again: bytes) -> list[str]:
    then, now = parameters_in(content), parameters_in(again)
    paths = sorted(path for path in then | now if then.get(path) != now.get(path))
    return [f"{path} {then.get(path)}, now {now.get(path)}" for path in paths]
