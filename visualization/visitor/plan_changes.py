"""Changes of a scenario's policies as a planner makes them: from today on, or from the start."""

from collections.abc import Iterable, Mapping
from datetime import date

from model.policies.choice import PolicyChoice
from model.policies.policy import find_policy
from model.scenario import Scenario

Levers = Mapping[str, float]


def from_today(
    policies: Iterable[PolicyChoice], name: str, levers: Levers | None, today: date, first: date
) -> list[PolicyChoice]:
    """The policies with one at other strengths from today on; `None` ends it. The past stays.

    first: the first counted day, on which a policy needs no date.
    """
    start = None if today <= first else today
    kept = []
    for choice in policies:
        if choice.id != name:
            kept.append(choice)
        elif (choice.start or first) < today:
            over = choice.end is not None and choice.end <= today
            ended = {"start": choice.start or first, "end": today}
            kept.append(choice if over else choice.model_copy(update=ended))
    if levers is not None:
        kept.append(PolicyChoice(id=name, levers=dict(levers), start=start))
    return kept


def from_start(
    policies: Iterable[PolicyChoice], name: str, levers: Levers | None
) -> list[PolicyChoice]:
    """The policies with one at these strengths for the whole run; `None` leaves it out."""
    kept = [choice for choice in policies if choice.id != name]
    return kept if levers is None else [*kept, PolicyChoice(id=name, levers=dict(levers))]


def in_force(
    policies: Iterable[PolicyChoice], name: str, today: date, first: date
) -> PolicyChoice | None:
    """The choice of one policy that is in force on a day."""
    return next((c for c in policies if c.id == name and c.on(today, first)), None)


def settings_of(plan: Scenario) -> dict[str, dict[str, float]]:
    """Strengths of the policies that no date ends, by id."""
    return {
        choice.id: find_policy(choice.id).strengths(choice.levers)
        for choice in plan.policies
        if choice.end is None
    }


def without_policies(plan: Scenario) -> Scenario:
    """The same run with no policy."""
    return plan.model_copy(update={"policies": []})
