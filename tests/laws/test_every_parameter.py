"""Every parameter moves some output; one that moves nothing is not a parameter.

Most do in a plain run of a tiny region. What the others need stands here in full: a policy in
force, another region or more residents, the years of the projection, or a single number of a table
of which only the proportions count.
"""

import numpy as np

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
from model.terms import InputError

PLAIN = {"residents": 300, "days": 8, "warm_up": 0, "seed": 3}
LARGER = {"residents": 2000, "days": 25, "warm_up": 5, "seed": 3}
POLICIES = (
    "gatekeeping:strictness=0,closed_door=1+drg+dip+global_budget+consortium+fund_supervision"
    "+pay_reform+same_disease_same_price+timed_booking+enrolment_drive:waiting_day=0+centralised_procurement"
    "+back_referral"
)
BY_INCOME = {"premium.by_income": 1.0, "premium.level": 1.5}  # lets the rest of premium.* matter
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
SWITCHES = {  # above a half or not; a fifth of it turns too few around to be seen
    "illness.ambulatory_sensitive": 0.0,
    "payment.refer_out": -1.0,
}
MANY = {  # what small regions round away
    "national.population_million",
    "national.institutions",
    "national.centre_kinds",
    "national.secondary_kinds",
    "national.urban_density",
    "national.urban_tilt",
    "queue.line_doctors",
}
# a region whose files list no clinics; patients sent out of a county, who are few; another policy
ELSEWHERE = {
    "region.clinic_doctors_per_1000": {"residents": 2000, "days": 10},
    "payment.refer_out": {"residents": 40_000, "days": 40, "policies": "consortium"},
    "online.charge": {"residents": 2000, "days": 10, "policies": "telemedicine"},
}


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

    def moves(changes):
        try:
            return differ(
                outputs(plan.model_copy(update={"overrides": {**plan.overrides, **changes}})), base
            )
        except InputError:  # a policy adds to it and leaves its range: no way to show its own doing
            return False

    return {
        leaf
        for leaf in names
        if not any(changes and moves(changes) for changes in moved_values(leaf, found[leaf]))
    }


def test_every_parameter_moves_an_output(tmp_path):
    found = leaves(parameters)
    left = silent(found, PLAIN)
    assert left >= CONSTANTS
    assert all(number.low == number.high for leaf in CONSTANTS for number in found[leaf])
    left -= CONSTANTS
    left -= moves_projection(left, tmp_path)
    left = silent(left, {**LARGER, "residents": 800, "policies": parse_package(POLICIES)})
    left = silent(left, {**LARGER, "residents": 800, "set": BY_INCOME})
    left = silent(left & MANY, {"residents": 300_000, "days": 1, "warm_up": 0}) | left - MANY
    for leaf, scenario in ELSEWHERE.items():
        there = {"region": "tongliang", "warm_up": 0, "seed": 3, **scenario}
        left = silent(left & {leaf}, there) | left - {leaf}
    assert silent(left, LARGER) == set()


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
