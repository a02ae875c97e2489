"""Policies as a planner types them: `gatekeeping:strictness=0.5@2023-07-01+consortium`."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from model.policies.policy import find_policy
from model.terms import InputError


class PolicyChoice(BaseModel):
    """One policy with its strengths and dates; without dates it holds for the whole run."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str  # of a shipped policy, or the path of a user's file
    levers: dict[str, float] = Field(default_factory=dict)
    start: date | None = None
    end: date | None = None  # first day without it
    reason: str | None = None

    def on(self, day: date, first_counted: date) -> bool:
        """In force on a day; a policy without a date starts on the first counted day."""
        start = self.start if self.start is not None else first_counted
        return start <= day and (self.end is None or day < self.end)


_FORM = "ID or FILE.yaml[:lever=value,...][@YYYY-MM-DD[..YYYY-MM-DD]][+ID...]"
_PART = re.compile(
    r"(?P<id>[^:@+]+\.ya?ml|[a-z0-9_]+)(:(?P<levers>[^@]+))?(@(?P<start>[0-9-]+)(\.\.(?P<end>[0-9-]+))?)?"
)


def parse_package(text: str) -> list[PolicyChoice]:
    """The policies of a package, checked: ids, levers and their ranges, dates."""
    chosen = []
    for part in text.split("+"):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise InputError("--policy", found=part, allowed=_FORM)
        levers = dict(_lever(item) for item in (match["levers"] or "").split(",") if item)
        choice = PolicyChoice(
            id=match["id"], levers=levers, start=_date(match["start"]), end=_date(match["end"])
        )
        chosen.append(choice)
    return check_choices(chosen)


def check_choices(choices: Iterable[PolicyChoice]) -> list[PolicyChoice]:
    """The same choices, if every policy and lever exists and every date makes sense.

    A policy may stand there again with other levers, from the day on which it ended.
    """
    checked = list(choices)
    for choice in checked:
        find_policy(choice.id).strengths(choice.levers)
        if choice.end is not None and choice.start is not None and choice.end <= choice.start:
            raise InputError(
                f"policy {choice.id} ends before it starts",
                found=choice.end,
                allowed=f"after {choice.start}",
            )
    ordered = sorted(checked, key=lambda choice: (choice.id, choice.start or date.min))
    for before, after in pairwise(ordered):
        if before.id == after.id and (before.end or date.max) > (after.start or date.min):
            raise InputError(
                f"policy {before.id} is in force twice at once",
                found=after.start,
                allowed="once, or again from the day on which it ended",
            )
    return checked


def check_dates(choices: Iterable[PolicyChoice], first: date, last: date) -> None:
    """An error unless every policy starts and ends within the run, from its warm-up on."""
    for choice in choices:
        for verb, day, final in (
            ("starts", choice.start, last),
            ("ends", choice.end, last + timedelta(1)),
        ):
            if day is not None and not first <= day <= final:
                raise InputError(
                    f"policy {choice.id} {verb} outside the run",
                    found=str(day),
                    allowed=f"{first} (first day of the warm-up) to {final}",
                )


def _lever(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError("--policy lever", found=text, allowed="lever=number") from None


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("--policy date", found=text, allowed="YYYY-MM-DD") from None
