"""A package taken apart, as a person reads it: a table, and which policy does the work."""

import re
from collections.abc import Iterator, Sequence
from math import floor, log10

from rich.console import Console
from rich.table import Table

from experiments.policies.steps import Rows, Steps

WIDTH = 100
MOST_DIGITS = 5
SHOWN = (
    "visit_share_tertiary",
    "first_contact_primary_share",
    "mean_wait_day_tertiary",
    "bed_occupancy_tertiary",
    "unmet_need_share",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
    "catastrophic_10",
)


def print_steps(package: str, steps: Steps) -> None:
    """Each policy alone, added to all the others, and its share; then what they do together."""
    console = Console()
    console.width = max(console.width, WIDTH)
    table = Table(title=f"{package}: what each policy adds", title_justify="left", box=None)
    table.add_column("indicator, policy", no_wrap=True)
    for head in ("alone", "added last", "share"):
        table.add_column(head, justify="right", no_wrap=True)
    names = _short([step.name for step in steps.steps])
    for indicator in SHOWN:
        table.add_row(f"[bold]{indicator}[/bold]", "", "", "")
        for step in steps.steps:
            columns = (step.alone, step.added_last, step.share)
            table.add_row(f"  {names[step.name]}", *(_cell(rows, indicator) for rows in columns))
        table.add_row("  package", "", "", _cell(steps.package, indicator))
        table.add_row("  of it interaction", "", "", _cell(steps.interaction, indicator))
    console.print(table)
    console.print(
        "Share: mean over all orders of adding the policies; shares add up to the package. "
        "Interaction: package less the sum of each alone. In brackets: not told from noise."
    )
    console.print(" ".join(work_done(steps)) + "\n")


def work_done(steps: Steps) -> Iterator[str]:
    """Which policy does the work where the package's effect can be told from noise."""
    sure = [name for name in SHOWN if is_told(steps.package, name)]
    if not sure:
        yield "No effect of the package can be told from noise, so nobody's work can be either."
        return
    most: dict[str, list[str]] = {}
    for indicator in sure:
        step = max(steps.steps, key=lambda s: _toward(s.share, steps.package, indicator))
        part = _toward(step.share, steps.package, indicator)
        most.setdefault(step.name, []).append(f"{indicator} ({part:.0%})")
    names = _short([step.name for step in steps.steps])
    for name, indicators in most.items():
        yield f"{names[name]} does most of the change in {', '.join(indicators)}."
    mixed = [name for name in SHOWN if is_told(steps.interaction, name)]
    for less in (True, False):
        some = [n for n in mixed if (_toward(steps.interaction, steps.package, n) < 0) == less]
        if some:
            yield (
                f"Together they do {'less' if less else 'more'} than the sum of each alone in "
                f"{', '.join(some)}."
            )
    if not mixed:
        yield "No interaction can be told from noise."


def is_told(rows: Rows, indicator: str) -> bool:
    """The interval leaves out zero."""
    low, high = rows[indicator]["low"], rows[indicator]["high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def _short(names: Sequence[str]) -> dict[str, str]:
    """Names without levers and dates, where that tells them apart."""
    ids = [re.split("[:@]", name)[0] for name in names]
    return {n: i if ids.count(i) == 1 else n for n, i in zip(names, ids, strict=True)}


def _toward(rows: Rows, package: Rows, indicator: str) -> float:
    """An effect as a part of the package's; negative where it goes against it."""
    whole, part = package[indicator]["difference"], rows[indicator]["difference"]
    return part / whole if part is not None and whole else 0.0


def _cell(rows: Rows, indicator: str) -> str:
    row = rows[indicator]
    if row["difference"] is None or row["low"] is None:
        return "-"
    width = row["difference"] - row["low"]
    digits = 0 if width == 0 else min(max(1 - floor(log10(width)), 0), MOST_DIGITS)
    text = f"{row['difference']:+,.{digits}f} ± {width:,.{digits}f}"
    return text if is_told(rows, indicator) else f"({text})"
