"""The policies of a study as a reader needs them, and how a person types them again."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from experiments.html_report.study import Study
from experiments.levers import POLICY
from model.parameters import Label, Parameter, Parameters, shipped_parameters
from model.policies.choice import PolicyChoice
from model.policies.policy import Change, find_policy
from model.scenario import Scenario
from model.wording import Words

VERBS = {"comparison": "compare"}  # commands that are not called as the kind of study


@dataclass(frozen=True, slots=True)
class LeverTold:
    """A lever as it was set."""

    label: str
    name: str
    value: float
    unit: str
    default: float
    neutral: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PolicyTold:
    """A policy of an arm."""

    id: str
    title: str
    question: str
    dates: str
    mechanism: str
    evidence: str
    source: str
    reason: str
    levers: tuple[LeverTold, ...]
    changes: tuple[tuple[str, str], ...]  # path, what is done to it


def said(label: Label, words: Words) -> str:
    """A label in the language of the words."""
    return label.zh if words.language == "zh" else label.en


def policies_of(plan: Scenario, words: Words) -> list[PolicyTold]:
    """Every policy of a scenario."""
    told = []
    for choice in plan.policies:
        policy = find_policy(choice.id)
        strengths = policy.strengths(choice.levers)
        levers = tuple(
            LeverTold(
                said(lever.label, words), name, strengths[name], lever.unit, lever.default,
                lever.neutral, lever.low, lever.high,
            )
            for name, lever in policy.levers.items()
        )  # fmt: skip
        changes = tuple((change.path, _operation(change, words)) for change in policy.changes)
        changes += tuple(policy.named)
        told.append(
            PolicyTold(
                choice.id, said(policy.title, words), said(policy.question, words),
                _dates(choice, words), said(policy.mechanism, words),
                said(policy.evidence, words), said(policy.source, words),
                choice.reason or "", levers, changes,
            )
        )  # fmt: skip
    return told


def title_of(plan: Scenario, words: Words) -> str:
    """The titles of a scenario's policies, joined, with the levers that are not the default."""
    parts = []
    for told in policies_of(plan, words):
        moved = [f"{lever.name} {lever.value:g}" for lever in told.levers if _moved(lever)]
        parts.append(told.title + (f" ({', '.join(moved)})" if moved else ""))
    return " + ".join(parts) or words("report.baseline")


def path_name(path: str, words: Words) -> str:
    """What a reader calls a parameter, or a policy's lever."""
    if path.startswith(POLICY):
        name, _, lever = path.removeprefix(POLICY).rpartition(".")
        return said(find_policy(name).levers[lever].label, words)
    key = path.split(".", 2)[2:]  # of one value among several
    known = [f"report.rule.{k}" for k in key]
    named = [words(text) if text in words else k for text, k in zip(known, key, strict=True)]
    return said(shipped_parameters().find(path).label, words) + "".join(f" ({k})" for k in named)


def point_name(point: Mapping[str, float], words: Words) -> str:
    """A point of a sweep."""
    named = [f"{path_name(path, words)} {value:g}" for path, value in point.items()]
    return (", " if words.language == "en" else "，").join(named) or words("report.baseline")


def typed(choices: Sequence[PolicyChoice]) -> str:
    """Policies as they are typed after `--policy`."""
    parts = []
    for choice in choices:
        levers = ",".join(f"{name}={value:.12g}" for name, value in choice.levers.items())
        dates = f"@{choice.start}" if choice.start else ""
        dates += f"..{choice.end}" if choice.end else ""
        parts.append(choice.id + (f":{levers}" if levers else "") + dates)
    return "+".join(parts)


def command_of(study: Study) -> str:
    """The command that gives the same numbers again."""
    if study.kind in ("sweep", "search"):
        return shlex.join(["fenji", study.kind, "design.yaml", "--out", "again"])
    plan = study.base or study.plan
    words = ["fenji", VERBS.get(study.kind, study.kind), plan.region, *study.asked]
    if study.kind == "comparison":
        words += [_own(arm.plan, plan) for arm in study.arms[1:]]
        words += ["--replicates", str(study.replicates)]
    elif plan.policies:
        words += ["--policy", typed(plan.policies)]
    for name, value in (
        ("--residents", plan.residents),
        ("--days", plan.days),
        ("--warm-up", plan.warm_up),
        ("--start", plan.start),
        ("--seed", min(arm.runs["seed"].min() for arm in study.arms)),  # type: ignore[type-var]
        ("--rulebook", plan.rulebook),
    ):
        words += [] if value is None else [name, str(value)]
    for path, value in plan.changes.items():
        words += ["--set", f"{path}={value:.12g}"]
    return shlex.join([*words, "--out", "again"])


def touched(parameters: Parameters, study: Study) -> list[Parameter]:
    """The parameters that a policy of any arm changes."""
    patterns = {
        change.path
        for arm in study.arms
        for choice in arm.plan.policies
        for change in find_policy(choice.id).changes
    }
    return [
        leaf for path, leaf in parameters.items() if any(fnmatchcase(path, p) for p in patterns)
    ]


def _own(plan: Scenario, base: Scenario) -> str:
    """The policies of an arm that the baseline lacks."""
    return typed(plan.policies[len(base.policies) :])


def _moved(lever: LeverTold) -> bool:
    return lever.value != lever.default


def _dates(choice: PolicyChoice, words: Words) -> str:
    if choice.start is None and choice.end is None:
        return words("report.policy.whole")
    start = words.date(choice.start) if choice.start else words("report.policy.whole")
    if choice.end is None:
        return words("report.policy.from", start=start)
    return words("report.policy.until", start=start, end=words.date(choice.end))


def _operation(change: Change, words: Words) -> str:
    for name in ("set", "add", "multiply"):
        formula = getattr(change, name)
        if formula is not None:
            return words(f"report.policy.{name}", formula=formula)
    raise AssertionError("a change has one operation")
