"""What would have changed her mind: with it she turns; with a little less she does not."""

from dataclasses import replace

import numpy as np
import pytest

from model.care import decision
from model.care.decision import Seeks
from model.care.world import World
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Ints, Tier
from visualization.memory.recent import watch
from visualization.panels.change_of_mind import Change, Mind, changes

LESS = 0.97  # of a change, so that the rounding of trust and minutes to float32 does not matter


@pytest.fixture(scope="module", params=["", "gatekeeping:strictness=1,closed_door=1"])
def model(request: pytest.FixtureRequest) -> TieredCareModel:
    made = TieredCareModel(
        make_scenario(region="brook", warm_up=20, days=10, policies=request.param or None)
    )
    watch(made)
    for _ in range(26):
        made.step()
    return made


@pytest.fixture(scope="module")
def minds(model: TieredCareModel) -> list[Mind]:
    """The decisions of the last day."""
    morning = watch(model).morning
    assert morning is not None
    world = morning.restored(model.world)
    return [Mind(world, morning.weighed, at) for at in range(len(morning.person))]


def target(mind: Mind, tier: Tier) -> int | None:
    """The slot of the nearest facility of a tier, if she did not go there."""
    part = mind.world.options.slots[tier]
    facility = mind.world.options.facility[mind.place, part.start]
    return None if facility < 0 or facility == went(mind.world, mind)[1] else part.start


def went(world: World, mind: Mind) -> tuple[Seeks, int]:
    weighed = decision.weigh(world, mind.row, decision.expected_hours(world))
    seeks = Seeks(int(decision.seek(world, weighed)[0][0]))
    facility = decision.choose(world, weighed, np.array([0]))[0]
    return seeks, int(facility) if seeks == Seeks.PROVIDER else -1


def decided(mind: Mind, slot: int, lever: str, by: float) -> tuple[Seeks, int]:
    """What she decides when one thing is changed, by the functions of the day."""
    world = mind.world
    tier, place = int(world.options.tier[slot]), mind.place
    if lever == "trust":
        trust = world.residents.trust.copy()
        trust[tier, mind.person] += by
        return went(replace(world, residents=replace(world.residents, trust=trust)), mind)
    if lever == "scope":
        scope = world.p.treatment.scope.copy()
        scope[tier, world.episodes.condition[mind.row[0]]] += by
        treatment = replace(world.p.treatment, scope=scope)
        return went(replace(world, p=replace(world.p, treatment=treatment)), mind)
    if lever == "time":
        minutes = world.options.minutes.copy()
        minutes[place, slot] -= by
        return went(replace(world, options=replace(world.options, minutes=minutes)), mind)
    if lever == "wait":
        days = world.state.wait_day.copy()
        days[world.options.facility[place, slot]] -= by / world.p.choice.wait_day_hour
        return went(replace(world, state=replace(world.state, wait_day=days)), mind)
    return cheaper(mind, slot, round(by * 100))


def cheaper(mind: Mind, slot: int, fen: int) -> tuple[Seeks, int]:
    prices, of_class = decision.visit_prices, mind.world.class_at[slot, mind.place]

    def lowered(*given: object, **named: object) -> Ints:
        price = prices(*given, **named)  # type: ignore[arg-type]
        price[of_class] -= fen
        return price

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "visit_prices", lowered)
        return went(mind.world, mind)


def turned(mind: Mind, slot: int, lever: str, outcome: tuple[Seeks, int]) -> bool:
    """She goes where the change draws her; if she saw nobody, she sees somebody."""
    seeks, facility = outcome
    if mind.seeks != Seeks.PROVIDER:
        return seeks == Seeks.PROVIDER
    facilities = mind.world.options.facility[mind.place]
    if lever in ("time", "wait"):
        return facility == facilities[slot]
    chosen = int((facilities == facility).argmax())
    if lever == "price":
        classes = mind.world.class_at[:, mind.place]
        return bool(classes[chosen] == classes[slot])
    return bool(mind.world.options.tier[chosen] == mind.world.options.tier[slot])


def found(minds: list[Mind]) -> list[tuple[Mind, int, Change]]:
    return [
        (mind, slot, change)
        for mind in minds
        for tier in (Tier.CLINIC, Tier.CENTRE)
        if (slot := target(mind, tier)) is not None
        for change in changes(mind, slot)
    ]


def test_the_change_turns_her_and_a_little_less_does_not(minds: list[Mind]) -> None:
    enough = [(mind, slot, change) for mind, slot, change in found(minds) if change.by is not None]
    assert {change.lever for _, _, change in enough} >= {"trust", "price"}
    for mind, slot, change in enough:
        assert change.by is not None
        more = change.by if change.lever == "price" else change.by * 1.0001
        assert turned(mind, slot, change.lever, decided(mind, slot, change.lever, more)), change
        less = decided(mind, slot, change.lever, change.by * LESS - 0.001)
        assert not turned(mind, slot, change.lever, less), change


def test_where_no_change_is_enough_not_even_the_largest_is(minds: list[Mind]) -> None:
    hopeless = [(mind, slot, change) for mind, slot, change in found(minds) if change.by is None]
    assert hopeless
    for mind, slot, change in hopeless:
        largest = {"trust": 1 - change.now, "scope": 1 - change.now}.get(change.lever, change.now)
        outcome = decided(mind, slot, change.lever, largest)
        assert not turned(mind, slot, change.lever, outcome), change


def test_what_is_not_considered_cannot_be_turned_to(minds: list[Mind]) -> None:
    emergencies = [mind for mind in minds if mind.world.episodes.emergency[mind.row[0]]]
    other = [mind for mind in minds if not np.isfinite(mind.utility[0])]
    assert other
    for mind in (*emergencies, *other):
        assert changes(mind, mind.world.options.slots[Tier.CLINIC].start) == ()
