"""A settlement as a panel: where its residents go, what they can reach, who decided today."""

from model.care.decision import Seeks
from model.terms import Tier
from model.wording import Words
from visualization.panels import parts
from visualization.panels.parts import TIER_COLOURS, TIER_SIGNS, Piece, Row
from visualization.panels.settlement_story import Decider, SettlementStory

OUTSIDE = "#8390A0"  # the pharmacy and nobody


def settlement_html(story: SettlementStory, words: Words, moving: bool) -> str:
    """The panel's content; while days pass (`moving`) today's patients are not listed."""
    people = words("panel.residents", n=words.count(story.population))
    urban = words("panel.urban", share=words.percent(story.urban_share, 0))
    return "".join(
        (
            parts.heading(words.of(story.name), f"{people} · {urban}", words("panel.close")),
            _visits(story, words) if story.visits else "",
            _patients(story, words, moving),
            parts.section(words("panel.reach"), parts.ranked_rows(_reach(story, words))),
        )
    )


def _visits(story: SettlementStory, words: Words) -> str:
    pieces = [
        Piece(
            words(f"map.tier.{tier.word}"),
            story.tier_share[tier],
            words.percent(story.tier_share[tier], 0),
            TIER_COLOURS[tier],
        )
        for tier in Tier
    ]
    local = words("panel.local", share=words.percent(story.local_share, 0))
    visits = words("panel.visits_a_day", n=words.count(story.visits))
    rows = [
        Row(
            words.of(source.name),
            source.share,
            words.percent(source.share, 0),
            OUTSIDE,
            choose=f"facility:{source.row}",
        )
        for source in story.facilities
    ]
    return parts.section(
        words("panel.where", n=story.days),
        parts.whole_bar(pieces),
        parts.note(f"{visits} · {local}"),
        parts.ranked_rows(rows),
    )


def _patients(story: SettlementStory, words: Words, moving: bool) -> str:
    title = words("panel.today", n=story.n_deciders)
    if moving:
        return parts.section(title, parts.note(words("panel.pause_first")))
    if not story.deciders:
        return parts.section(title, parts.note(words("panel.nobody_today")))
    rows = [_patient(story.day, one, words) for one in story.deciders]
    return parts.section(title, parts.note(words("panel.why_click")), parts.ranked_rows(rows))


def _patient(day: int, one: Decider, words: Words) -> Row:
    who = words("panel.woman" if one.female else "panel.man", age=one.age)
    what = words(f"panel.condition.{one.condition.word}")
    where = words.of(one.facility) if one.facility else words(f"panel.seeks.{one.seeks.name}")
    tier = one.tier if one.seeks == Seeks.PROVIDER else None
    colour = OUTSIDE if tier is None else TIER_COLOURS[tier]
    return Row(
        words("panel.patient_row", who=who, what=what),
        0.0,
        where,
        colour,
        sign="○" if tier is None else TIER_SIGNS[tier],
        choose=f"patient:{day}:{one.at}",
    )


def _reach(story: SettlementStory, words: Words) -> list[Row]:
    return [
        Row(
            words.of(one.name),
            0.0,
            words(
                "panel.minutes_load",
                n=f"{one.minutes:.0f}",
                load=words.percent(one.load, 0),
            ),
            TIER_COLOURS[one.tier],
            sign=TIER_SIGNS[one.tier],
            choose=f"facility:{one.facility}",
        )
        for one in story.reach
    ]
