"""Every parameter moves some output; one that moves nothing is not a parameter.

Most do in a plain run of a tiny region. What the others need stands here in full: a policy in
force, another region or more residents, the years of the projection, or a single number of a table
of which only the proportions count.
"""

import numpy as np
import pytest

from experiments.figures import figures_of
from experiments.funds.outlook import read_outlook
from experiments.influence import ends, leaves
from experiments.results import TABLES
from experiments.runner import run
from model.insurance.funds import FundParameters
from model.insurance.projection import project
from model.parameters import shipped_parameters
from model.policies.choice import parse_package
from model.scenario import Scenario, make_scenario
from model.simulation import TieredCareModel

PLAIN = {"residents": 700, "days": 16, "warm_up": 4, "seed": 3}
LARGER = {"residents": 3000, "days": 30, "warm_up": 5, "seed": 3}
POLICIES = (
    "gatekeeping:strictness=0,closed_door=1+drg+dip+global_budget+consortium+fund_supervision"
    "+pay_reform+same_disease_same_price+timed_booking+enrolment_drive+income_based_premium"
    "+back_referral"
)
CONSTANTS = {  # law, dates and a figure for comparison: they have no range
    "population.adult_age",
    "population.working_age",
    "funds.dated_from",
    "funds.feared_gap",
}
PROPORTIONS = {  # of tables of which only the proportions count: one number is moved
    "population.pyramid",
    "population.household_size",
    "parts.purchase",
    "national.institutions",
    "national.centre_kinds",
    "national.secondary_kinds",
}
SWITCHES = {"illness.ambulatory_sensitive": 0.0}  # above a half or not
MANY = {  # what small regions round away
    "national.population_million",
    "national.institutions",
    "national.centre_kinds",
    "national.secondary_kinds",
    "national.urban_density",
    "national.urban_tilt",
    "queue.line_doctors",
}
ELSEWHERE = {"region.clinic_doctors_per_1000"}  # regions whose files list no clinics


def outputs(plan):
    model = TieredCareModel(plan)
    model.run()
    return [figures_of(model), *(table(model) for table in TABLES.values())]


def differ(first, second):
    return any(not one.equals(other) for one, other in zip(first, second, strict=True))


def moved_values(leaf, numbers):
    """Values at the upper end, then at the lower."""
    if leaf in PROPORTIONS:
        numbers = numbers[:1]
    if leaf in SWITCHES:
        return [{number.path: SWITCHES[leaf] for number in numbers}]
    return [
        {path: value for path, value in end.items() if value != parameters[path].value}
        for end in reversed(ends(numbers))
    ]


parameters = shipped_parameters()


def silent(names, scenario):
    """Those of these leaves that move nothing in runs of this scenario."""
    plan = make_scenario(**scenario)
    base = outputs(plan)
    found = leaves(parameters)
    return {
        leaf
        for leaf in names
        if not any(
            changes and differ(outputs(plan.model_copy(update={"overrides": changes})), base)
            for changes in moved_values(leaf, found[leaf])
        )
    }


@pytest.fixture(scope="module")
def left():
    """Leaves that move nothing in a plain run, tiny or a little larger."""
    tiny = silent(leaves(parameters), PLAIN)
    return silent(tiny, LARGER)


def test_constants_have_no_range(left):
    assert left >= CONSTANTS
    found = leaves(parameters)
    assert all(number.low == number.high for leaf in CONSTANTS for number in found[leaf])


def test_what_is_left_matters_under_policies_beyond_the_year_or_elsewhere(left, tmp_path):
    left = left - CONSTANTS
    left -= moves_projection(left, tmp_path)
    left = silent(left, {**LARGER, "policies": parse_package(POLICIES)})
    left = silent(left & MANY, {"residents": 60_000, "days": 3, "warm_up": 0}) | left - MANY
    tongliang = {"region": "tongliang", "residents": 2000, "days": 10, "warm_up": 0}
    left = silent(left & ELSEWHERE, tongliang) | left - ELSEWHERE
    assert left == set()


def moves_projection(names, folder):
    """Those of the funds' parameters that move a fund's balance in some year to come."""
    done = run(Scenario(**PLAIN), folder / "run")
    outlook = read_outlook(done.folder)
    found = leaves(parameters)
    moving = set()
    for leaf in names:
        for changes in moved_values(leaf, found[leaf]):
            p = parameters.changed(changes).bind(FundParameters, "funds")
            after = project(outlook.base, p).balance
            before = outlook.projection.balance
            if after.shape != before.shape or not np.array_equal(after, before):
                moving.add(leaf)
    return moving
