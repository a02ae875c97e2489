"""Why did she go there? One patient's decision, told in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.care import decision, gate
from model.care.choice import shares
from model.care.decision import Seeks
from model.care.world import World
from model.patient import Option, Patient
from model.region.region import Region
from model.simulation import TieredCareModel
from model.terms import Condition, Scheme, Tier
from visualization.memory.morning import Morning
from visualization.memory.recent import watch
from visualization.panels.bill import ExpectedBill, expected_bill
from visualization.panels.change_of_mind import Change, Mind, changes

Names = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Choice:
    """A facility as she saw it that morning."""

    facility: int
    name: Names
    tier: Tier
    minutes: float
    price_cny: float  # what she expected to pay herself
    wait_hours: float
    utility: float
    probability: float  # of going there, all told
    terms: Mapping[str, float]  # utils; they add up to `utility`


@dataclass(frozen=True, slots=True)
class Alternative:
    """The nearest clinic or centre that she passed by, and what would have led her there."""

    facility: int
    name: Names
    tier: Tier
    considered: bool
    on_the_way: bool  # also when she goes to a hospital, for the referral
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class PatientStory:
    """Who she is, what ails her, what she weighed and what she chose on a day."""

    day: int
    resident: int
    female: bool
    age: int
    home_row: int
    home: Names
    urban: bool
    scheme: Scheme
    income_cny: float
    contract: bool
    chronic: bool
    trust: tuple[float, ...]  # by tier
    condition: Condition
    severity: float
    emergency: bool
    follow_up: bool
    referred: bool
    seeks: Seeks
    chosen: Choice | None
    via: bool  # to the hospital by way of the centre, for the referral
    p_pharmacy: float
    p_nobody: float
    choices: tuple[Choice, ...]  # best first
    bills: tuple[ExpectedBill, ...]  # where she went, and at the best of another tier
    alternatives: tuple[Alternative, ...]


def patient_story(model: TieredCareModel, day: int, at: int) -> PatientStory | None:
    """The decision at a position among those of a day; none once that day is forgotten."""
    morning = watch(model).morning_of(day)
    if morning is None or not 0 <= at < len(morning.person):
        return None
    return _tell(model, morning, at)


def _tell(model: TieredCareModel, morning: Morning, at: int) -> PatientStory:
    region, world = model.region, morning.restored(model.world)
    mind = Mind(world, morning.weighed, at)
    person, episode = mind.person, int(mind.row[0])
    seeks, facility = Patient(model, world, region, person).choose(episode)
    p_provider, p_pharmacy, p_nobody = _seek_shares(mind)
    choices = _choices(model, mind, p_provider)
    chosen = next((choice for choice in choices if choice.facility == facility), None)
    residents, episodes = world.residents, world.episodes
    via = morning.weighed.via
    home = int(region.places.settlement[mind.place])
    slot = _slot(mind, chosen.facility) if chosen else 0
    return PatientStory(
        day=morning.day,
        resident=person,
        female=bool(residents.female[person]),
        age=int(residents.age[person]),
        home_row=home,
        home=settlement_names(region, home),
        urban=bool(residents.urban[person]),
        scheme=Scheme(int(residents.scheme[person])),
        income_cny=float(residents.income[person]),
        contract=bool(residents.contract[person]),
        chronic=bool(
            residents.hypertension[person]
            | residents.diabetes[person]
            | residents.other_chronic[person]
        ),
        trust=tuple(residents.trust[:, person].astype(np.float64).tolist()),
        condition=Condition(int(episodes.condition[episode])),
        severity=float(episodes.severity[episode]),
        emergency=bool(episodes.emergency[episode]),
        follow_up=bool(episodes.follow_up[episode]),
        referred=bool(episodes.referred[episode]),
        seeks=seeks,
        chosen=chosen,
        via=bool(chosen and via is not None and via[slot, at]),
        p_pharmacy=p_pharmacy,
        p_nobody=p_nobody,
        choices=choices,
        bills=_bills(world, mind, choices, chosen),
        alternatives=_alternatives(region, mind, chosen),
    )


def facility_names(region: Region, row: int) -> Names:
    """A facility's name by language."""
    return {"en": region.facilities.name[row], "zh": region.facilities.name_zh[row]}


def settlement_names(region: Region, row: int) -> Names:
    """A settlement's name by language."""
    return {"en": region.settlements.name[row], "zh": region.settlements.name_zh[row]}


def _choices(model: TieredCareModel, mind: Mind, p_provider: float) -> tuple[Choice, ...]:
    world, region = mind.world, model.region
    row_of = {name: row for row, name in enumerate(region.facilities.id)}
    hours = decision.expected_hours(world)
    options = Patient(model, world, region, mind.person).options(int(mind.row[0]))

    def choice(option: Option) -> Choice:
        row = row_of[option.facility]
        return Choice(
            facility=row,
            name=facility_names(region, row),
            tier=option.tier,
            minutes=option.minutes,
            price_cny=option.price_cny,
            wait_hours=float(hours[row]),
            utility=option.utility,
            probability=p_provider * option.share,
            terms=option.terms,
        )

    return tuple(choice(option) for option in options)


def _seek_shares(mind: Mind) -> tuple[float, float, float]:
    """Probabilities of a provider, the pharmacy and nobody."""
    outside = mind.weighed.outside[:, mind.at]
    values = np.array([mind.weighed.provider[mind.at], outside[1], outside[0]])
    provider, pharmacy, nobody = shares(values[:, None], 1.0)[:, 0].tolist()
    return provider, pharmacy, nobody


def _bills(
    world: World, mind: Mind, choices: tuple[Choice, ...], chosen: Choice | None
) -> tuple[ExpectedBill, ...]:
    first = chosen or choices[0]
    others = (choice for choice in choices if choice.tier != first.tier)
    shown = [first, *(choice for choice in (next(others, None),) if choice)]
    return tuple(expected_bill(world, mind.row, choice.facility) for choice in shown)


def _alternatives(region: Region, mind: Mind, chosen: Choice | None) -> tuple[Alternative, ...]:
    """The nearest clinic and the nearest centre, but for the one to which she went."""
    found = []
    for tier in (Tier.CLINIC, Tier.CENTRE):
        part = mind.world.options.slots[tier]
        facility = int(mind.world.options.facility[mind.place, part][:1].max(initial=-1))
        if facility < 0 or (chosen and chosen.facility == facility):
            continue
        considered = bool(np.isfinite(mind.utility[part.start]))
        found.append(
            Alternative(
                facility=facility,
                name=facility_names(region, facility),
                tier=tier,
                considered=considered,
                on_the_way=tier == Tier.CENTRE and gate.is_gated(mind.world),
                changes=changes(mind, part.start),
            )
        )
    return tuple(found)


def _slot(mind: Mind, facility: int) -> int:
    return int((mind.world.options.facility[mind.place] == facility).argmax())
