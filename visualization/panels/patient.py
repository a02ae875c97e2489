"""A patient as a panel: why she went there, and what would have changed her mind."""

import math
from html import escape

from model.care.decision import Seeks
from model.wording import Words
from visualization.panels import parts
from visualization.panels.bill import ExpectedBill
from visualization.panels.change_of_mind import Change
from visualization.panels.parts import TIER_COLOURS, TIER_SIGNS
from visualization.panels.patient_story import Alternative, Choice, PatientStory
from visualization.panels.weighing import weighing_chart


def patient_html(story: PatientStory, words: Words) -> str:
    """The panel's content."""
    who = words("panel.woman" if story.female else "panel.man", age=story.age)
    home = words.of(story.home)
    return "".join(
        (
            parts.heading(
                words("panel.who_from", who=who, home=home),
                words("panel.resident", n=story.resident),
                words("panel.close"),
                back=(home, f"settlement:{story.home_row}"),
            ),
            parts.facts(_facts(story, words)),
            f'<p class="fj-verdict">{escape(_verdict(story, words))}</p>',
            _weighed(story, words),
            "".join(_alternative(story, one, words) for one in story.alternatives),
            _bills(story, words),
        )
    )


def _facts(story: PatientStory, words: Words) -> list[tuple[str, str]]:
    ails = words(f"panel.condition.{story.condition.word}")
    marks = [
        words(f"panel.mark.{name}")
        for name in ("emergency", "follow_up", "referred", "contract", "chronic")
        if getattr(story, name)
    ]
    return [
        (words("panel.ails"), words("panel.severity", what=ails, s=f"{story.severity:.2f}")),
        (words("panel.scheme_name"), words(f"panel.scheme.{story.scheme.word}")),
        (words("panel.annual_income"), words.money(story.income_cny)),
        (words("panel.trusts"), _trust(story, words)),
        *([(words("panel.besides"), words("panel.and").join(marks))] if marks else []),
    ]


def _trust(story: PatientStory, words: Words) -> str:
    """Trust by tier, from the clinic up."""
    signs = TIER_SIGNS.values()
    return "  ".join(f"{sign}{value:.2f}" for sign, value in zip(signs, story.trust, strict=True))


def _verdict(story: PatientStory, words: Words) -> str:
    if story.chosen is None:
        return words(f"panel.verdict.{story.seeks.name}")
    key = "panel.verdict.via" if story.via else "panel.verdict.PROVIDER"
    return words(key, name=words.of(story.chosen.name))


def _weighed(story: PatientStory, words: Words) -> str:
    outside = parts.note(
        words(
            "panel.outside",
            pharmacy=words.percent(story.p_pharmacy, 0),
            nobody=words.percent(story.p_nobody, 0),
        )
    )
    chosen = story.chosen.facility if story.chosen else -1
    chart = weighing_chart(story.choices, chosen, words)
    return parts.section(
        words("panel.weighed"), parts.note(words("panel.read_bars")), chart, outside
    )


def _alternative(story: PatientStory, one: Alternative, words: Words) -> str:
    name = words.of(one.name)
    to_see = "panel.would_seek" if story.seeks != Seeks.PROVIDER else "panel.would_go"
    title = words(to_see, name=name)
    if not one.considered:
        reason = "panel.not_in_emergency" if story.emergency else "panel.not_considered"
        text = words(reason, tier=words(f"panel.tier_many.{one.tier.word}"))
        return parts.section(title, parts.note(text))
    would = [_change(change, one, words) for change in one.changes if change.by is not None]
    not_even = [_not_even(change, words) for change in one.changes if change.by is None]
    items = "".join(f"<li>{escape(text)}</li>" for text in would)
    listed = f'<ul class="fj-would">{items}</ul>' if items else ""
    none = "" if would else parts.note(words("panel.no_single"))
    rest = words("panel.not_even.all", what=words("panel.or").join(not_even)) if not_even else ""
    twice = parts.note(words("panel.on_the_way")) if one.on_the_way else ""
    return parts.section(title, listed, none, parts.note(rest), twice)


def _change(change: Change, one: Alternative, words: Words) -> str:
    """Rounded away from what would not be enough."""
    by = change.by or 0.0
    tier = words(f"panel.tier_many.{one.tier.word}")
    if change.lever in ("trust", "scope"):
        to = min(math.ceil((change.now + by) * 100 - 1e-9) / 100, 1.0)
        key = f"panel.change.{change.lever}"
        return words(key, tier=tier, to=f"{to:.2f}", now=f"{change.now:.2f}")
    if change.lever == "price":
        return words("panel.change.price", by=f"{by:,.2f}", now=f"{change.now:,.2f}")
    minutes, now = (by, change.now) if change.lever == "time" else (by * 60, change.now * 60)
    key = f"panel.change.{change.lever}"
    return words(key, by=f"{math.ceil(minutes - 1e-6):,}", now=f"{math.ceil(now):,}")


def _not_even(change: Change, words: Words) -> str:
    return words(f"panel.not_even.{change.lever}")


def _bills(story: PatientStory, words: Words) -> str:
    of = {choice.facility: choice for choice in story.choices}
    bills = [_bill(bill, of[bill.facility], words) for bill in story.bills]
    note = parts.note(words("panel.bill_note"))
    return parts.section(
        words("panel.bills"), f'<div class="fj-bills">{"".join(bills)}</div>', note
    )


def _bill(bill: ExpectedBill, choice: Choice, words: Words) -> str:
    rows = "".join(
        f'<tr class="fj-deep{line.indent}"><th>{escape(words.of(line.label))}</th>'
        f"<td>{line.cny:,.2f}</td></tr>"
        for line in bill.lines
    )
    sign = f'<i style="color:{TIER_COLOURS[choice.tier]}">{TIER_SIGNS[choice.tier]}</i>'
    claimed = "" if bill.claimed else parts.note(words("panel.not_claimed"))
    own = escape(words("panel.own_part"))
    return (
        f"<table><caption>{sign} {escape(words.of(choice.name))}</caption>{rows}"
        f'<tr class="fj-sum"><th>{own}</th><td>{bill.burden:,.2f}</td></tr></table>{claimed}'
    )
