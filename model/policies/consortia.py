"""Consortia whose members a policy names."""

import difflib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from model.mistakes import row_of
from model.policies.choice import PolicyChoice
from model.policies.policy import Policy, find_policy
from model.region.region import Region
from model.terms import Area, InputError


def with_consortia(region: Region, choices: Iterable[PolicyChoice]) -> Region:
    """The region with the consortia that a policy in force names, and what their budgets are for.

    Raises InputError for an unknown id, a facility outside the county or in two consortia, services
    of a lead that is not there, and where two policies name members.
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
        _check_services(policy)
        members_of = {lead: tuple(members) for lead, members in policy.members.items()}
        services_of = {lead: tuple(words) for lead, words in policy.services.items()}
        return replace(region, consortia=members_of, bundled=services_of)
    return region


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
            row=row_of(Path(policy.file), ("members", lead)),
            column=f"members.{lead}",
            found=name,
            allowed=allowed,
        )


def _check_services(policy: Policy) -> None:
    for lead in policy.services:
        if lead not in policy.members:
            near = difflib.get_close_matches(lead, policy.members, n=3, cutoff=0.4)
            raise InputError(
                "no consortium has this lead",
                file=policy.file,
                row=row_of(Path(policy.file), ("services", lead)),
                column=f"services.{lead}",
                found=lead,
                allowed=f"a lead under members, such as {', '.join(near or policy.members)}",
            )
