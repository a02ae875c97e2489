"""Residents of a region from its margins; the nation fills what the region does not say."""

import numpy as np

from model.population.ages import count_ages, deal_ages, draw_sex
from model.population.cover import choose_scheme, entitled_households
from model.population.draws import Draw, draw
from model.population.health import draw_frailty, draw_health
from model.population.households import cast_roles, form_households
from model.population.income import household_incomes, income_fifths, urban_households
from model.population.parameters import PopulationParameters
from model.population.trust import draw_trust
from model.region.apportion import apportion
from model.region.region import Region
from model.state import Residents
from model.terms import Ints, Scheme


def residents_by_place(region: Region, residents: int) -> Ints:
    """Residents of each place, shape (P,), `residents` in all: largest remainders, twice."""
    of_settlement = apportion(residents, region.settlements.population.astype(np.float64))
    first = np.searchsorted(region.places.settlement, np.arange(1, len(of_settlement)))
    weights = np.split(region.places.weight, first)
    parts = [apportion(int(n), weight) for n, weight in zip(of_settlement, weights, strict=True)]
    return np.concatenate(parts)


def synthesise(region: Region, residents: int, p: PopulationParameters, seed: int) -> Residents:
    """So many residents of a region, a sample of it or all, one row each.

    residents: at least 1. Totals by settlement and place are exact; ages hold within one resident
    of a settlement, urban residents within a household, mean incomes within rounding; the other
    margins within sampling error. A trait depends on its own draws and on the traits it is
    defined by, so that a parameter of one trait leaves the others as they are.
    """
    by_place = residents_by_place(region, residents)
    place = np.repeat(np.arange(len(by_place), dtype=np.int32), by_place)
    settlement = region.places.settlement[place].astype(np.int64)
    households = form_households(by_place, p, seed)
    of = households.of

    margins = region.settlements
    up_to = count_ages(
        np.bincount(settlement, minlength=len(margins.population)),
        margins.age_shares,
        p.pyramid,
        draw(seed, Draw.AGE_OFFSET, len(margins.population))[0].astype(np.float64),
    )
    roles = cast_roles(households, p, seed)
    age = deal_ages(settlement, up_to, roles, p)
    female = draw_sex(households, roles, p, seed)
    del roles

    urban_home = urban_households(
        households, settlement[households.start], margins.urban_share, seed
    )
    means = region.income_urban, region.income_rural
    income_home, rank_home = household_incomes(households, urban_home, means, p, seed)
    urban, income = urban_home[of], income_home[of]
    scheme, insured_here = choose_scheme(urban, age, female, rank_home[of], p, seed)
    entitled = entitled_households(urban_home, rank_home, p, seed)
    health = draw_health(age, p, seed)
    return Residents(
        place=place,
        household=of,
        age=age,
        female=female,
        urban=urban,
        income=income,
        income_group=income_fifths(income),
        scheme=scheme,
        insured_here=insured_here,
        assistance=entitled[of] & (scheme == Scheme.RBMI),
        hypertension=health.hypertension,
        diabetes=health.diabetes,
        other_chronic=health.other_chronic,
        contract=health.contract,
        frailty=draw_frailty(residents, p, seed),
        trust=draw_trust(urban, health.contract, p, seed),
    )
