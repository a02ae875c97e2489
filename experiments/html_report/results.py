"""The results of a study in tables and plots, overall and by group of residents."""

import math

from experiments.html_report.answer import HEADLINE, IN_DETAIL, arm_name
from experiments.html_report.blocks import Block, Heading, Table, Text
from experiments.html_report.decisive import effects
from experiments.html_report.pictures import (
    changes_picture,
    crowding_by_tier,
    crowding_compared,
    point_picture,
)
from experiments.html_report.study import Arm, Study, half_of, mean_of
from experiments.html_report.words import DASH, Figures, sure
from experiments.policies.comparison import LEVEL
from experiments.report import published
from model.groups import GROUPS, REPORTED
from model.terms import InputError, Tier

MAIN = (
    "visits_per_resident",
    *(f"visit_share_{tier.word}" for tier in Tier),
    "first_contact_primary_share",
    "within_county_visit_share",
    "bypassing_share",
    "travel_min_mean",
    "mean_wait_day_tertiary",
    "mean_wait_min_clinic",
    "mean_wait_min_tertiary",
    "utilisation_clinic",
    "utilisation_tertiary",
    "admissions_per_resident",
    "bed_occupancy_tertiary",
    "within_county_admission_share",
    "unmet_need_share",
    "unmet_admission_need",
    "resolved_share",
    "fund_payment_per_resident_cny",
    "fund_primary_share",
    "out_of_pocket_per_resident_cny",
    "catastrophic_10",
    "trust_primary",
    "gap_rural_urban_visits_per_resident",
    "concentration_index_out_of_pocket",
    "fund_balance_ebmi_pool_cny",
    "fund_balance_rbmi_cny",
)
BY_GROUP = ("unmet_need_share", "first_contact_primary_share", "catastrophic_10")
GROUPS_TOLD = tuple(name for name in REPORTED if name != "assistance")
N_PLOTS = 4  # of a sweep
NO_CHANGE = "≈"


def results(study: Study, figures: Figures) -> list[Block]:
    """Tables and plots of the results section."""
    if study.kind == "run":
        return [_run_table(study, figures), *crowding_by_tier(study, figures)]
    if study.kind == "sensitivity":
        return effects(study, figures)
    if study.kind == "sweep":
        return _sweep(study, figures)
    blocks: list[Block] = []
    for arm in study.arms[1 : IN_DETAIL + 1]:
        name = arm_name(study, arm, figures.words)
        blocks += [
            Heading(name),
            _difference_table(study, arm, name, figures),
            changes_picture(study, arm, name, figures, MAIN),
        ]
    return [*blocks, *crowding_compared(study, figures)]


def by_group(study: Study, figures: Figures) -> list[Block]:
    """Changes by group of residents; nothing without a comparison."""
    if not study.compares:
        return []
    return [
        _group_table(study, arm, arm_name(study, arm, figures.words), figures)
        for arm in study.arms[1 : IN_DETAIL + 1]
    ]


def all_indicators(study: Study, figures: Figures) -> list[Block]:
    """Every indicator overall, with a column an arm; nothing where the arms are no scenarios."""
    if study.kind == "sensitivity":
        return []
    words = figures.words
    names = [name for name in figures.units if "." not in name]
    shown = study.arms[:IN_DETAIL]
    head = [words("report.column.indicator"), "id", words("report.column.unit")]
    rows = [
        [figures.label(n), n, figures.unit(n)]
        + [figures.value(n, _or_none(mean_of(arm, n))) for arm in shown]
        for n in sorted(names)
    ]
    head += [arm_name(study, arm, words) for arm in shown]
    return [Table(words("report.caption.all"), head, rows, 3)]


def _run_table(study: Study, figures: Figures) -> Table:
    words, nation = figures.words, published()
    head = [words(f"report.column.{c}") for c in ("indicator", "unit", "value", "nation")]
    rows = []
    for name in MAIN:
        known = float(nation[name]["value"]) if name in nation else None
        rows.append(
            [
                figures.label(name),
                figures.unit(name),
                figures.value(name, _or_none(mean_of(study.arms[0], name))),
                "" if known is None else figures.value(name, known),
            ]
        )
    return Table(words("report.caption.run"), head, rows, 2)


def _difference_table(study: Study, arm: Arm, name: str, figures: Figures) -> Table:
    words = figures.words
    level = words.percent(LEVEL, 0)
    two = ("first", "second") if study.kind == "sweep" else ("baseline", "policy")
    head = [words(f"report.column.{c}") for c in ("indicator", "unit", *two, "change")]
    head.append(words("report.column.interval", level=level))
    rows = [
        [
            figures.label(key),
            figures.unit_of_change(key),
            figures.value(key, row["first"]),
            figures.value(key, row["second"]),
            figures.change(key, row["difference"]),
            figures.interval(key, row["low"], row["high"]),
        ]
        for key, row in study.differences(arm, (*study.objectives, *MAIN)).items()
    ]
    return Table(words("report.caption.main", arm=name), head, rows, 2)


def _group_table(study: Study, arm: Arm, name: str, figures: Figures) -> Table:
    words = figures.words
    head = [words("report.column.group"), ""]
    for indicator in BY_GROUP:
        head += [figures.label(indicator), words("report.column.change")]
    ids = [f"{i}.{g}.{k}" for g in GROUPS_TOLD for k in GROUPS[g] for i in BY_GROUP]
    told = study.differences(arm, ids)
    rows = []
    for group in GROUPS_TOLD:
        for key in GROUPS[group]:
            row = [
                words(f"report.group.{group}.name"),
                words(f"report.group.{group}.{key.lower()}"),
            ]
            for indicator in BY_GROUP:
                found = told.get(f"{indicator}.{group}.{key}")
                if found is None or found["first"] is None:
                    row += ["", ""]
                    continue
                change = figures.change(indicator, found["difference"])
                row += [
                    figures.value(indicator, found["first"]),
                    change if sure(found) else NO_CHANGE,
                ]
            rows.append(row)
    return Table(words("report.caption.groups", arm=name), head, rows, 2)


def _sweep(study: Study, figures: Figures) -> list[Block]:
    """A row a point with means and half-widths, and a plot an indicator."""
    words = figures.words
    level = words.percent(LEVEL, 0)
    head = [words("report.column.scenario"), words("report.column.n")]
    head += [f"{figures.label(name)} ({figures.unit(name)})" for name in HEADLINE]
    rows = []
    for arm in study.arms:
        row = [arm_name(study, arm, words), str(arm.runs.height)]
        for name in HEADLINE:
            width = half_of(arm, name)
            told = figures.change(name, width).lstrip("+") if math.isfinite(width) else DASH
            row.append(f"{figures.value(name, _or_none(mean_of(arm, name)))} ± {told}")
        rows.append(row)
    blocks: list[Block] = [Table(words("report.caption.sweep", level=level), head, rows)]
    if len(study.arms) > 1:
        blocks += [point_picture(study, figures, name) for name in HEADLINE[:N_PLOTS]]
    return blocks + _against_first(study, figures)


def _against_first(study: Study, figures: Figures) -> list[Block]:
    """Paired differences from the first point, where seeds are shared."""
    try:
        return [
            _difference_table(study, arm, arm_name(study, arm, figures.words), figures)
            for arm in study.arms[1 : IN_DETAIL + 1]
        ]
    except InputError:
        return [Text(figures.words("report.sentence.unpaired"), "note")]


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
