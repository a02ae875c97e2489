"""How far a batch of runs is, in words."""

from typing import Any

from model.wording import Words
from visualization.runs.background import Progress

MINUTE_S = 90.0  # from here on, minutes are told


def progress_text(progress: Progress | None, words: Words) -> dict[str, Any]:
    """`done`, `planned` and `text` for a progress bar."""
    if progress is None:
        return {"done": 0, "planned": 1, "text": ""}
    return {"done": progress.done, "planned": progress.planned, "text": _text(progress, words)}


def _text(progress: Progress, words: Words) -> str:
    told = {"done": progress.done, "planned": progress.planned}
    if progress.state == "failed":
        return words("compare.failed", problem=progress.problem)
    if progress.state == "cancelled":
        return words("compare.stopped", **told)
    if progress.state == "done":
        return words("compare.done", **told)
    parts = [words("compare.progress", **told)]
    if progress.left_s is not None:
        parts.append(words("compare.left", time=_time(progress.left_s, words)))
    if progress.before:
        parts.append(words("compare.line", n=progress.before))
    return words("compare.join").join(parts)


def _time(seconds: float, words: Words) -> str:
    if seconds < MINUTE_S:
        return words("compare.seconds", n=max(round(seconds), 1))
    return words("compare.minutes", n=round(seconds / 60))
