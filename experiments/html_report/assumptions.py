"""What a study assumes: its own changes, what its policies touch, the source of every number."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from experiments.html_report.blocks import Block, Table, Text
from experiments.html_report.policies import said, touched
from experiments.html_report.study import Study
from model.insurance.rulebook import statements_on
from model.insurance.schema import Said
from model.parameters import Parameter, Parameters
from model.region.read import read_region
from model.scenario import Change
from model.terms import InputError
from model.wording import Words

STATUSES = ("sourced", "derived", "fitted", "unverified", "assumed")
DECISIVE = ("choice.b_", "choice.seek_", "choice.trust", "queue.give_up", "gate.")
RATES = ("reimbursement_rate", "deductible", "unreferred_cut", "out_of_area_cut")


def assumptions(study: Study, words: Words) -> list[Block]:
    """The assumptions that matter, most of all those of this study."""
    parameters, notes = _parameters(study, words)
    count = Counter[str](leaf.status for leaf in parameters.values())
    lead = words(
        "report.assumption.lead", n=len(parameters), **{name: count[name] for name in STATUSES}
    )
    rows = _own_changes(study, parameters, words)
    changed: Block = Text(words("report.assumption.changed_none"))
    if rows:
        head = _head(words, "parameter", "label", "value", "unit", "range")
        head.append(words("report.policy.reason"))
        changed = Table(words("report.caption.changed"), head, rows, 2)
    decisive = [leaf for path, leaf in parameters.items() if path.startswith(DECISIVE)]
    blocks = [*notes, Text(lead), changed]
    if of_policies := touched(parameters, study):
        blocks.append(_leaves(words("report.caption.touched"), of_policies, words))
    blocks.append(_leaves(words("report.caption.decisive"), decisive, words))
    rates = {
        path: one
        for path, one in _statements(study).items()
        if path.endswith(RATES) and not path.startswith("EBMI_RETIRED")
    }
    blocks.append(_rules(words("report.caption.rates"), rates, words))
    blocks.append(_by_part(parameters, words))
    return blocks


def every_rule(study: Study, words: Words) -> list[Block]:
    """The appendix of rules."""
    note = Text(words("report.assumption.print"), "printed")
    return [note, _rules(words("report.caption.rules"), _statements(study), words, True)]


def every_parameter(study: Study, words: Words) -> list[Block]:
    """The appendix of parameters."""
    parameters, _ = _parameters(study, words)
    leaves = list(parameters.values())
    note = Text(words("report.assumption.print"), "printed")
    return [note, _leaves(words("report.caption.parameters"), leaves, words, screen_only=True)]


def region_title(study: Study, words: Words) -> tuple[str, int | None]:
    """The region's name, and its population; only what the scenario says if its folder is gone."""
    try:
        with study.data.placed(study.plan) as plan:
            region = read_region(plan.region, plan.residents, plan.changes)
    except InputError:
        return study.plan.region, None
    return region.name[words.language], region.population


def _parameters(study: Study, words: Words) -> tuple[Parameters, list[Block]]:
    """Every parameter of the first arm, with the region's own."""
    plan = study.plan
    try:
        with study.data.placed(plan) as placed:
            return plan.parameters(read_region(placed.region, plan.residents, plan.changes)), []
    except InputError:
        from model.parameters import shipped_parameters

        gone = Text(words("report.assumption.gone"), "note")
        return shipped_parameters().changed(plan.changes), [gone]


def _statements(study: Study) -> dict[str, Said]:
    try:
        with study.data.placed(study.plan) as plan:
            return statements_on(plan.rulebook, plan.start)
    except InputError:
        return {}


def _own_changes(study: Study, parameters: Parameters, words: Words) -> list[list[str]]:
    rows = []
    for path, change in study.plan.overrides.items():
        leaf = parameters.find(path)
        reason = change.reason if isinstance(change, Change) else None
        span = f"{leaf.low:g} – {leaf.high:g}"
        rows.append(
            [
                path,
                said(leaf.label, words),
                f"{leaf.value:g}",
                words.unit(leaf.unit),
                span,
                reason or "",
            ]
        )
    return rows


def _leaves(
    caption: str, leaves: Sequence[Parameter], words: Words, *, screen_only: bool = False
) -> Table:
    head = _head(words, "parameter", "label", "value", "unit", "range", "status", "source")
    rows = [
        [
            leaf.path,
            said(leaf.label, words),
            f"{leaf.value:g}",
            words.unit(leaf.unit),
            f"{leaf.low:g} – {leaf.high:g}",
            words(f"report.status.{leaf.status}"),
            leaf.source,
        ]
        for leaf in leaves
    ]
    return Table(caption, head, rows, len(head), screen_only)


def _rules(
    caption: str, statements: dict[str, Said], words: Words, screen_only: bool = False
) -> Table:
    head = _head(words, "rule", "label", "value", "unit", "status", "source")
    rows = [
        [
            path,
            " · ".join(words(f"report.rule.{part}") for part in path.split(".")),
            _in_words(_written(one.value), words),
            words.unit(one.unit),
            _status(one, words),
            one.source or "",
        ]
        for path, one in sorted(statements.items())
    ]
    return Table(caption, head, rows, len(head), screen_only)


def _by_part(parameters: Parameters, words: Words) -> Table:
    count = Counter[tuple[str, str]](
        (path.split(".")[0], leaf.status) for path, leaf in parameters.items()
    )
    parts = sorted({part for part, _ in count})
    head = [words("report.column.part"), *(words(f"report.status.{s}") for s in STATUSES)]
    rows = [
        [words(f"report.part.{part}"), *(str(count[part, status]) for status in STATUSES)]
        for part in parts
    ]
    return Table(words("report.caption.statuses"), head, rows)


def _written(value: Any) -> str:
    """A rule's value: a number, or one a tier, area or band."""
    told = value.model_dump() if hasattr(value, "model_dump") else value
    if isinstance(told, dict):
        if len(set(map(str, told.values()))) == 1:
            return str(next(iter(told.values())))
        return ", ".join(f"{key} {one}" for key, one in told.items())
    if isinstance(value, tuple | list):
        return "; ".join(_written(one) for one in value)
    return str(value)


def _in_words(value: str, words: Words) -> str:
    """Tiers, categories and the like in the reader's language."""

    def word(found: re.Match[str]) -> str:
        key = f"report.rule.{found[0]}"
        return words(key) if key in words else found[0]

    return re.sub(r"[A-Za-z_]+", word, value)


def _status(one: Said, words: Words) -> str:
    return words(f"report.status.{one.status}") if one.status else ""


def _head(words: Words, *columns: str) -> list[str]:
    return [words(f"report.column.{name}") for name in columns]
