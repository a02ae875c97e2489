"""What teachers may expect: every lesson run by ten groups, written into the teachers' sheets.

`python -m visualization.lessons.ranges docs/lessons [LESSON...]`; to be run again whenever the
model changes.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.marked import renew
from experiments.task import Done
from model.terms import InputError
from model.wording import LANGUAGES, Words
from visualization.lessons.lesson import Choice, Lesson, Typed, best, holds, lessons
from visualization.lessons.run import carry_out_lesson
from visualization.lessons.text import name_of, option_label, pooled, written

MEASURED = 10  # groups
MARK = "ranges"


def measure(lesson: Lesson, groups: Sequence[int]) -> list[dict[str, float]]:
    """The numbers of a lesson by group; InputError if a run fails."""
    found = []
    for group in groups:
        files = {}
        for run, job in lesson.jobs(group).items():
            result = carry_out_lesson(job)
            if not isinstance(result, Done):
                raise InputError(f"lesson {lesson.id}, run {run}", found=result)
            files[run] = result.content
        found.append(lesson.values(files))
    return found


def table(lesson: Lesson, found: Sequence[dict[str, float]], words: Words) -> str:
    """Mean, lowest and highest of what the class sees, and how often each statement held."""
    asked = lesson.exercise
    numbers = dict.fromkeys(
        [*pooled(lesson), *([asked.number] if isinstance(asked, Typed) else [])]
    )
    heads = [words(f"lessons.sheet.{head}") for head in ("number", "mean", "low", "high")]
    lines = [" | ".join(("", *heads, "")).strip(), "|---|---:|---:|---:|"]
    for number in numbers:
        values = [one[number] for one in found]
        told = (sum(values) / len(values), min(values), max(values))
        cells = [written(value, lesson.numbers[number].shown, words) for value in told]
        lines.append(f"| {' | '.join((name_of(lesson, number, words), *cells))} |")
    held = [sum(holds(point, one) for one in found) for point in lesson.points]
    said = words("lessons.sheet.held", n=len(found), held=", ".join(map(str, held)))
    for asked_choice in (lesson.prediction, lesson.exercise):
        if isinstance(asked_choice, Choice):
            right = [option_label(lesson, best(asked_choice, one), words) for one in found]
            counts = "; ".join(f"{label} {right.count(label)}" for label in dict.fromkeys(right))
            said += " " + words("lessons.sheet.right", counts=counts)
    return "\n".join([*lines, "", said])


def sheet_of(folder: Path, lesson: Lesson, language: str) -> Path:
    """The file of a lesson's sheet."""
    return folder / f"{lesson.order:02d}-{lesson.id.replace('_', '-')}.{language}.md"


def main(folder: Path, chosen: Sequence[str]) -> None:
    """Measure the lessons named, or all, and write what came out into the sheets."""
    for lesson in lessons().values():
        if chosen and lesson.id not in chosen:
            continue
        found = measure(lesson, range(1, MEASURED + 1))
        for language in LANGUAGES:
            sheet = sheet_of(folder, lesson, language)
            renew(sheet, MARK, [table(lesson, found, Words(language))])
        print(f"{lesson.id}: {MEASURED} groups", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
