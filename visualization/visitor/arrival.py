"""How a visitor arrives: language and scenario from the address, checked; a wrong one is told."""

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from model.policies.choice import parse_package
from model.scenario import Scenario, make_scenario
from model.terms import InputError
from model.wording import LANGUAGES
from visualization.classroom.visitors import PREFIX, classroom
from visualization.visitor.scenario_file import refuse_files

RESIDENTS = 20_000
LONGEST_ADDRESS = 2_000  # characters after the question mark
KEYS = ("lang", "region", "residents", "seed", "policy", "teacher")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the first page shows, and what was wrong with the address."""

    language: str
    plan: Scenario
    teacher: bool = False
    complaint: str = ""


def arrive(search: str) -> Arrival:
    """Read the part of the address after the question mark.

    `lang=zh&region=tongliang&residents=20000&seed=3&policy=gatekeeping:strictness=0.5`; any part
    may be left out. What is wrong changes nothing and is told on the page.
    """
    language = os.environ.get(PREFIX + "LANG", "zh")
    try:
        if len(search) > LONGEST_ADDRESS:
            raise InputError("the address is too long", allowed=f"{LONGEST_ADDRESS} characters")
        said = {key: values[-1] for key, values in parse_qs(search, True).items()}
        for key in said:
            if key not in KEYS:
                raise InputError("the address", found=key, allowed=", ".join(KEYS))
        language = said.get("lang", language)
        if language not in LANGUAGES:
            language, wrong = "en", language
            raise InputError("lang", found=wrong, allowed=", ".join(LANGUAGES))
        return Arrival(language, _plan(said), "teacher" in said)
    except InputError as error:
        return Arrival(language, first_plan(), complaint=str(error))


def first_plan() -> Scenario:
    """What a visitor sees who asks for nothing."""
    return sized(make_scenario(region=classroom().regions[0]))


def sized(plan: Scenario, residents: int = RESIDENTS) -> Scenario:
    """The scenario with as many residents as asked, or as the region and the classroom allow."""
    most = classroom().most_residents(plan.region)
    return plan.model_copy(update={"residents": min(residents, most)})


def _plan(said: dict[str, str]) -> Scenario:
    given: dict[str, Any] = {"region": said.get("region", classroom().regions[0])}
    for key in ("residents", "seed"):
        if key in said:
            if not said[key].isascii() or not said[key].isdecimal():
                raise InputError(key, found=said[key], allowed="a whole number")
            given[key] = int(said[key])
    if "policy" in said:
        refuse_files(said["policy"])
        given["policies"] = parse_package(said["policy"])
    plan = make_scenario(**given)
    if plan.residents is None:
        classroom().check_region(plan.region)
        plan = sized(plan)
    return classroom().check(plan)
