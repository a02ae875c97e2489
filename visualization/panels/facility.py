"""A facility as a panel: how crowded it is, who comes from where, who pays for it."""

from model.wording import Words
from visualization.panels import parts
from visualization.panels.facility_story import Books, FacilityStory
from visualization.panels.parts import TIER_SIGNS, Piece, Row

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8390A0"
PAYER_COLOURS = {
    "ebmi_pool": "#0072B2",
    "rbmi": "#56B4E9",
    "other_funds": "#009E73",
    "individual_account": "#E69F00",
    "cash": "#D55E00",
}


def facility_html(story: FacilityStory, words: Words) -> str:
    """The panel's content."""
    tier = words(f"map.tier.{story.tier.word}")
    where = words.of(story.home) if story.home else words(f"panel.area.{story.area.word}")
    return "".join(
        (
            parts.heading(
                words.of(story.name),
                words("panel.is_in", what=f"{TIER_SIGNS[story.tier]} {tier}", where=where),
                words("panel.close"),
            ),
            parts.facts(_facts(story, words)),
            parts.note(_sample(story, words)),
            _days(story, words),
            _sources(story, words),
            _books(story.books, words) if story.books else "",
        )
    )


def _facts(story: FacilityStory, words: Words) -> list[tuple[str, str]]:
    rows = [
        (words("panel.load"), words.percent(story.load, 0)),
        (words("panel.in_line"), words("panel.people", n=words.count(story.in_line))),
        (words("panel.wait"), _wait(story, words)),
        (words("panel.capacity"), words("panel.a_day", n=words.count(story.capacity))),
        (words("panel.doctors"), f"{story.doctors:,.{0 if story.doctors >= 10 else 1}f}"),
    ]
    if story.beds:
        taken, beds = words.count(story.beds_taken), words.count(story.beds)
        rows.append((words("panel.beds"), words("panel.of", part=taken, whole=beds)))
        rows.append((words("panel.bed_line"), words("panel.people", n=words.count(story.bed_line))))
    return rows


def _wait(story: FacilityStory, words: Words) -> str:
    minutes = words("panel.minutes", n=f"{story.wait_min:.0f}")
    if story.wait_day < 0.05:
        return minutes
    return words("panel.days_and", days=f"{story.wait_day:.1f}", minutes=minutes)


def _sample(story: FacilityStory, words: Words) -> str:
    if story.sample >= 1:
        return ""
    return words("panel.sample", share=words.percent(story.sample, 1))


def _days(story: FacilityStory, words: Words) -> str:
    if len(story.dates) < 2:
        return ""
    seen = parts.small_chart(
        story.dates,
        story.seen,
        words,
        title=words("panel.seen"),
        colour=BLUE,
        written=[words.count(story.seen[-1])],
        limit=story.capacity,
        limit_name=words("panel.capacity_line", n=words.count(story.capacity)),
    )
    waiting = parts.small_chart(
        story.dates,
        story.waiting,
        words,
        title=words("panel.waiting"),
        colour=ORANGE,
        written=[words.count(story.waiting[-1])],
    )
    beds = parts.small_chart(
        story.dates,
        story.occupancy,
        words,
        title=words("panel.occupancy"),
        colour=GREEN,
        written=[words.percent(story.occupancy[-1], 0)] if story.occupancy else [""],
        limit=1.0,
        limit_name=words.percent(1, 0),
    )
    return parts.section(words("panel.last_days", n=len(story.dates)), seen, waiting, beds)


def _sources(story: FacilityStory, words: Words) -> str:
    rows = [
        Row(
            words.of(source.name),
            source.share,
            words.percent(source.share, 0),
            GREY,
            choose=f"settlement:{source.row}",
        )
        for source in story.sources
    ]
    if story.elsewhere:
        rest = words.percent(story.elsewhere, 0)
        rows.append(Row(words("panel.elsewhere"), story.elsewhere, rest, "#c6ced6"))
    return parts.section(words("panel.catchment"), parts.ranked_rows(rows)) if rows else ""


def _books(books: Books, words: Words) -> str:
    income = sum(books.income.values())
    pieces = [
        Piece(words(f"panel.payer.{payer}"), max(cny, 0.0), words.money(cny), PAYER_COLOURS[payer])
        for payer, cny in books.income.items()
    ]
    surplus = words("panel.surplus" if books.surplus >= 0 else "panel.deficit")
    return parts.section(
        words("panel.accounts", days=books.days),
        parts.whole_bar(pieces),
        parts.facts(
            [
                (words("panel.income"), words.money(income)),
                (words("panel.cost"), words.money(books.cost)),
                (surplus, words.money(abs(books.surplus))),
            ]
        ),
        parts.note(words("panel.modelled")),
    )
