"""Indicators against counts done by hand in a village of twenty.

Ten villagers (rows 0 to 9, rural) and ten townspeople (10 to 19, urban) are followed for 73 days
after a warm-up of 10. 73 days are 0.2 years, so 20 residents live 4 person-years. Money is CNY.
"""

import numpy as np
import pytest

from model.indicators import measure
from model.insurance.funds import FUNDS, POOL, RESIDENTS, Flows, Ledger, Members
from model.state import Residents
from model.terms import Scheme, Tier

WARM_UP, DAYS = 10, 73
FACILITIES = """
    letter tier      kind            area   doctors beds taken capacity
    C      CLINIC    village_clinic  COUNTY 1       0    0     1
    T      CENTRE    township_centre COUNTY 2       2    1     1
    L      CENTRE    level1_hospital COUNTY 1       2    0     0.5
    S      SECONDARY general         COUNTY 4       5    2     2
    P      TERTIARY  general         POOL   5       4    1     1
    A      TERTIARY  general         AWAY   5       4    1     0.5
"""
# Row i earns 5,000 x (i + 1), so that rows 0 to 3 are the poorest fifth, 16 to 19 the richest.
# Members of this region's pool: 11 in RBMI, 6 in EBMI (13 is insured elsewhere); 3 and 19 are
# uninsured. 8 and 9 are entitled to assistance.
AGES = [5, 14, 15, 30, 40, 50, 59, 60, 70, 80, 8, 25, 35, 45, 55, 62, 65, 66, 75, 90]
ACTIVE, RETIRED, UNINSURED, ELSEWHERE = (4, 11, 12, 13), (15, 16, 17), (3, 19), 13
ASSISTED = (8, 9)
# Warm-up days are negative: nothing of them counts, except the discharge on day 1.
VISITS = """
    day who at claimed wait_day wait_min travel charge own scope hifp acct what
    -1  0   C  1       9        99       99     999    9   9     9    0    first,walked
    0   0   C  1       0        10       5      50     10  40    20   0    first,walked
    0   7   T  1       1        20       15     150    50  100   50   0    first,walked,up
    3   7   S  1       2        60       30     300    100 200   80   0    -
    10  11  P  1       0        30       60     400    100 300   150  50   first,walked
    20  13  A  1       0        30       120    500    100 400   200  0    first,walked
    30  19  C  0       0        10       5      40     10  30    0    0    first,walked
    31  15  L  1       0        20       10     200    50  150   90   60   first,walked
    31  15  S  1       0        0        20     600    100 500   300  0    first,walked,emergency
    40  9   C  0       0        30       5      60     20  40    0    0    down
    72  18  S  1       1        90       20     300    50  250   100  0    first,up
"""
STAYS = """
    day who at claimed condition     weight days charge own  scope hifp  hifmi hifob maf
    -5  8   S  1       SURGERY       9      6    9999   9    9     9     9     9     9
    5   15  A  1       CANCER        2      8    20000  4000 14000 10000 0     2000  0
    10  18  S  0       OTHER_CHRONIC 0.5    7    4000   400  3000  0     0     0     0
    20  8   T  1       OTHER_CHRONIC 0.5    10   2000   200  1600  1000  0     0     300
    43  15  P  1       CANCER        1.5    5    10000  1000 8000  7000  0     0     0
    50  13  S  1       SURGERY       1      4    5000   500  4000  3000  0     0     0
    60  3   S  0       INJURY        0.5    3    3000   300  2500  0     0     0     0
    61  8   S  1       SURGERY       1      20   6000   1000 4500  2700  300   0     500
"""
PURCHASES = """
    day who claimed charge own scope hifp acct
    -3  2   1       99     9   90    9    0
    12  11  1       100    25  75    0    80
    15  2   1       40     10  30    10   0
"""
SPELLS = """
    day who wanted seen worsened outcome
    -2  1   1      0    1        UNRESOLVED
    0   0   1      1    0        RESOLVED
    5   2   0      0    0        PURCHASED
    6   4   1      0    0        PASSED
    7   7   1      1    1        RESOLVED
    20  11  1      1    0        RESOLVED
    25  12  1      0    0        UNRESOLVED
    28  5   0      0    0        PASSED
    30  15  1      1    0        RESOLVED
    33  16  1      1    0        RESOLVED
"""
TABLES = dict(facilities=FACILITIES, visits=VISITS, stays=STAYS, purchases=PURCHASES, spells=SPELLS)
ADVISED = {-4: [8], 5: [15], 10: [18], 20: [8], 30: [10], 40: [14], 43: [15], 50: [13], 60: [3, 8]}
TAKEN_UP = {5: [15], 10: [18], 20: [8], 43: [15], 50: [13], 60: [3], 61: [8]}
IN, TO_OTHERS = np.zeros((2, len(FUNDS), 1), np.int64)  # fen, of forty people
IN[[POOL, RESIDENTS], 0], TO_OTHERS[POOL] = (1_240_000, 400_000), 40_000
NONE = np.zeros_like(IN)
AROUND = {
    "nearest_min": np.array([16.0, 16.0, 15.0] + [5.0] * 17),
    "ledger": Ledger(
        ("",), Members(6, 6, 22, 4), NONE[:, 0], Flows(IN, NONE, TO_OTHERS, NONE), NONE[0]
    ),
    "premium": np.array([0.0, 100.0, 300.0] + [0.0] * 17),
    "subsistence": np.array([5000.0, 10000.0]),  # rural, urban
    "sample": 0.5,  # the village stands for forty people
}

PERSON_YEARS = 20 * 0.2
EBMI_YEARS, ACTIVE_YEARS, RETIRED_YEARS, RBMI_YEARS = 6 * 0.2, 3 * 0.2, 3 * 0.2, 11 * 0.2
# visits 2,600, stays 50,000, purchases 140
CHARGE = 2600 + 50000 + 140
# visits 990; stays 12,000 + 1,300 + 7,000 + 3,000 + 3,500; purchases 10
FUND = 990 + 26800 + 10
ACCOUNT = 50 + 60 + 80
CASH = CHARGE - FUND - ACCOUNT  # 24,750, of which villagers paid 30 + 30 + 3000 + 320 + 3200 + 60
RURAL_CASH = 6640
# claimed by members: visits 400 + 200 + 600, stays 20,000 + 10,000, a purchase of 100
EBMI_CLAIMED = 1200 + 30000 + 100
# claimed by members: visits 50 + 150 + 300 + 300, stays 2,000 + 6,000, a purchase of 40
RBMI_CLAIMED = 800 + 8000 + 40
# paid out of the pools for members: visits, then stays, then a purchase
EBMI_POOL = (150 + 90 + 300) + (10000 + 7000)
RBMI_POOL = (20 + 50 + 80 + 100) + (1000 + 2700) + 10

HAND = {
    # 10 visits: 3 at the clinic, T and L one each, 3 at the hospital S, P and A one each
    "visits_per_resident": 10 / PERSON_YEARS,
    "visits_primary_per_resident": 5 / PERSON_YEARS,
    "visits_hospital_per_resident": 5 / PERSON_YEARS,
    "online_per_resident": 0,  # by the files of a run in test_indicators_from_files.py
    "visit_share_clinic": 3 / 10,
    "visit_share_centre": 2 / 10,
    "visit_share_secondary": 3 / 10,
    "visit_share_tertiary": 2 / 10,
    "primary_institution_share": 4 / 10,  # without the level-1 hospital
    "within_county_visit_share": 8 / 10,
    "within_county_primary_share": 5 / 8,
    "mean_wait_day_clinic": 0,
    "mean_wait_day_centre": (1 + 0) / 2,
    "mean_wait_day_secondary": (2 + 0 + 1) / 3,
    "mean_wait_day_tertiary": 0,
    "mean_wait_min_clinic": (10 + 10 + 30) / 3,
    "mean_wait_min_centre": (20 + 20) / 2,
    "mean_wait_min_secondary": (60 + 0 + 90) / 3,
    "mean_wait_min_tertiary": (30 + 30) / 2,
    "travel_min_mean": (5 + 15 + 30 + 60 + 120 + 5 + 10 + 20 + 5 + 20) / 10,
    "two_week_consultation_rate": 10 / PERSON_YEARS * 14 / 365,
    "two_week_consultation_rate_60plus": 7 / (8 * 0.2) * 14 / 365,
    # 8 spells were first seen, 4 of them at primary care; 7 were no emergencies, of which two
    # walked in at P and A, and one came to S by an agreement
    "first_contact_primary_share": 4 / 8,
    "bypassing_share": 2 / 7,
    "referral_up_rate": 1 / 5,  # from S to a tertiary hospital is no referral of primary care
    "referral_down_rate": 1 / 6,
    # 9 spells, 7 of which wanted a provider: those of 4 and 12 saw none
    "unmet_need_share": 2 / 7,
    "resolved_share": 7 / 9,  # 7's had worsened, 12's was given up
    "self_treatment_rural": 3 / 5,
    "self_treatment_urban": 1 / 4,
    # 7 stays began: 1 at T, 4 at S, P and A one each
    "admissions_per_resident": 7 / PERSON_YEARS,
    "admissions_hospital_per_resident": 6 / PERSON_YEARS,
    "admission_share_centre": 1 / 7,
    "admission_share_secondary": 4 / 7,
    "admission_share_tertiary": 2 / 7,
    "within_county_admission_share": 5 / 7,
    "avoidable_admissions_per_resident": 2 / PERSON_YEARS,  # other chronic
    # 8 came back on day 20 after day 1, 15 on day 43 after day 13; 8 on day 61 after day 30 is late
    "readmission_30": 2 / 7,
    # 7 stays ended, 1 at T; the one begun in warm-up counts, the one that lasts until day 81 not
    "length_of_stay_centre": 10,
    "length_of_stay_secondary": (6 + 7 + 4 + 3) / 4,
    "length_of_stay_tertiary": (8 + 5) / 2,
    "case_mix_index": (2 + 0.5 + 0.5 + 1.5 + 1 + 0.5 + 1) / 7,
    "case_mix_index_centre": 0.5,
    "case_mix_index_secondary": (0.5 + 1 + 0.5 + 1) / 4,
    "case_mix_index_tertiary": (2 + 1.5) / 2,
    "unmet_admission_need": 2 / 9,  # 10 and 14
    "admission_rate_60plus": 3 / 8,  # 8, 15 and 18
    "admission_rate_ebmi": 2 / EBMI_YEARS,  # 15 twice; 13 is no member
    "admission_rate_ebmi_active": 0,
    "admission_rate_ebmi_retired": 2 / RETIRED_YEARS,
    "admission_rate_rbmi": 2 / RBMI_YEARS,  # 8 twice; 18's stay was not claimed
    "admissions_outside_basic_insurance": 2 / 7,
    # the same capacity and beds on all 73 days
    "utilisation_clinic": 3 / 73,
    "utilisation_centre": 2 / (1.5 * 73),
    "utilisation_secondary": 3 / (2 * 73),
    "utilisation_tertiary": 2 / (1.5 * 73),
    "visits_per_doctor_day_clinic": 3 / (1 * 251 * 0.2),
    "visits_per_doctor_day_centre": 2 / (3 * 251 * 0.2),
    "visits_per_doctor_day_secondary": 3 / (4 * 251 * 0.2),
    "visits_per_doctor_day_tertiary": 2 / (10 * 251 * 0.2),
    "bed_occupancy_centre": 1 / 4,
    "bed_occupancy_secondary": 2 / 5,
    "bed_occupancy_tertiary": 2 / 8,
    "outpatient_charge_clinic": (50 + 40 + 60) / 3,
    "outpatient_charge_centre": (150 + 200) / 2,
    "outpatient_charge_secondary": (300 + 600 + 300) / 3,
    "outpatient_charge_tertiary": (400 + 500) / 2,
    "outpatient_charge_hospital": (1200 + 900) / 5,
    "inpatient_charge_centre": 2000,
    "inpatient_charge_secondary": (4000 + 5000 + 3000 + 6000) / 4,
    "inpatient_charge_tertiary": (20000 + 10000) / 2,
    "inpatient_charge_hospital": 48000 / 6,
    "charge_per_resident_cny": CHARGE / PERSON_YEARS,
    "fund_payment_per_resident_cny": FUND / PERSON_YEARS,
    "out_of_pocket_per_resident_cny": CASH / PERSON_YEARS,
    "out_of_pocket_share": CASH / CHARGE,
    "out_of_catalogue_share": (590 + 7400 + 35) / CHARGE,
    # half of a charge at primary care is drugs, a quarter at hospitals, all at the pharmacy:
    # visits 75 + 175 + 300 + 225, stays 1,000 + 12,000, purchases 140
    "drug_share": (775 + 13000 + 140) / CHARGE,
    # not P (150 + 7,000), not A (200 + 12,000), not the pharmacy (10)
    "fund_within_county_share": (640 + 1300 + 3000 + 3500) / FUND,
    "fund_primary_share": (20 + 50 + 90 + 1300) / FUND,
    "assistance_per_stay_over_oop": (300 + 500) / (300 + 700 + 500 + 2500),
    "retiree_expense_share": (200 + 600 + 30000) / EBMI_CLAIMED,  # members claimed all of it
    "claims_per_member_ebmi": 3 / EBMI_YEARS,
    "claims_per_member_rbmi": 4 / RBMI_YEARS,
    "charge_per_stay_ebmi": (20000 + 10000 + 5000) / 3,
    "charge_per_stay_rbmi": (2000 + 6000) / 2,
    "policy_range_ratio_ebmi": (12000 + 7000 + 3000) / (14000 + 8000 + 4000),
    "policy_range_ratio_ebmi_primary": None,
    "policy_range_ratio_ebmi_secondary": 3000 / 4000,
    "policy_range_ratio_ebmi_tertiary": (12000 + 7000) / (14000 + 8000),
    "policy_range_ratio_rbmi": (1000 + 3000) / (1600 + 4500),
    "policy_range_ratio_rbmi_primary": 1000 / 1600,
    "policy_range_ratio_rbmi_secondary": 3000 / 4500,
    "policy_range_ratio_rbmi_tertiary": None,
    "real_ratio_ebmi_pool": (EBMI_POOL + 2000) / EBMI_CLAIMED,  # with the catastrophic subsidy
    "real_ratio_rbmi": (RBMI_POOL + 300) / RBMI_CLAIMED,  # with critical illness insurance
    "out_of_area_expense_share_ebmi": 20000 / (EBMI_CLAIMED - 100),
    "out_of_area_expense_share_rbmi": 0,
    "ebmi_pool_income_per_member": (12400 - 400) / 2 / EBMI_YEARS,
    "ebmi_pool_spend_per_member": EBMI_POOL / EBMI_YEARS,
    "rbmi_income_per_member": 4000 / 2 / RBMI_YEARS,
    "rbmi_spend_per_member": (RBMI_POOL + 300) / RBMI_YEARS,
    # cash of a year, five times that of 73 days, over income: 3 15,000 / 20,000,
    # 8 16,000 / 45,000, 13 11,500 / 70,000, 15 56,750 / 80,000, 18 21,000 / 95,000, others little
    "catastrophic_10": 5 / 20,
    "catastrophic_25": 3 / 20,
    # of income above 5,000 (rural) or 10,000 (urban): 3, 15, and 0, who has nothing above it; 8's
    # 16,000 are 40 % exactly, which is not over
    "catastrophic_40": 3 / 20,
    # twice the mean rank, rank of row i = (2 i + 1) / 40, weighted by cash, less 1
    "concentration_index_out_of_pocket": 2
    * (30 * 1 + 30 * 5 + 3000 * 7 + 320 * 15 + 3200 * 17 + 60 * 19 + 220 * 23)
    / (40 * CASH)
    + 2 * (2300 * 27 + 11350 * 31 + 4200 * 37 + 40 * 39) / (40 * CASH)
    - 1,
    "gap_rural_urban_visits_per_resident": 4 / 6,
    "gap_rural_urban_admissions_per_resident": 3 / 4,
    "gap_rural_urban_first_contact_primary_share": (2 / 2) / (2 / 6),
    "gap_rural_urban_out_of_pocket_per_resident_cny": RURAL_CASH / (CASH - RURAL_CASH),
    "gap_rural_urban_unmet_need_share": (1 / 3) / (1 / 4),
    "premium_per_member_rbmi": (100 + 300) / 2,
    "premium_share_of_income_rbmi": (100 / 10_000 + 300 / 15_000) / 2,
    "chronic_control_share": 3 / 5,
    "within_15_minutes": 18 / 20,
    "trust_clinic": (10 * 0.75 + 10 * 0.25) / 20,
    "trust_centre": 0.5,
    "trust_secondary": 0.625,
    "trust_tertiary": 0.875,
    "trust_primary": (10 * (0.75 + 0.5) / 2 + 10 * (0.25 + 0.5) / 2) / 20,
}
VISITS_BY_GROUP = {
    "residence": {"rural": 4 / 2, "urban": 6 / 2},
    "scheme": {
        "EBMI_ACTIVE": 2 / (4 * 0.2),
        "EBMI_RETIRED": 2 / (3 * 0.2),
        "RBMI": 5 / (11 * 0.2),
        "NONE": 1 / (2 * 0.2),
    },
    "age": {"0-14": 1 / (3 * 0.2), "15-59": 2 / (9 * 0.2), "60+": 7 / (8 * 0.2)},
    "income": {"q1": 1 / 0.8, "q2": 2 / 0.8, "q3": 2 / 0.8, "q4": 3 / 0.8, "q5": 2 / 0.8},
    "assistance": {"no": 9 / (18 * 0.2), "yes": 1 / (2 * 0.2)},
}
OF_FACILITIES = ("utilisation_", "visits_per_doctor_day_", "bed_occupancy_")
BOOKED = ("fund_income", "fund_spending", "fund_balance", "reserve_months")
OF_FUNDS = (*BOOKED, "ebmi_pool_", "rbmi_income", "rbmi_spend")
PREMIUM = {"premium_per_member_rbmi", "premium_share_of_income_rbmi"}
STANDING = (
    {"within_15_minutes", "chronic_control_share", "trust_primary"}
    | PREMIUM
    | {f"trust_{tier.word}" for tier in Tier}
)  # true of a day, counted or not


def villagers():
    row = np.arange(20)
    urban = row >= 10
    scheme = np.full(20, Scheme.RBMI, np.int8)
    scheme[list(ACTIVE)], scheme[list(RETIRED)] = Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED
    scheme[list(UNINSURED)] = Scheme.NONE
    clinic = np.where(urban, 0.25, 0.75)
    trust = np.stack([clinic, *(np.full(20, level) for level in (0.5, 0.625, 0.875))])
    return Residents(
        place=urban.astype(np.int32),
        household=row.astype(np.int32),
        age=np.array(AGES, np.int8),
        female=row % 2 == 0,
        urban=urban,
        income=(5000 * (row + 1)).astype(np.float32),
        income_group=(row // 4).astype(np.int8),
        scheme=scheme,
        insured_here=~np.isin(row, (*UNINSURED, ELSEWHERE)),
        assistance=np.isin(row, ASSISTED),
        hypertension=np.isin(row, (7, 8, 9, 15)),
        diabetes=np.isin(row, (8, 16)),
        other_chronic=np.zeros(20, np.bool_),
        contract=np.zeros(20, np.bool_),
        frailty=np.ones(20, np.float32),
        trust=trust.astype(np.float32),
    )


@pytest.fixture(scope="module")
def village(live):
    lived = live(
        villagers(),
        WARM_UP,
        DAYS,
        advised=ADVISED,
        taken_up=TAKEN_UP,
        tables=TABLES,
        **AROUND,
    )
    lived.memory.controlled[[0, 7, 8, 15]] = True  # 0 has neither disease
    return lived


@pytest.fixture(scope="module")
def measured(village):
    return measure(village)


@pytest.mark.parametrize(("name", "value"), HAND.items())
def test_an_indicator_is_what_a_hand_counts(measured, name, value):
    found = measured[name].value
    assert found is None if value is None else found == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_every_indicator_is_counted_by_hand(measured):
    booked = {name for name in measured if name.startswith(BOOKED)}  # see test_funds.py
    assert set(measured) - booked == set(HAND)


@pytest.mark.parametrize("group", VISITS_BY_GROUP)
def test_groups_are_counted_by_themselves(measured, group):
    assert measured["visits_per_resident"].by[group] == pytest.approx(VISITS_BY_GROUP[group])


def test_indicators_of_residents_and_encounters_alone_have_groups(measured):
    keys = {group: tuple(values) for group, values in VISITS_BY_GROUP.items()}
    for name, one in measured.items():
        expected = {} if name.startswith(OF_FACILITIES + OF_FUNDS) else keys
        assert {group: tuple(values) for group, values in one.by.items()} == expected, name


def test_a_gap_and_a_concentration_within_a_group(measured):
    gap = measured["gap_rural_urban_visits_per_resident"].by
    # of those aged 60 and over, three villagers made 3 visits, five townspeople 4
    assert gap["age"]["60+"] == pytest.approx((3 / 3) / (4 / 5))
    assert gap["residence"] == {"rural": None, "urban": None}
    concentration = measured["concentration_index_out_of_pocket"].by["residence"]["rural"]
    weighted = 30 * 1 + 30 * 5 + 3000 * 7 + 320 * 15 + 3200 * 17 + 60 * 19  # ranks (2 i + 1) / 20
    assert concentration == pytest.approx(2 * weighted / (20 * RURAL_CASH) - 1)


def test_months_and_flows(village):
    tally = village.tally
    assert tally.months == ["2023-12", "2024-01", "2024-02"]  # 31 + 31 + 11 days
    assert tally.facility["visits"].sum(axis=1).tolist() == [6, 3, 1]
    assert tally.facility["admissions"].sum(axis=1).tolist() == [3, 4, 0]
    assert tally.facility["bed_day_available"].sum(axis=1).tolist() == [
        17 * n for n in (31, 31, 11)
    ]
    letters = "CTLSPA"
    assert dict(zip(letters, tally.flows[0].tolist(), strict=True)) == {
        **dict.fromkeys(letters, 0), "C": 2, "T": 1, "S": 1,
    }  # fmt: skip
    assert tally.flows[1].tolist() == [1, 0, 1, 2, 1, 1]


def test_the_pharmacy_is_no_facility_but_a_fund_may_pay_it(village):
    counted = village.tally.daily["charge"][WARM_UP:]
    assert counted.sum() == 100 * (2600 + 50000)
    assert village.tally.facility["charge"].sum() == counted.sum()
    assert village.tally.funds["rbmi"].sum() == 100 * RBMI_POOL


def test_an_empty_count_is_null_not_a_number_that_is_none(live):
    lived = live(villagers(), 3, 0, tables={"facilities": FACILITIES}, **AROUND)
    for name, one in measure(lived).items():
        if not name.startswith("fund_"):
            assert (one.value is None) == (name not in STANDING), name


def test_nobody_returns_who_was_never_in_a_bed(live):
    """Days since the last discharge must not wrap round when a run is long."""
    first_stay = """
        day who at claimed condition weight days charge own scope
        880 5   S  1       SURGERY   1      4    100    0   100
    """
    tables = {"facilities": FACILITIES, "stays": first_stay}
    measured = measure(live(villagers(), 0, 900, tables=tables, **AROUND))
    assert measured["readmission_30"].value == 0
    assert measured["admissions_per_resident"].value == pytest.approx(1 / 20 * 365 / 900)
