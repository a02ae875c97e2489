"""Which clinic stands empty, and why do its neighbours go past it? They say so themselves.

Run it with `python examples/empty_clinic.py`. It runs Brook County, finds the clinic with the
lowest load, and lets residents of its settlement explain where they would go.
"""

from pathlib import Path

import numpy as np
import polars as pl

from experiments.explanation import explain
from experiments.runner import run
from model.scenario import Scenario
from model.simulation import TieredCareModel


def emptiest_clinic(plan: Scenario, out: Path) -> dict[str, object]:
    """The clinic that uses the least of its capacity in a run."""
    tables = run(plan, out).folder
    loads = (
        pl.read_parquet(tables / "facilities.parquet")
        .filter(pl.col("tier") == "clinic")
        .group_by("facility", "name", maintain_order=True)
        .agg(pl.col("visits").sum(), pl.col("capacity").sum())
        .with_columns(load=pl.col("visits") / pl.col("capacity"))
    )
    return loads.sort("load").row(0, named=True)


def neighbours(plan: Scenario, clinic: str, n: int) -> list[int]:
    """The first residents of the settlement where a clinic stands."""
    model = TieredCareModel(plan)
    region = model.region
    settlement = region.facilities.settlement[list(region.facilities.id).index(clinic)]
    home = region.places.settlement[model.world.residents.place]
    return np.flatnonzero(home == settlement)[:n].tolist()


def main(days: int = 60, out: Path = Path("out/empty-clinic"), n: int = 3) -> list[str]:
    """Name the clinic, and print what n of its neighbours would do if they fell ill."""
    plan = Scenario(region="brook", days=days)
    clinic = emptiest_clinic(plan, out)
    print(f"{clinic['name']} uses {clinic['load']:.0%} of its capacity.\n")
    told = [explain(plan, person, days - 1) for person in neighbours(plan, clinic["facility"], n)]
    print("\n".join(told))
    return told


if __name__ == "__main__":
    main()
