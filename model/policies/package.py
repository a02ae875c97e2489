"""Policies in force on a day: their changes composed, and applied to parameters and rules.

All changes of a path act on its value without policies: value = (set or base) x product of
`multiply` + sum of `add`, so the order of policies never matters. Two different `set` of one path
are an error that names both policies.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from model.insurance.benefits import Benefit
from model.insurance.rules import Rules
from model.mistakes import in_file
from model.parameters import Parameters
from model.policies.choice import PolicyChoice
from model.policies.formula import evaluate
from model.policies.policy import Change, find_policy, is_own
from model.terms import InputError, Scheme, Tier

RULES = "rules."
# What is drawn or laid out once, before the first day.
FROZEN = (
    "illness.incidence",
    "illness.season",
    "illness.vascular_risk",
    "population.",
    "national.",
)
_AXES = ([s.name for s in Scheme], [b.word for b in Benefit], [t.word for t in Tier])
_BESIDE = {"reimbursement_rate": "rate"}  # names of rules in a formula, as without policies


@dataclass(frozen=True, slots=True)
class Term:
    """One change of a path by one policy at its strengths."""

    policy: str
    operation: str  # set, add, multiply
    formula: str | float
    levers: Mapping[str, float]

    def value(self, beside: Mapping[str, float]) -> float:
        """The number that is set, added or multiplied; beside: further names of the formula."""
        names = {**self.levers, **beside}
        return evaluate(self.formula, names, file=_file_of(self.policy))


def _file_of(policy: str) -> Path | str:
    """Where a policy stands: a user's own file, or the name of a shipped one."""
    return Path(policy) if is_own(policy) else f"policy {policy}"


@dataclass(slots=True)
class Effect:
    """All that happens to one value."""

    terms: list[Term] = field(default_factory=list)

    def on(self, base: float, path: str, beside: Mapping[str, float] | None = None) -> float:
        """The changed value."""
        values = [(term, term.value(beside or {})) for term in self.terms]
        sets = {term.policy: value for term, value in values if term.operation == "set"}
        if len(set(sets.values())) > 1:
            raise InputError(
                f"policies {' and '.join(sorted(sets))} set {path} to different values",
                found=sets,
                allowed="one value",
            )
        start = next(iter(sets.values())) if sets else base
        # sorted, so that rounding does not depend on the order of policies either
        factors = sorted(value for term, value in values if term.operation == "multiply")
        added = sorted(value for term, value in values if term.operation == "add")
        return start * prod(factors) + sum(added)


Effects = Mapping[str, Effect]


def effects_on(choices: Iterable[PolicyChoice], day: date, first_counted: date) -> Effects:
    """What the policies in force on a day do, by path as the policies write it."""
    effects: dict[str, Effect] = {}
    for choice in choices:
        if choice.on(day, first_counted):
            policy = find_policy(choice.id)
            strengths = policy.strengths(choice.levers)
            for change in policy.changes:
                term = Term(choice.id, *_operation(change), strengths)
                effects.setdefault(change.path, Effect()).terms.append(term)
    return effects


def check_package(
    choices: Iterable[PolicyChoice],
    first_counted: date,
    parameters: Parameters,
    rules_on: Callable[[date], Rules],
) -> None:
    """InputError if the policies cannot be in force together on a day on which one starts."""
    choices = list(choices)
    for day in sorted({choice.start or first_counted for choice in choices}):
        effects = effects_on(choices, day, first_counted)
        changed_parameters(parameters, effects)
        changed_rules(rules_on(max(day, first_counted)), effects)


def changed_parameters(parameters: Parameters, effects: Effects) -> Parameters:
    """The parameters with the policies' changes, each within its range."""
    merged: dict[str, Effect] = {}
    for pattern, effect in effects.items():
        if pattern.startswith(RULES):
            continue
        matched = [path for path in parameters if fnmatchcase(path, pattern)]
        frozen = [path for path in matched if path.startswith(FROZEN)]
        if frozen:
            told = "no policy can change this in a run"
            wrong = InputError(told, found=frozen[0], allowed="other paths", keys=(pattern,))
            raise in_file(wrong, _file_of(effect.terms[0].policy))
        if not matched:
            parameters.find(pattern, file=_file_of(effect.terms[0].policy))
        for path in matched:
            merged.setdefault(path, Effect()).terms.extend(effect.terms)
    values = {path: effect.on(parameters[path].value, path) for path, effect in merged.items()}
    try:
        return parameters.changed(values)
    except InputError as error:
        beyond = {t.policy for p, e in merged.items() for t in e.terms if f"{p} " in str(error)}
        if len(beyond) == 1:
            raise in_file(error, _file_of(*beyond)) from error
        raise InputError(f"policies {' and '.join(sorted(beyond))}: {error}") from error


def changed_rules(rules: Rules, effects: Effects) -> Rules:
    """The rules with the policies' changes; paths are `rules.<array>.<scheme>.<benefit>.<tier>`.

    Later parts may be left out, where the array has them or not: the change then holds for all.
    A formula may name `reimbursement_rate`, that of the cell.
    """
    cells: dict[tuple[str, tuple[int, ...]], Effect] = {}
    for pattern, effect in effects.items():
        if pattern.startswith(RULES):
            for cell in _cells(rules, pattern, _file_of(effect.terms[0].policy)):
                cells.setdefault(cell, Effect()).terms.extend(effect.terms)
    arrays: dict[str, Any] = {}
    for (name, index), effect in cells.items():
        base = np.asarray(getattr(rules, name))
        array = arrays.setdefault(name, base.astype(np.float64))
        beside = {n: getattr(rules, a)[index] for n, a in _BESIDE.items() if len(index) == 3}
        array[index] = effect.on(float(base[index]), f"{RULES}{name}", beside)
    for name, array in arrays.items():
        if np.asarray(getattr(rules, name)).dtype == np.int64:
            arrays[name] = np.rint(array)
        if array.ndim == 0:
            arrays[name] = type(getattr(rules, name))(arrays[name])
    return rules.replaced(**arrays) if arrays else rules


def _operation(change: Change) -> tuple[str, float | str]:
    for name in ("set", "add", "multiply"):
        formula = getattr(change, name)
        if formula is not None:
            return name, formula
    raise AssertionError("a change is validated to have one operation")


def _cells(rules: Rules, pattern: str, file: Path | str) -> Iterator[tuple[str, tuple[int, ...]]]:
    name, *keys = pattern.removeprefix(RULES).split(".")
    allowed = f"{RULES}<array>.SCHEME.benefit.tier"
    if not hasattr(rules, name) or name == "statements":
        wrong = InputError(f"no rule {name}", found=pattern, allowed=allowed, keys=(pattern,))
        raise in_file(wrong, file)
    shape = np.shape(getattr(rules, name))
    keys += ["*"] * (len(shape) - len(keys))
    rows = []
    for axis, key in enumerate(keys):
        words = _AXES[axis] if axis < len(_AXES) and shape[axis] == len(_AXES[axis]) else None
        numbers = [str(at) for at in range(shape[axis])] if axis < len(shape) else []
        rows.append([at for at, word in enumerate(words or numbers) if fnmatchcase(word, key)])
    if len(keys) > len(shape) or not all(rows):
        wrong = InputError("no such rule", found=pattern, allowed=allowed, keys=(pattern,))
        raise in_file(wrong, file)
    for index in np.ndindex(*(len(found) for found in rows)):
        yield name, tuple(found[i] for found, i in zip(rows, index, strict=True))
