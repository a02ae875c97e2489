"""How a lesson's numbers are written, and how its parts read with the numbers of a run."""

from collections.abc import Mapping

from model.wording import Words
from visualization.lessons.lesson import Bars, Choice, Lesson, Typed, best

LAST_YEAR = 2035  # of the projection; a later year means never
DIGITS = {"ratio": 2, "rate": 3, "trust": 3, "minutes": 0, "cny": 0}
PERCENT = ("percent", "percent_fine")
SMALL = 0.01  # shares and trust below it are told with one digit more


def written(value: float, shown: str, words: Words) -> str:
    """A number as a student reads it.

    >>> written(0.416, "percent", Words("en")), written(2036, "year", Words("en"))
    ('42%', 'not by 2035')
    """
    return _written(value, shown, words).replace("-", "−")


def _written(value: float, shown: str, words: Words) -> str:
    match shown:
        case "percent":
            digits = 1 if abs(value) < 0.1 and round(value * 100) != round(value * 100, 1) else 0
            return words.percent(value, digits).replace(" %", "%")
        case "percent_fine":
            return words.percent(value, 1).replace(" %", "%")
        case "points":
            return words("lessons.points", n=f"{value * 100:.1f}")
        case "year":
            year = f"{value:.0f}年" if words.language == "zh" else f"{value:.0f}"
            return words("lessons.never") if value > LAST_YEAR else year
        case "big":
            return words.money(value)
    digits = DIGITS[shown]
    if shown == "trust" and abs(value) < SMALL:
        digits += 1
    if shown == "ratio" and abs(value) >= 10:
        digits = 0 if value == round(value) or abs(value) >= 100 else 1
    return f"{value:,.{digits}f}"


def fields(lesson: Lesson, values: Mapping[str, float], words: Words) -> dict[str, str]:
    """Every number as it is written, by name, and the residents of a run."""
    told = {
        name: written(value, lesson.numbers[name].shown, words) for name, value in values.items()
    }
    return told | {"residents": words.count(lesson.residents)}


def scale(lesson: Lesson, number: str) -> float:
    """Units of a slider or of a typed answer in one of the number's own: 100 for per cent."""
    return 100.0 if lesson.numbers[number].shown in (*PERCENT, "points") else 1.0


def affixes(lesson: Lesson, number: str) -> str:
    """What stands behind a typed number."""
    return "%" if lesson.numbers[number].shown in PERCENT else ""


def is_near(lesson: Lesson, predicted: float, values: Mapping[str, float]) -> bool:
    """Whether a prediction is within a tenth of the slider's range."""
    asked = lesson.prediction
    assert not isinstance(asked, Choice)
    found = values[asked.number] * scale(lesson, asked.number)
    return abs(predicted - found) <= (asked.high - asked.low) / 10


def is_right(lesson: Lesson, answer: str, values: Mapping[str, float]) -> bool | None:
    """Whether an answer to the exercise is right; none if it is no number where one is asked."""
    asked = lesson.exercise
    if isinstance(asked, Choice):
        return answer == best(asked, values)
    try:
        typed = float(answer.replace(",", "").replace("，", "").replace("%", "").strip())
    except ValueError:
        return None
    found = values[asked.number] * scale(lesson, asked.number)
    return abs(typed - found) <= asked.tolerance * abs(found)


def answer_text(lesson: Lesson, values: Mapping[str, float], words: Words) -> str:
    """The right answer of the exercise as it is written."""
    asked = lesson.exercise
    if isinstance(asked, Typed):
        return written(values[asked.number], lesson.numbers[asked.number].shown, words)
    return option_label(lesson, best(asked, values), words)


def option_label(lesson: Lesson, option: str, words: Words) -> str:
    """An option of a choice."""
    return words(f"lessons.{lesson.id}.options.{option}")


def name_of(lesson: Lesson, number: str, words: Words) -> str:
    """The name of a number in charts and tables."""
    return words(f"lessons.{lesson.id}.names.{number}")


def pooled(lesson: Lesson) -> list[str]:
    """The numbers that the class pools: those of the chart, or what was predicted."""
    if isinstance(lesson.chart, Bars):
        return lesson.chart.bars
    asked = lesson.prediction
    return list(asked.options.values()) if isinstance(asked, Choice) else [asked.number]
