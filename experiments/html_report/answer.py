"""The first page of a report: the answer in sentences, and the headline figures."""

from collections.abc import Sequence

import polars as pl

from experiments.html_report.blocks import Block, Card, Table
from experiments.html_report.decisive import decisive
from experiments.html_report.policies import point_name, title_of
from experiments.html_report.study import Arm, Study, mean_of
from experiments.html_report.words import Figures, sure
from experiments.policies.comparison import LEVEL
from experiments.report import published
from model.terms import Tier
from model.wording import Words

HEADLINE = (
    "first_contact_primary_share",
    "visit_share_tertiary",
    "mean_wait_min_tertiary",
    "unmet_need_share",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
)
IN_DETAIL = 6  # arms that are told one by one
IN_SENTENCE = 3  # changes that a sentence tells


def headline(study: Study) -> list[str]:
    """What the first page tells: the objectives of a search, then the usual."""
    return list(dict.fromkeys((*study.objectives, *HEADLINE)))


def arm_name(study: Study, arm: Arm, words: Words) -> str:
    """What a reader calls an arm: its policies, or its point."""
    if study.varied:
        return point_name(arm.point, words)
    return title_of(arm.plan, words)


def answers(study: Study, figures: Figures) -> list[str]:
    """The result in sentences."""
    if study.kind == "run":
        return [_state(study, figures)]
    if study.kind == "sensitivity":
        return decisive(study, figures)
    if study.kind == "sweep":
        return [_extremes(study, figures, name) for name in HEADLINE[:IN_SENTENCE]]
    return [_changes(study, arm, figures) for arm in study.arms[1 : IN_DETAIL + 1]]


def answer_note(study: Study, words: Words) -> str:
    """What the numbers in the answer rest on."""
    if study.kind == "run":
        alone = words("report.sentence.alone")
        days = study.arms[0].daily.filter(pl.col("day") >= 0)["day"].n_unique()
        return f"{words('report.setting.stopped', n=days)} {alone}" if study.stopped else alone
    level = words.percent(LEVEL, 0)
    kind = study.kind if study.kind in ("sweep", "sensitivity") else "interval"
    return words(f"report.sentence.note_{kind}", level=level, n=study.replicates)


def cards(study: Study, figures: Figures) -> list[Card]:
    """Headline figures: of a run beside the nation's, of one policy with their change."""
    if study.kind == "run":
        return [_state_card(study, name, figures) for name in HEADLINE]
    if study.compares and len(study.arms) == 2:
        rows = study.differences(study.arms[1], headline(study))
        return [_change_card(name, row, figures) for name, row in rows.items()]
    return []


def headline_table(study: Study, figures: Figures) -> list[Block]:
    """Headline figures of several policies side by side."""
    if not study.compares or len(study.arms) == 2:
        return []
    words, shown = figures.words, study.arms[1 : IN_DETAIL + 1]
    told = [study.differences(arm, headline(study)) for arm in shown]
    head = [words("report.column.indicator"), words("report.baseline")]
    head += [arm_name(study, arm, words) for arm in shown]
    rows = []
    for name in told[0]:
        first = _with_unit(figures, name, told[0][name]["first"])
        rows.append(
            [figures.label(name), first, *(_cell(name, row[name], figures) for row in told)]
        )
    level = words.percent(LEVEL, 0)
    return [Table(words("report.caption.headline", level=level), head, rows)]


def unit_after(figures: Figures, name: str) -> str:
    """The unit after a number in a sentence; a share has its % already."""
    if figures.units.get(name) == "share":
        return ""
    return (" " if figures.words.language == "en" else "") + figures.unit(name)


def _state(study: Study, figures: Figures) -> str:
    arm, words = study.arms[0], figures.words

    def per_cent(name: str) -> str:
        return f"{mean_of(arm, name) * 100:.0f}"

    return words(
        "report.sentence.run",
        **{tier.word: per_cent(f"visit_share_{tier.word}") for tier in Tier},
        first=per_cent("first_contact_primary_share"),
        load=words.percent(mean_of(arm, "utilisation_tertiary"), 0),
        beds=words.percent(mean_of(arm, "bed_occupancy_tertiary"), 0),
        fund=f"{mean_of(arm, 'fund_payment_per_resident_cny'):,.0f}",
        cash=f"{mean_of(arm, 'out_of_pocket_per_resident_cny'):,.0f}",
    )


def _changes(study: Study, arm: Arm, figures: Figures) -> str:
    """The strongest changes among the headline figures, and what stays or chance may explain."""
    words = figures.words
    rows = study.differences(arm, headline(study))
    seen = {name for name, row in rows.items() if sure(row) and _visible(name, row, figures)}
    order = sorted(seen, key=lambda name: -abs(rows[name]["difference"] / rows[name]["first"]))
    moved = [_change(name, rows[name], figures) for name in order[:IN_SENTENCE]]
    same = [name for name, row in rows.items() if sure(row) and name not in seen]
    unsure = [name for name, row in rows.items() if not sure(row)]
    sentences = [words("report.join").join(moved) + words("report.end")] if moved else []
    if not (moved or same):
        sentences = [words("report.sentence.nothing")]
        unsure = []
    for key, names in (("same", same), ("unsure", unsure)):
        if names:
            comma = ", " if words.language == "en" else "、"
            said = comma.join(_inside(figures.label(name), words) for name in names)
            sentences.append(words(f"report.sentence.{key}", names=said))
    space = " " if words.language == "en" else ""
    policy = words("report.sentence.with", policy=arm_name(study, arm, words))
    return space.join([policy, *sentences])


def _change(name: str, row: dict[str, float], figures: Figures) -> str:
    words = figures.words
    return words(
        "report.sentence.rises" if row["difference"] > 0 else "report.sentence.falls",
        name=_inside(figures.label(name), words),
        first=figures.value(name, row["first"]),
        second=figures.value(name, row["second"]),
        unit=unit_after(figures, name),
        low=figures.change(name, row["low"]),
        high=figures.change(name, row["high"]),
    )


def _visible(name: str, row: dict[str, float], figures: Figures) -> bool:
    """Whether a change shows in the digits that are written."""
    return figures.value(name, row["first"]) != figures.value(name, row["second"])


def _inside(label: str, words: Words) -> str:
    """A label within a sentence."""
    return label[0].lower() + label[1:] if words.language == "en" else label


def _extremes(study: Study, figures: Figures, name: str) -> str:
    values = {arm_name(study, arm, figures.words): mean_of(arm, name) for arm in study.arms}
    low, high = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    return figures.words(
        "report.sentence.sweep",
        name=figures.label(name),
        unit=unit_after(figures, name),
        low=figures.value(name, values[low]),
        high=figures.value(name, values[high]),
        at_low=low,
        at_high=high,
    )


def _state_card(study: Study, name: str, figures: Figures) -> Card:
    value = _with_unit(figures, name, mean_of(study.arms[0], name))
    nation, below = published(), []
    if name in nation:
        told = figures.value(name, float(nation[name]["value"]))
        below = [figures.words("report.card.nation", value=told)]
    return Card(figures.label(name), value, below)


def _change_card(name: str, row: dict[str, float], figures: Figures) -> Card:
    words = figures.words
    was = words("report.card.was", value=_with_unit(figures, name, row["first"]))
    change, unit = figures.change(name, row["difference"]), figures.unit_of_change(name)
    below: Sequence[str] = [words("report.card.change", change=change, unit=unit), was]
    if not sure(row):
        below = [words("report.card.unsure"), was]
    return Card(figures.label(name), _with_unit(figures, name, row["second"]), below)


def _cell(name: str, row: dict[str, float], figures: Figures) -> str:
    value = figures.value(name, row["second"])
    if not sure(row):
        return f"{value} ({figures.words('report.card.unsure')})"
    span = figures.interval(name, row["low"], row["high"])
    return f"{value} ({figures.change(name, row['difference'])}; {span})"


def _with_unit(figures: Figures, name: str, value: float) -> str:
    return figures.value(name, value) + unit_after(figures, name)
