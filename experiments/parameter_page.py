"""The page of all parameters: value, unit, range, source, status, and what each of them moves."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from experiments.influence import INDICATORS, effects, leaves, ranked, shipped_influence
from experiments.store import write_whole
from model.parameters import Parameter, Parameters, shipped_parameters

COMMAND = "fenji parameters --page docs/parameters.md"
MOST_NUMBERS = 8  # of a leaf that are all told
N_RANKED = 10
HEAD = f"""# Parameters

Every number of the model. Written by `{COMMAND}`; do not edit. A parameter of several
numbers has a row; `fenji parameters NAME` lists each number with its path.

**Status.** sourced: stated by the source. derived: follows from the source by arithmetic.
unverified: recalled or compiled, not checked. fitted: moved towards published figures
([validation](validation.md)). assumed: nobody published it.

**Influence.** The largest relative change of a main indicator while the parameter goes over its
range (`fenji parameters --influence FILE`): each number to its low and to its high, all numbers of
a parameter together. Where one range stands for a table of different numbers it says what is
allowed, not what is likely, and the table goes down and up by a fifth. 20,000 residents of
`national`, 180 days from 1 January, common random numbers, one seed: a screening that tells what
matters from what does not; changes below a few per cent are within what another seed does, and what
works over a year (deductibles, caps, trust) is understated. `policy`: what moves nothing in such a
run, since it matters under a policy, beyond the year, or in other regions.

Main indicators: {", ".join(f"`{name}`" for name in INDICATORS)}.
"""


def write_page(file: Path) -> None:
    """Write the page of the shipped parameters."""
    write_whole(file, page(shipped_parameters(), shipped_influence()).encode())


def page(parameters: Parameters, measured: pl.DataFrame) -> str:
    """The page as Markdown."""
    found = effects(measured)
    parts = [HEAD, _most(found)]
    files: dict[str, list[str]] = {}
    for leaf, numbers in leaves(parameters).items():
        moved = found.get(leaf, {})
        files.setdefault(leaf.split(".")[0], []).append(_row(leaf, numbers, moved))
    for name, rows in files.items():
        parts.append(
            f"## {name}\n\n| parameter | meaning | value | unit | range | status | influence "
            "| source |\n|---|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    return "\n".join(parts)


def _most(found: dict[str, dict[str, float]]) -> str:
    lines = [
        "## The most influential",
        "",
        "By the mean relative change over the main indicators.",
        "",
        "| parameter | mean change | the indicator that moves most |",
        "|---|---:|---|",
    ]
    for leaf, score in ranked(found)[:N_RANKED]:
        lines.append(f"| `{leaf}` | {score:.1%} | {_strongest(found[leaf])} |")
    return "\n".join(lines) + "\n"


def _row(leaf: str, numbers: Sequence[Parameter], moved: dict[str, float]) -> str:
    first = numbers[0]
    influence = _strongest(moved) if any(moved.values()) else "policy"
    source = first.source.replace("|", "/")
    return (
        f"| `{leaf}` | {first.label.en} | {_values(leaf, numbers)} | {first.unit} "
        f"| {_range(numbers)} | {first.status} | {influence} | {source} |"
    )


def _strongest(moved: dict[str, float]) -> str:
    name = max(moved, key=lambda key: moved[key])
    return f"`{name}` {moved[name]:.1%}"


def _values(leaf: str, numbers: Sequence[Parameter]) -> str:
    if len(numbers) == 1:
        return f"{numbers[0].value:g}"
    if len(numbers) <= MOST_NUMBERS:
        return ", ".join(f"{n.path.removeprefix(leaf + '.')} {n.value:g}" for n in numbers)
    values = [number.value for number in numbers]
    return f"{len(values)} numbers from {min(values):g} to {max(values):g}"


def _range(numbers: Sequence[Parameter]) -> str:
    low, high = min(n.low for n in numbers), max(n.high for n in numbers)
    return f"{low:g} to {high:g}"
