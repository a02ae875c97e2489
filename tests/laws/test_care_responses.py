"""What a run answers to: prices, doctors, beds, tastes; each in the direction that theory says.

Two runs share every resident's illnesses, tastes and luck, so a small region tells.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from model.parameters import shipped_parameters
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Tier

RESIDENTS, WARM_UP, DAYS = 4_000, 15, 45
Ends = tuple[str, ...]
Measure = Callable[[TieredCareModel], float]


@cache
def run(below: Ends = (), end: str = "low", also: Ends = (), doctors: float = 1, beds: int = 1,
        tertiary: float = 1) -> TieredCareModel:  # fmt: skip
    """A run with every parameter of some paths at an end of its range.

    also: `path=value`, set in any case. doctors, tertiary: multiply what all facilities and
    tertiary ones can see in a day; beds: multiplies beds.
    """
    overrides = {
        path: getattr(leaf, end)
        for path, leaf in shipped_parameters().items()
        if any(path == at or path.startswith(at + ".") for at in below)
    }
    assert bool(overrides) == bool(below)
    overrides |= {path: float(value) for path, value in (entry.split("=") for entry in also)}
    model = TieredCareModel(
        make_scenario(residents=RESIDENTS, warm_up=WARM_UP, days=DAYS, seed=6, overrides=overrides)
    )
    world, table = model.world, model.world.facility
    capacity = table.capacity * np.where(table.tier == Tier.TERTIARY, tertiary, 1.0) * doctors
    line = np.ceil(table.line * doctors).astype(np.int64)
    world.facility = replace(table, capacity=capacity, line=line)
    world.state.beds *= beds
    model.run()
    return model


def counted(name: str, *tiers: Tier) -> Measure:
    """A sum over residents in the counted days."""

    def measure(model: TieredCareModel) -> float:
        return float(model.tally.sums[name][:, list(tiers) or list(Tier)].sum())

    return measure


def daily(name: str, *tiers: Tier) -> Measure:
    """A sum over days."""

    def measure(model: TieredCareModel) -> float:
        return float(model.tally.daily[name][:, list(tiers) or list(Tier)].sum())

    return measure


def over(above: Measure, below: Measure) -> Measure:
    return lambda model: above(model) / below(model)


def trust(model: TieredCareModel) -> float:
    return float(model.world.residents.trust.mean())


PER_VISIT = counted("visits")
FALLS = {
    "dearer visits, fewer visits": (("charges.visit",), daily("visits")),
    "dearer visits, fewer spells seen": (("charges.visit",), daily("asked")),
    "dearer stays, fewer stays": (
        ("charges.stay", "charges.stay_condition"),
        daily("admissions"),
    ),
    "prices that weigh more in seeking, fewer visits": (("choice.seek_price",), daily("visits")),
    "prices that weigh more in accepting, fewer stays": (
        ("admission.accept_price",), daily("admissions")
    ),
    "time that weighs more, shorter trips": (
        ("choice.b_time",), over(counted("travel_min"), PER_VISIT)
    ),
    "more who give up, shorter lines": (("queue.give_up",), daily("in_line")),
    "more that is lost by failure, less trust": (("trust.loss",), trust),
    "longer stays, fewer of them in a given time": (
        ("admission.stay_day",), over(counted("discharges"), counted("bed_days"))
    ),
    "more success, fewer visits a spell": (
        ("treatment.success",), over(PER_VISIT, counted("spells"))
    ),
}  # fmt: skip
RISES = {
    "room for more, more visits": (("queue.capacity",), daily("visits")),
    "longer consultations, longer minutes": (
        ("queue.consultation_min",), over(counted("wait_min"), PER_VISIT)
    ),
    "more referrals taken up, more referred visits above": (
        ("referral.recognise", "referral.follow"), counted("referred_up")
    ),
    "more that is won by success, more trust": (("trust.gain",), trust),
    "more success, more spells resolved": (
        ("treatment.success",), over(counted("resolved"), counted("spells"))
    ),
    "more trust that counts, more visits": (("choice.b_trust",), daily("visits")),
    "more advice, more stays": (("admission.advice",), daily("admissions")),
    "dearer visits, a higher bill for each": (
        ("charges.visit",), over(counted("visit_charge"), PER_VISIT)
    ),
    "more illness, more visits": (("illness.incidence",), daily("visits")),
}  # fmt: skip


@pytest.mark.parametrize(("below", "measure"), FALLS.values(), ids=FALLS.keys())
def test_it_falls(below: Ends, measure: Measure) -> None:
    assert measure(run(below, "high")) < measure(run(below, "low"))


@pytest.mark.parametrize(("below", "measure"), RISES.values(), ids=RISES.keys())
def test_it_rises(below: Ends, measure: Measure) -> None:
    assert measure(run(below, "high")) > measure(run(below, "low"))


@pytest.mark.parametrize(
    "wait",
    [
        daily("in_line"),
        over(daily("in_line"), daily("asked")),
        over(counted("wait_min"), PER_VISIT),
    ],
    ids=["in line", "days", "minutes"],
)
def test_more_doctors_never_lengthen_a_wait(wait: Measure) -> None:
    """Days by Little's law, so that those who are still in line count."""
    few, some, many = (wait(run(doctors=doctors)) for doctors in (0.6, 1, 2))
    assert few > some > many >= 0


def test_more_beds_never_lengthen_the_wait_for_one() -> None:
    ill = ("admission.advice",)
    few, many = (daily("bed_line")(run(ill, "high", beds=beds)) for beds in (1, 4))
    assert few > many


@pytest.mark.parametrize("tier", [Tier.SECONDARY, Tier.TERTIARY])
def test_a_dearer_tier_gets_a_smaller_share(tier: Tier) -> None:
    path = (f"charges.visit.{tier.word}",)
    share = over(daily("asked", tier), daily("asked"))
    assert share(run(path, "high")) < share(run(path, "low"))


def tertiary_share(model: TieredCareModel) -> float:
    """Of the choices of a facility for a visit."""
    return over(daily("asked", Tier.TERTIARY), daily("asked"))(model)


def test_halving_tertiary_capacity_lowers_its_share_of_choices() -> None:
    assert tertiary_share(run(tertiary=0.5)) < tertiary_share(run())


# Waits weigh nothing in choosing, crowding spoils no treatment, and there is room for everybody,
# so nobody is turned away and no day is lost: then capacity is nothing that anyone could notice.
BLIND = ("choice.b_wait=0", "queue.give_up=0", "treatment.crowding=0")


def test_halving_tertiary_capacity_moves_nobody_who_does_not_mind_waits() -> None:
    ample, half = (run(also=BLIND, doctors=20, tertiary=tertiary) for tertiary in (1, 0.5))
    assert daily("in_line")(ample) == daily("in_line")(half) == 0
    assert tertiary_share(half) == tertiary_share(ample)
    assert (half.tally.daily["asked"] == ample.tally.daily["asked"]).all()
    assert (half.tally.flows == ample.tally.flows).all()
    assert (half.world.memory.last_used == ample.world.memory.last_used).all()


def test_the_same_halving_moves_those_who_mind() -> None:
    minding = ("choice.b_wait=1", "queue.give_up=0", "treatment.crowding=0")
    whole, half = (run(also=minding, tertiary=tertiary) for tertiary in (1, 0.5))
    assert tertiary_share(half) < tertiary_share(whole)


def test_without_referral_nobody_is_referred() -> None:
    assert counted("referred_up")(run(("referral.follow",), "low", ("referral.follow=0",))) == 0
