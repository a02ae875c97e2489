"""What is measured: every indicator by its definition, with unit, from the counts of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.groups import (
    GROUPS,
    N_CELLS,
    OLD,
    REPORTED,
    SHAPE,
    Counts,
    Measured,
    Ratio,
    Value,
    codes,
    only,
    over,
)
from model.insurance.funds import FUNDS, POOL, RESIDENTS, Ledger
from model.state import Memory, Residents
from model.tally import Tally
from model.terms import Bools, Bytes, Floats, Scheme, Tier

STAY_TIERS = (Tier.CENTRE, Tier.SECONDARY, Tier.TERTIARY)
PRIMARY = (Tier.CLINIC, Tier.CENTRE)
HOSPITAL = (Tier.SECONDARY, Tier.TERTIARY)
ALL = tuple(Tier)
EBMI = (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED)
RBMI = (Scheme.RBMI,)
HERE = (1,)  # key of the group `member`
FEN = 100
WORKING_DAYS = 251  # of the definition of visits per doctor and day
FORTNIGHT = 14 / 365  # of a year
NEAR_MIN = 15
PER_YEAR = "CNY/person/year"
RATE = "admissions/person/year"

Row = tuple[str, str, Counts, Counts]  # id, unit, numerator, denominator


@dataclass(frozen=True, slots=True)
class IndicatorParameters:
    """Values of `data/parameters/indicators.yaml`."""

    subsistence: Floats  # rural, urban


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run leaves for its indicators."""

    tally: Tally
    residents: Residents
    memory: Memory
    tier: Bytes  # (facilities,)
    doctors: Floats
    nearest_min: Floats  # (residents,) minutes to the nearest facility
    ledger: Ledger  # of the funds in the counted days
    premium: Floats  # (residents,) paid to the residents' scheme, CNY/year; zero of the others
    subsistence: Floats  # (rural, urban) CNY/person/year
    sample: float  # residents over the population they stand for

    @property
    def years(self) -> float:
        """Counted days as a share of a year."""
        return self.tally.n_days / 365

    @property
    def out_of_pocket(self) -> Floats:
        """Cash paid by each resident, CNY/person/year, shape (residents,)."""
        return self.memory.out_of_pocket / FEN / max(self.years, 1e-9)


def measure(run: Outcome) -> dict[str, Measured]:
    """Every indicator of a run by its id."""
    ratios = {name: Ratio(unit, above, below) for name, unit, above, below in _rows(run)}
    measured = {name: ratio.measured() for name, ratio in ratios.items()}
    measured |= dict(_gaps(ratios))
    measured["concentration_index_out_of_pocket"] = _concentration(run)
    measured |= dict(_facilities(run))
    measured |= dict(_funds(run))
    return measured


def _rows(run: Outcome) -> Iterator[Row]:
    tally, n = run.tally, _person_years(run)
    yield from _visits(tally, n)
    yield from _stays(tally, n)
    yield from _paths(tally)
    yield from _charges(tally)
    yield from _money(tally, n)
    yield from _schemes(tally, n)
    yield from _residents(run)


def _visits(tally: Tally, n: Counts) -> Iterator[Row]:
    visits, county = _sum(tally, "visits"), _sum(tally, "visits_county")
    per = "visits/person/year"
    yield "visits_per_resident", per, visits, n
    yield "visits_primary_per_resident", per, _sum(tally, "visits", PRIMARY), n
    yield "visits_hospital_per_resident", per, _sum(tally, "visits", HOSPITAL), n
    yield "online_per_resident", "consultations/person/year", _sum(tally, "online"), n
    yield "primary_institution_share", "share", _sum(tally, "visits_institution"), visits
    yield "within_county_visit_share", "share", county, visits
    yield "within_county_primary_share", "share", _sum(tally, "visits_county", PRIMARY), county
    yield "travel_min_mean", "minutes", _sum(tally, "travel_min"), visits
    for tier in Tier:
        here = _sum(tally, "visits", (tier,))
        yield f"visit_share_{tier.word}", "share", here, visits
        yield f"mean_wait_day_{tier.word}", "days", _sum(tally, "wait_day", (tier,)), here
        yield f"mean_wait_min_{tier.word}", "minutes", _sum(tally, "wait_min", (tier,)), here
    fortnightly = visits * FORTNIGHT
    old = (GROUPS["age"].index("60+"),)
    yield "two_week_consultation_rate", "visits/person", fortnightly, n
    yield (
        "two_week_consultation_rate_60plus",
        "visits/person",
        only(fortnightly, "age", old),
        only(n, "age", old),
    )


def _stays(tally: Tally, n: Counts) -> Iterator[Row]:
    stays = _sum(tally, "stays")
    yield "admissions_per_resident", RATE, stays, n
    yield "admissions_hospital_per_resident", RATE, _sum(tally, "stays", HOSPITAL), n
    yield "avoidable_admissions_per_resident", RATE, _sum(tally, "stays_avoidable"), n
    yield "within_county_admission_share", "share", _sum(tally, "stays_county"), stays
    yield "readmission_30", "share", _sum(tally, "readmissions"), stays
    yield "case_mix_index", "index", _sum(tally, "case_weight"), stays
    for tier in STAY_TIERS:
        here, left = _sum(tally, "stays", (tier,)), _sum(tally, "discharges", (tier,))
        yield f"admission_share_{tier.word}", "share", here, stays
        yield f"length_of_stay_{tier.word}", "days", _sum(tally, "bed_days", (tier,)), left
        yield f"case_mix_index_{tier.word}", "index", _sum(tally, "case_weight", (tier,)), here


def _paths(tally: Tally) -> Iterator[Row]:
    first, primary = _sum(tally, "first_contacts"), _sum(tally, "visits", PRIMARY)
    planned, left = _sum(tally, "first_contacts_planned"), _sum(tally, "discharges", HOSPITAL)
    advised, taken_up = _sum(tally, "advised"), _sum(tally, "taken_up")
    spells, alone = _sum(tally, "spells"), _sum(tally, "self_treated")
    at_primary = _sum(tally, "first_contacts", PRIMARY)
    yield "first_contact_primary_share", "share", at_primary, first
    yield "bypassing_share", "share", _sum(tally, "bypassing"), planned
    yield "referral_up_rate", "share", _sum(tally, "referred_up"), primary
    yield "referral_down_rate", "share", _sum(tally, "arrived_down"), left
    yield "unmet_need_share", "share", _sum(tally, "unmet"), _sum(tally, "wanted")
    yield "unmet_admission_need", "share", advised - taken_up, advised
    yield "resolved_share", "share", _sum(tally, "resolved"), spells
    for code, residence in enumerate(GROUPS["residence"]):
        of = only(alone, "residence", (code,)), only(spells, "residence", (code,))
        yield f"self_treatment_{residence}", "share", *of


def _charges(tally: Tally) -> Iterator[Row]:
    tiers = [(tier.word, (tier,)) for tier in Tier]
    for name, at in (*tiers, ("hospital", HOSPITAL)):
        charge, visits = _sum(tally, "visit_charge", at), _sum(tally, "visits", at)
        yield f"outpatient_charge_{name}", "CNY/visit", charge / FEN, visits
    for name, at in (*tiers[Tier.CENTRE :], ("hospital", HOSPITAL)):
        charge, stays = _sum(tally, "stay_charge", at), _sum(tally, "stays", at)
        yield f"inpatient_charge_{name}", "CNY/stay", charge / FEN, stays


def _money(tally: Tally, n: Counts) -> Iterator[Row]:
    charge, fund, cash = (_sum(tally, name) for name in ("charge", "fund", "cash"))
    assistance = _sum(tally, "stay_assistance")
    borne = assistance + _sum(tally, "stay_assisted_cash")
    yield "charge_per_resident_cny", PER_YEAR, charge / FEN, n
    yield "fund_payment_per_resident_cny", PER_YEAR, fund / FEN, n
    yield "out_of_pocket_per_resident_cny", PER_YEAR, cash / FEN, n
    yield "out_of_pocket_share", "share", cash, charge
    yield "out_of_catalogue_share", "share", _sum(tally, "own_pay"), charge
    yield "drug_share", "share", _sum(tally, "drugs"), charge
    yield "fund_within_county_share", "share", _sum(tally, "fund_county"), fund
    yield "fund_primary_share", "share", _sum(tally, "fund_primary"), fund
    yield "assistance_per_stay_over_oop", "share", assistance, borne


def _schemes(tally: Tally, n: Counts) -> Iterator[Row]:
    stays, claimed = _sum(tally, "stays"), _sum(tally, "stays_claimed")
    retired, charge = (Scheme.EBMI_RETIRED,), _sum(tally, "charge")
    yield "admissions_outside_basic_insurance", "share", stays - claimed, stays
    yield "retiree_expense_share", "share", _members(charge, retired), _members(charge, EBMI)
    for name, schemes in (
        ("ebmi", EBMI),
        ("ebmi_active", (Scheme.EBMI_ACTIVE,)),
        ("ebmi_retired", retired),
        ("rbmi", RBMI),
    ):
        yield f"admission_rate_{name}", RATE, _members(claimed, schemes), _members(n, schemes)
    yield from _scheme(tally, n, "ebmi", "ebmi_pool", EBMI)
    yield from _scheme(tally, n, "rbmi", "rbmi", RBMI)


def _scheme(
    tally: Tally, n: Counts, name: str, pool: str, schemes: tuple[Scheme, ...]
) -> Iterator[Row]:
    def of(count: str, tiers: tuple[Tier, ...] = ALL) -> Counts:
        return only(_sum(tally, count, tiers), "scheme", schemes)

    def of_members(count: str) -> Counts:
        return _members(_sum(tally, count), schemes)

    claims, n_members = of_members("visit_claims"), _members(n, schemes)
    away, anywhere = of_members("claimed_away"), of_members("claimed_institution")
    yield f"claims_per_member_{name}", "claims/person/year", claims, n_members
    yield f"real_ratio_{pool}", "share", of_members("scheme_pay"), of_members("claimed_charge")
    yield f"out_of_area_expense_share_{name}", "share", away, anywhere
    charge = of("stay_charge_claimed") / FEN
    yield f"charge_per_stay_{name}", "CNY/stay", charge, of("stays_claimed")
    at: dict[str, tuple[Tier, ...]] = {"": ALL, "_primary": (Tier.CENTRE,)}
    at |= {f"_{tier.word}": (tier,) for tier in HOSPITAL}
    for where, tiers in at.items():
        paid, scope = of("stay_scheme_pay", tiers), of("stay_scope", tiers)
        yield f"policy_range_ratio_{name}{where}", "share", paid, scope


def _residents(run: Outcome) -> Iterator[Row]:
    residents, memory = run.residents, run.memory
    everyone = np.ones(len(residents), np.bool_)
    counted = np.full(len(residents), run.tally.n_days > 0)
    old = counted & (residents.age >= OLD)
    ill = residents.hypertension | residents.diabetes
    paid = run.out_of_pocket
    income = np.maximum(residents.income.astype(np.float64), 1.0)
    able = np.maximum(income - run.subsistence[residents.urban.astype(np.int8)], 1.0)
    primary = residents.trust[list(PRIMARY)].mean(axis=0)
    paying = run.premium > 0
    rows: list[tuple[str, str, Floats | Bools, Bools]] = [
        ("premium_per_member_rbmi", PER_YEAR, run.premium, paying),
        ("premium_share_of_income_rbmi", "share", run.premium / income * paying, paying),
        ("admission_rate_60plus", "share", memory.was_admitted & old, old),
        ("chronic_control_share", "share", memory.controlled & ill, ill),
        ("catastrophic_10", "share", paid > 0.10 * income, counted),
        ("catastrophic_25", "share", paid > 0.25 * income, counted),
        ("catastrophic_40", "share", paid > 0.40 * able, counted),
        ("within_15_minutes", "share", run.nearest_min <= NEAR_MIN, everyone),
        ("trust_primary", "0 to 1", primary, everyone),
        *((f"trust_{t.word}", "0 to 1", residents.trust[t], everyone) for t in Tier),
    ]
    for name, unit, above, below in rows:
        yield name, unit, _by_cell(run, above), _by_cell(run, below)


def _gaps(ratios: dict[str, Ratio]) -> Iterator[tuple[str, Measured]]:
    for name in (
        "visits_per_resident",
        "admissions_per_resident",
        "first_contact_primary_share",
        "out_of_pocket_per_resident_cny",
        "unmet_need_share",
    ):
        rural, urban = (ratios[name].within("residence", key) for key in GROUPS["residence"])
        yield f"gap_rural_urban_{name}", rural.measured().over(urban.measured(), "ratio")


def _concentration(run: Outcome) -> Measured:
    """Overall by the ranks of all residents, in a group by the ranks within it."""
    order = np.argsort(run.residents.income, kind="stable")
    paid = run.out_of_pocket[order]
    code = codes(run.residents)
    by = {
        group: {
            key: concentration_index(paid[code[group][order] == at])
            for at, key in enumerate(GROUPS[group])
        }
        for group in REPORTED
    }
    return Measured(concentration_index(paid), "-1 to 1", by)


def concentration_index(paid: Floats) -> Value:
    """Twice the covariance of payments with the fractional rank by income, over their mean.

    paid: (persons,) in order of income, poorest first.

    >>> concentration_index(np.array([0.0, 0.0, 0.0, 1.0]))  # the richest pays all
    0.75
    """
    if len(paid) == 0:
        return None
    rank = (np.arange(len(paid)) + 0.5) / len(paid)
    mean = float(paid.mean())
    return over(2 * float(((paid - mean) * (rank - 0.5)).mean()), mean)


def _facilities(run: Outcome) -> Iterator[tuple[str, Measured]]:
    counted = slice(run.tally.warm_up, run.tally.warm_up + run.tally.n_days)
    daily = {name: table[counted].sum(axis=0) for name, table in run.tally.daily.items()}
    doctor_days = np.bincount(run.tier, weights=run.doctors, minlength=len(Tier)) * WORKING_DAYS
    for tier in Tier:
        visits = daily["visits"][tier]
        load = over(visits, daily["capacity"][tier])
        pace = over(visits, doctor_days[tier] * run.years)
        yield f"utilisation_{tier.word}", Measured(load, "share")
        yield f"visits_per_doctor_day_{tier.word}", Measured(pace, "visits/doctor/day")
    for tier in STAY_TIERS:
        occupancy = over(daily["beds_taken"][tier], daily["beds"][tier])
        yield f"bed_occupancy_{tier.word}", Measured(occupancy, "share")


def _funds(run: Outcome) -> Iterator[tuple[str, Measured]]:
    """The ledger, by fund; transfers between funds count on both sides."""
    books, months = run.ledger, 12 * run.years
    gained, paid = books.gained / FEN, books.paid / FEN
    for row, fund in enumerate(FUNDS):
        closing = float(books.closing[row]) / FEN
        reserve = over(closing, over(float(paid[row]), months))
        yield f"fund_income_{fund}_cny", Measured(float(gained[row]), "CNY")
        yield f"fund_spending_{fund}_cny", Measured(float(paid[row]), "CNY")
        yield f"fund_balance_{fund}_cny", Measured(closing, "CNY")
        yield f"reserve_months_{fund}", Measured(reserve, "months")
    spent = {fund: float(fen.sum()) / FEN for fund, fen in run.tally.spending().items()}
    to_accounts = float(books.flows.transfer_out[POOL].sum()) / FEN
    for fund, schemes, income, spending in (
        ("ebmi_pool", EBMI, gained[POOL] - to_accounts, spent["ebmi_pool"]),
        # the scheme's fund pays for critical illness insurance
        ("rbmi", RBMI, gained[RESIDENTS], spent["rbmi"] + spent["critical_illness"]),
    ):
        members = float(_members(_person_years(run), schemes).sum())
        each = over(float(income) * run.sample, members)
        yield f"{fund}_income_per_member", Measured(each, PER_YEAR)
        yield f"{fund}_spend_per_member", Measured(over(spending, members), PER_YEAR)


def _sum(tally: Tally, name: str, tiers: tuple[Tier, ...] = ALL) -> Counts:
    counts: Counts = tally.by_group(name)[..., list(tiers)].sum(axis=-1)
    return counts


def _person_years(run: Outcome) -> Counts:
    return run.tally.residents.reshape(SHAPE) * run.years


def _members(counts: Counts, schemes: tuple[Scheme, ...]) -> Counts:
    """The counts of a scheme's members in this region's pool."""
    return only(only(counts, "scheme", schemes), "member", HERE)


def _by_cell(run: Outcome, values: Floats | Bools) -> Counts:
    counts = np.bincount(run.tally.cell, weights=values, minlength=N_CELLS)
    return counts.astype(np.float64).reshape(SHAPE)
