"""Consortia whose members a policy names."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from model.policies.choice import PolicyChoice
from model.policies.policy import Policy, find_policy
from model.region.region import Region
from model.region.yaml_file import line_of
from model.terms import Area, InputError


def members_named(region: Region, choices: Iterable[PolicyChoice]) -> dict[str, tuple[str, ...]]:
    """Members by lead of the consortia of the policies in force; empty where none names any.

    Raises InputError for an unknown id, a facility outside the county or in two consortia, and
    where two policies name members.
    """
    naming = [(choice.id, find_policy(choice.id)) for choice in choices]
    naming = [(name, policy) for name, policy in naming if policy.members]
    if len(naming) > 1:
        both = " and ".join(sorted(name for name, _ in naming))
        raise InputError(f"policies {both} both name members", allowed="one of them at a time")
    for _, policy in naming:
        seen: set[str] = set()
        for lead, members in policy.members.items():
            for name in (lead, *members):
                _check(region, policy, lead, name, seen)
                seen.add(name)
        return {lead: tuple(members) for lead, members in policy.members.items()}
    return {}


def _check(region: Region, policy: Policy, lead: str, name: str, seen: set[str]) -> None:
    facilities, allowed = region.facilities, ""
    if name not in facilities.id:
        near = difflib.get_close_matches(name, facilities.id, n=3, cutoff=0.4)
        message = "unknown facility"
        allowed = (
            f"an id of the region's facilities, such as {', '.join(near or facilities.id[:3])}"
        )
    elif facilities.area[facilities.id.index(name)] != Area.COUNTY:
        message, allowed = "it lies outside the county", "facilities of the county"
    elif name in seen:
        message, allowed = "it stands in the consortia twice", "one consortium a facility"
    if allowed:
        raise InputError(
            message,
            file=policy.file,
            row=line_of(Path(policy.file), ("members", lead)),
            column=f"members.{lead}",
            found=name,
            allowed=allowed,
        )
