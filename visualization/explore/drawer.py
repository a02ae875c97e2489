"""The drawer on the left: region, policies and assumptions, from their own metadata."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import solara

from model.parameters import Parameters, shipped_parameters
from model.policies.choice import PolicyChoice
from model.policies.policy import Lever, Policy, find_policy, shipped_policies
from model.region.read import list_regions
from model.scenario import Scenario
from model.terms import InputError
from model.wording import Words, read_texts
from visualization.classroom.visitors import Classroom, classroom
from visualization.shell import Told
from visualization.visitor.plan_changes import in_force
from visualization.visitor.scenario_file import LARGEST, scenario_of_upload
from visualization.visitor.session import Session

GROUPS = ("price", "path", "primary care", "organisation and payment", "supply", "funds")
# The assumptions that a teacher or a planner asks about first; all are in `fenji parameters`.
MAIN = (
    *("choice.b_trust", "choice.b_time", "choice.b_price", "choice.b_wait"),
    *("region.speed_between", "referral.follow", "trust.forgetting_day"),
)
STEPS = 40  # of a slider
KINDS = {"share": "percent", "probability": "percent", "ratio": "times", "0/1": "switch"}
TEXTS = (
    *("title", "region", "residents", "at_most", "seed", "seed_help", "build", "open"),
    *("policies", "parameters", "on_reset", "about", "neutral", "standard", "close", "reset"),
    "clear",
)


@solara.component_vue("drawer.vue", vuetify=False)
def PolicyDrawer(
    t: dict[str, str],
    setup: dict[str, Any],
    groups: list[dict[str, Any]],
    state: dict[str, Any],
    parameters: list[dict[str, Any]],
    counts: dict[str, int],
    over: bool,
    when: str,
    summary: str,
    pending: str,
    problem: str,
    event_set: Told,
    event_assume: Told,
    event_build: Told,
    event_load: Told,
    event_renew: Told,
    event_clear: Told,
    event_forget: Told,
) -> None:
    """Region, policies and assumptions, with what differs from the baseline and from when on."""


@solara.component
def Drawer(session: Session, words: Words, moment: int) -> Any:
    """The drawer of a session."""
    problem, tell = solara.use_state("")
    room = classroom()
    told = solara.use_memo(lambda: _groups(words), [words.language])

    def heard(change: Callable[[Any], None]) -> Callable[[Any], None]:
        """What a visitor does; an error changes nothing and is told."""

        def hear(given: Any) -> None:
            try:
                change(given)
                tell("")
            except (InputError, TypeError, ValueError, KeyError) as error:
                tell(str(error))

        return hear

    state = _state(session, words)
    changed = [path for path in session.draft.changes if path in MAIN]
    return PolicyDrawer(
        t={key: words(f"drawer.{key}") for key in TEXTS},
        setup=_setup(session.draft, room, words),
        groups=told,
        state=state,
        parameters=_parameters(session.draft, words),
        counts={"policies": len(state), "parameters": len(changed)},
        over=session.over,
        when=_when(session, words),
        summary=_summary(len(state) + len(changed), words),
        pending=words("drawer.pending") if session.pending else "",
        problem=problem or session.error,
        event_set=heard(lambda e: session.set_policy(str(e["policy"]), _levers(e["levers"]))),
        event_assume=heard(lambda e: session.assume(str(e["path"]), _number(e["value"]))),
        event_build=heard(lambda e: session.reset(room.check(_asked(session.draft, e)))),
        event_load=heard(lambda e: session.reset(room.check(scenario_of_upload(e)))),
        event_renew=heard(lambda _: session.reset(room.check(session.draft))),
        event_clear=heard(lambda _: session.clear()),
        event_forget=lambda _: tell(""),
    )


def _setup(plan: Scenario, room: Classroom, words: Words) -> dict[str, Any]:
    names = list_regions()
    return {
        "region": plan.region,
        "residents": plan.residents,
        "seed": plan.seed,
        "name": words.of(names[plan.region]) if plan.region in names else plan.region,
        "line": words("drawer.line", residents=words.count(plan.residents or 0), seed=plan.seed),
        "regions": [
            {
                "id": region,
                "name": words.of(names[region]) if region in names else region,
                "most": room.most_residents(region),
            }
            for region in room.regions
        ],
        "largest": LARGEST,
    }


def _groups(words: Words) -> list[dict[str, Any]]:
    policies = shipped_policies().values()
    known = [*GROUPS, *sorted({policy.group for policy in policies} - set(GROUPS))]
    return [
        {
            "id": group,
            "label": words(f"drawer.group.{group.replace(' ', '_')}"),
            "policies": [_policy(one, words) for one in policies if one.group == group],
        }
        for group in known
    ]


def _policy(policy: Policy, words: Words) -> dict[str, Any]:
    about = {
        "question": policy.question,
        "mechanism": policy.mechanism,
        "evidence": policy.evidence,
        "source": policy.source,
    }
    return {
        "id": policy.id,
        "title": words.of(policy.title.model_dump()),
        "about": [
            {"label": words(f"drawer.{key}"), "text": words.of(label.model_dump())}
            for key, label in about.items()
        ],
        "levers": [_lever(name, lever, words) for name, lever in policy.levers.items()],
    }


def _lever(name: str, lever: Lever, words: Words) -> dict[str, Any]:
    return {
        "id": name,
        "label": words.of(lever.label.model_dump()),
        **_range(lever.low, lever.high, lever.unit, words),
        "neutral": lever.neutral,
    }


def _range(low: float, high: float, unit: str, words: Words) -> dict[str, Any]:
    kind = KINDS.get(unit, "plain")
    return {
        "low": low,
        "high": high,
        "step": float(f"{(high - low) / STEPS:.6g}"),
        "kind": kind,
        "unit": unit_of(unit, words) if kind == "plain" else "",
    }


def unit_of(unit: str, words: Words) -> str:
    """A unit in words; one that has none is written as the file has it."""
    key = f"drawer.unit.{re.sub(r'[^a-z]+', '_', unit)}"
    return words(key) if key in read_texts(words.language) else unit


def _state(session: Session, words: Words) -> dict[str, dict[str, Any]]:
    """Policies that are switched on: their strengths, and when they are in force."""
    state = {}
    for choice in session.draft.policies:
        said, since = choice, words("drawer.next_run")
        if session.snapshot is not None:
            said, since = _said(choice, session.plan, session.snapshot.date, words)
        levers = find_policy(choice.id).strengths(said.levers)
        state[choice.id] = {"levers": levers, "since": since}
    return state


def _said(
    choice: PolicyChoice, plan: Scenario, today: date, words: Words
) -> tuple[PolicyChoice, str]:
    """What is shown of a policy that is switched on, and when it is in force.

    A scenario that was opened may name a policy several times, each with its dates: the one in
    force today is shown, else the one that comes next, else the last.
    """
    dated = choice.start is not None or choice.end is not None
    now = in_force(plan.policies, choice.id, today, plan.start)
    if now is not None:
        since = words("drawer.since", date=words.date(now.start or plan.start))
        return now if dated else choice, since
    own = [one for one in plan.policies if one.id == choice.id] if dated else []
    coming = [one for one in own if (one.start or plan.start) > today]
    if coming:
        following = min(coming, key=lambda one: one.start or plan.start)
        start = following.start or plan.start
        return following, words("drawer.planned", date=words.date(start))
    if own and own[-1].end is not None:
        return own[-1], words("drawer.ended", date=words.date(own[-1].end))
    return choice, words("drawer.next_run")


def _parameters(plan: Scenario, words: Words) -> list[dict[str, Any]]:
    standard: Parameters = shipped_parameters()
    return [
        {
            "id": path,
            "label": words.of(standard[path].label.model_dump()),
            **_range(standard[path].low, standard[path].high, standard[path].unit, words),
            "value": plan.changes.get(path, standard[path].value),
            "neutral": standard[path].value,
            "moved": path in plan.changes,
            "status": words(f"drawer.status.{standard[path].status}"),
            "source": standard[path].source,
        }
        for path in MAIN
    ]


def _when(session: Session, words: Words) -> str:
    if session.over or session.snapshot is None:
        return words("drawer.on_reset")
    return words("drawer.now", date=words.date(session.snapshot.date))


def _summary(n: int, words: Words) -> str:
    return words("drawer.differs", n=n) if n else words("drawer.is_baseline")


def _levers(given: Any) -> dict[str, float] | None:
    if given is None:
        return None
    return {str(name): float(value) for name, value in dict(given).items()}


def _number(given: Any) -> float | None:
    return None if given is None else float(given)


def _asked(draft: Scenario, given: Any) -> Scenario:
    """The draft for another region, number of residents or seed."""
    from model.scenario import make_scenario

    told = {key: given[key] for key in ("region", "residents", "seed")}
    kept = draft.model_dump(by_alias=True)
    return make_scenario(**{**kept, **told})
