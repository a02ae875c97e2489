"""Policies by indicators across the plausible vectors, as a Markdown table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.marked import renew
from experiments.policies.table import SECTIONS, Column, by_policy, entries
from experiments.survival import FLIPS, INDICATORS, UNCLEAR
from model.wording import Words

MARK = "survival"
TOLD = {UNCLEAR: "·", FLIPS: "⇄"}


def write_survival(content: Mapping[str, Any], file: Path, lang: str = "en") -> None:
    """Write the least and greatest effect of each policy, between the marks if there are any.

    content: that of `survival.json`.
    """
    words = Words(lang)
    known = {name: column for section in SECTIONS.values() for name, column in section.items()}
    effects = {(one["policy"], one["indicator"]): one for one in content["effects"]}

    def cell(policy: str, indicator: str, column: Column) -> str:
        effect = effects.get((policy, indicator))
        if effect is None:
            return "-"
        if effect["direction"] in TOLD:
            return TOLD[effect["direction"]]
        ends = (f(effect["differences"]) * column.factor for f in (min, max))
        low, high = (f"{end:+,.{column.digits}f}" for end in ends)
        return words("table.from_to", low=low, high=high)

    setting = {
        "region": content["region"],
        "residents": f"{content['residents']:,}" if content["residents"] else "all",
        "days": content["days"],
        "seeds": content["seeds"],
        "vectors": len(content["effects"][0]["differences"]),
    }
    lines = by_policy(
        dict.fromkeys(policy for policy, _ in effects),
        {name: known[name] for name in INDICATORS},
        cell,
        words,
        entries(file),
    )
    renew(file, MARK, [words("table.across", **setting), "", *lines])
