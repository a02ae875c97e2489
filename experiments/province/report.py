"""What `fenji province` prints of the shared hospitals."""

import polars as pl
from rich.console import Console
from rich.table import Table


def print_hospitals(table: pl.DataFrame) -> None:
    """Each hospital by area, in the first and the last whole month."""
    if table.is_empty():
        Console().print("The areas share no hospital.")
        return
    whole = table.filter(pl.col("days") == table["days"].max())
    for start in whole["start"].unique().sort().gather([0, -1]).unique(maintain_order=True):
        shown = Table(title=f"Month from {start:%Y-%m-%d}", title_justify="left", box=None)
        shown.add_column("hospital", no_wrap=True)
        shown.add_column("area", no_wrap=True)
        for head in ("visits/day", "stays/day", "places/day", "beds", "load", "wait, days"):
            shown.add_column(head, justify="right")
        for row in table.filter(pl.col("start") == start).iter_rows(named=True):
            days = row["days"]
            shown.add_row(
                row["hospital"],
                row["area"],
                f"{row['visits'] / days:,.1f}",
                f"{row['admissions'] / days:,.2f}",
                f"{row['capacity_day']:,.1f}",
                f"{row['beds']:,.0f}",
                f"{row['load']:.0%}",
                f"{row['wait_day']:.2f}",
            )
        Console().print(shown)
