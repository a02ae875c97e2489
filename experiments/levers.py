"""What a sweep may vary: a parameter by its path, or `policy.<id>.<lever>`."""

from collections.abc import Mapping

from model.parameters import Parameters
from model.policies.choice import PolicyChoice
from model.policies.policy import find_policy
from model.scenario import Scenario
from model.terms import InputError

POLICY = "policy."


def span_of(path: str, parameters: Parameters) -> tuple[float, float, str]:
    """The least and the greatest value of a lever, and its unit; an unknown path is an error."""
    if not path.startswith(POLICY):
        leaf = parameters.find(path)
        return leaf.low, leaf.high, leaf.unit
    name, _, lever = path.removeprefix(POLICY).rpartition(".")
    levers = find_policy(name).levers
    if lever not in levers:
        known = ", ".join(f"{POLICY}{name}.{known}" for known in levers)
        raise InputError(f"policy {name} has no lever {lever!r}", found=path, allowed=known)
    return levers[lever].low, levers[lever].high, levers[lever].unit


def check_value(path: str, value: float, parameters: Parameters) -> None:
    """An error unless a lever may take this value."""
    low, high, unit = span_of(path, parameters)
    if not low <= value <= high:
        allowed = f"{low:g} to {high:g} {unit}"
        told = f"{path} is outside its range"
        raise InputError(told, found=value, allowed=allowed, keys=(path,))


def applied(plan: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with these levers set; a policy that it lacks is added for the whole run."""
    overrides = {path: v for path, v in values.items() if not path.startswith(POLICY)}
    policies = list(plan.policies)
    for path in values.keys() - overrides.keys():
        name, _, lever = path.removeprefix(POLICY).rpartition(".")
        at = next((row for row, choice in enumerate(policies) if choice.id == name), None)
        if at is None:
            at = len(policies)
            policies.append(PolicyChoice(id=name))
        levers = {**policies[at].levers, lever: values[path]}
        policies[at] = policies[at].model_copy(update={"levers": dict(sorted(levers.items()))})
    ordered = sorted(policies, key=lambda choice: choice.id)
    changes = {"overrides": {**plan.overrides, **overrides}, "policies": ordered}
    return plan.model_copy(update=changes)
