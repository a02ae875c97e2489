"""Indicators recomputed from the files that the same run left."""

import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from experiments.runner import run
from model.groups import GROUPS, REPORTED, codes
from model.indicators import concentration_index
from model.scenario import make_scenario
from model.terms import Condition

TIERS = ["clinic", "centre", "secondary", "tertiary"]
PRIMARY, HOSPITAL, BEDS = TIERS[:2], TIERS[2:], TIERS[1:]
EBMI = ["EBMI_ACTIVE", "EBMI_RETIRED"]
# Nothing comes before the first run, so that its files hold every first contact and discharge.
ONLINE = "telemedicine:internet=0.5"
RUNS = {
    "cold": {"region": "national", "residents": 4000, "warm_up": 0, "days": 110},
    "warm": {"region": "brook", "warm_up": 40, "days": 100, "policies": ONLINE},
}
START = date(2023, 11, 16)
MINUTES = ("mean_wait_min", "travel_min")  # files keep minutes as float32
GAPS = (
    "visits_per_resident",
    "admissions_per_resident",
    "first_contact_primary_share",
    "out_of_pocket_per_resident_cny",
    "unmet_need_share",
)
HISTORY = {
    *(f"length_of_stay_{tier}" for tier in BEDS),
    *("readmission_30", "first_contact_primary_share", "bypassing_share"),
}
BEYOND_FILES = {
    *("referral_up_rate", "referral_down_rate", "unmet_admission_need", "resolved_share"),
    *("chronic_control_share", "within_15_minutes", "trust_primary"),
    *(f"trust_{tier}" for tier in TIERS),
    *("premium_per_member_rbmi", "premium_share_of_income_rbmi"),
    *("drug_share", "case_mix_index", *(f"case_mix_index_{tier}" for tier in BEDS)),
}


@pytest.fixture(scope="module", params=RUNS)
def files(request, tmp_path_factory):
    """A run as its files tell it, and its residents."""
    folder = tmp_path_factory.mktemp(request.param) / "out"
    done = run(make_scenario(start=START, **RUNS[request.param]), folder, encounters=True)
    region, residents = done.model.region, done.model.world.residents
    area = pl.DataFrame(
        {
            "facility": region.facilities.id,
            "kind": region.facilities.kind,
            "area": [("county", "pool", "away")[a] for a in region.facilities.area],
        }
    )
    rows = pl.read_parquet(folder / "encounters" / "*.parquet")
    rows = rows.with_columns(pl.col("facility").cast(pl.String))
    rows = rows.join(area, "facility", how="left", maintain_order="left")
    stay = pl.col("stay_day") > 0  # a visit of a pregnant woman is maternity care too
    return SimpleNamespace(
        model=done.model,
        residents=residents,
        years=done.summary["days"] / 365,
        summary=json.loads((folder / "summary.json").read_text(encoding="utf-8"))["indicators"],
        rows=rows.with_columns(pl.col("tier", "scheme", "service").cast(pl.String)),
        visits=rows.filter(pl.col("facility").is_not_null() & ~stay & ~pl.col("online")),
        online=rows.filter("online"),
        stays=rows.filter(stay),
        spells=pl.read_parquet(folder / "episodes" / "*.parquet"),
        monthly=pl.read_parquet(folder / "facilities.parquet"),
        funds=pl.read_parquet(folder / "funds.parquet"),
        cold=request.param == "cold",
    )


def each(files, rows, value=None):
    """Rows, or the sum of a value over them, by resident."""
    weights = None if value is None else rows.select(value).to_series().cast(pl.Float64)
    return np.bincount(rows["resident"], weights, len(files.residents)).astype(np.float64)


def of_tier(rows, *tiers):
    return rows.filter(pl.col("tier").is_in(tiers))


def visits(files):
    rows, person = files.visits, np.full(len(files.residents), files.years)
    count, old = each(files, rows), files.residents.age >= 60
    county = rows.filter(area="county")
    institution = of_tier(rows, *PRIMARY).filter(pl.col("kind") != "level1_hospital")
    yield "visits_per_resident", count, person
    yield "visits_primary_per_resident", each(files, of_tier(rows, *PRIMARY)), person
    yield "online_per_resident", each(files, files.online), person
    yield "visits_hospital_per_resident", each(files, of_tier(rows, *HOSPITAL)), person
    yield "two_week_consultation_rate", count * 14 / 365, person
    yield "two_week_consultation_rate_60plus", count * old * 14 / 365, person * old
    yield "primary_institution_share", each(files, institution), count
    yield "within_county_visit_share", each(files, county), count
    yield (
        "within_county_primary_share",
        each(files, of_tier(county, *PRIMARY)),
        each(files, county),
    )
    yield "travel_min_mean", each(files, rows, "travel_min"), count
    for tier in TIERS:
        here = of_tier(rows, tier)
        yield f"visit_share_{tier}", each(files, here), count
        yield f"mean_wait_day_{tier}", each(files, here, "wait_day"), each(files, here)
        yield f"mean_wait_min_{tier}", each(files, here, "wait_min"), each(files, here)
        yield f"outpatient_charge_{tier}", each(files, here, "medfee_sumamt"), each(files, here)
    hospital = of_tier(rows, *HOSPITAL)
    charge = each(files, hospital, "medfee_sumamt")
    yield "outpatient_charge_hospital", charge, each(files, hospital)


def stays(files):
    rows, person = files.stays, np.full(len(files.residents), files.years)
    count, illness = each(files, rows), files.model.world.p.illness
    sensitive = [c.word for c in Condition if illness.ambulatory_sensitive[c] > 0.5]
    avoidable = rows.filter(pl.col("condition").cast(pl.String).is_in(sensitive))
    old = files.residents.age >= 60
    yield "admissions_per_resident", count, person
    yield "admissions_hospital_per_resident", each(files, of_tier(rows, *HOSPITAL)), person
    yield "avoidable_admissions_per_resident", each(files, avoidable), person
    yield "within_county_admission_share", each(files, rows.filter(area="county")), count
    yield "admission_rate_60plus", (count > 0) & old, old
    yield "admissions_outside_basic_insurance", each(files, rows.filter(~pl.col("claimed"))), count
    for name, tiers in {**{tier: [tier] for tier in BEDS}, "hospital": HOSPITAL}.items():
        here = of_tier(rows, *tiers)
        yield f"inpatient_charge_{name}", each(files, here, "medfee_sumamt"), each(files, here)
    for tier in BEDS:
        here = of_tier(rows, tier)
        yield f"admission_share_{tier}", each(files, here), count


def history(files):
    """What only files that begin with the first day can tell."""
    rows, last = files.stays, files.model.tally.n_days
    left = rows.with_columns(left_day=pl.col("day") + pl.col("stay_day"))
    for tier in BEDS:
        here = of_tier(left.filter(pl.col("left_day") < last), tier)
        yield f"length_of_stay_{tier}", each(files, here, "stay_day"), each(files, here)
    before = left.sort("day").with_columns(
        since=pl.col("day") - pl.col("left_day").shift(1).over("resident")
    )
    yield "readmission_30", each(files, before.filter(pl.col("since") <= 30)), each(files, rows)
    first = files.visits.drop_nulls("episode").unique("episode", keep="first", maintain_order=True)
    planned = first.filter(~pl.col("emergency"))
    bypassing = of_tier(planned, *HOSPITAL).filter(~pl.col("referred"))
    at_primary = each(files, of_tier(first, *PRIMARY))
    yield "first_contact_primary_share", at_primary, each(files, first)
    yield "bypassing_share", each(files, bypassing), each(files, planned)


def spells(files):
    rows = files.spells
    alone = rows.filter(pl.col("first_contact").is_null())
    wanted = each(files, rows.filter("wanted"))
    yield "unmet_need_share", each(files, alone.filter("wanted")), wanted
    for code, residence in enumerate(GROUPS["residence"]):
        here = files.residents.urban == bool(code)
        yield f"self_treatment_{residence}", each(files, alone) * here, each(files, rows) * here


def money(files):
    rows, person = files.rows, np.full(len(files.residents), files.years)
    charge, fund = each(files, rows, "medfee_sumamt"), each(files, rows, "fund_pay_sumamt")
    cash = each(files, rows, "psn_cash_pay")
    at_primary = of_tier(rows, *PRIMARY)
    assisted = files.stays.filter(pl.col("maf_pay") > 0)
    assistance = each(files, assisted, "maf_pay")
    yield "charge_per_resident_cny", charge, person
    yield "fund_payment_per_resident_cny", fund, person
    yield "out_of_pocket_per_resident_cny", cash, person
    yield "out_of_pocket_share", cash, charge
    yield "out_of_catalogue_share", each(files, rows, "fulamt_ownpay_amt"), charge
    county = rows.filter(area="county")
    yield "fund_within_county_share", each(files, county, "fund_pay_sumamt"), fund
    yield "fund_primary_share", each(files, at_primary, "fund_pay_sumamt"), fund
    borne = assistance + each(files, assisted, "psn_cash_pay")
    yield "assistance_per_stay_over_oop", assistance, borne
    yield from burden(files, cash / files.years)


def burden(files, paid):
    residents = files.residents
    income, everyone = residents.income.astype(np.float64), np.ones(len(residents))
    floor = [
        files.model.parameters[f"indicators.subsistence.{r}"].value for r in GROUPS["residence"]
    ]
    able = np.maximum(income - np.array(floor)[residents.urban.astype(int)], 1)
    yield "catastrophic_10", paid > 0.10 * income, everyone
    yield "catastrophic_25", paid > 0.25 * income, everyone
    yield "catastrophic_40", paid > 0.40 * able, everyone


def schemes(files):
    here, scheme = files.residents.insured_here, files.residents.scheme
    claimed = files.rows.filter("claimed")
    charge = each(files, claimed, "medfee_sumamt")
    institution = claimed.drop_nulls("facility")
    away = institution.filter(area="away")
    pays = pl.col("hifp_pay") + pl.col("hifmi_pay") + pl.col("hifob_pay")
    stays = files.stays.filter("claimed")
    claims = each(files, files.visits.filter("claimed"))
    members_of = {
        "ebmi": here & (scheme < 2),
        "ebmi_active": here & (scheme == 0),
        "ebmi_retired": here & (scheme == 1),
        "rbmi": here & (scheme == 2),
    }
    for name, members in members_of.items():
        years = members * files.years
        yield f"admission_rate_{name}", each(files, stays) * members, years
    for name, pool, words in (("ebmi", "ebmi_pool", EBMI), ("rbmi", "rbmi", ["RBMI"])):
        members = members_of[name]
        yield f"claims_per_member_{name}", claims * members, members * files.years
        yield f"real_ratio_{pool}", each(files, claimed, pays) * members, charge * members
        yield (
            f"out_of_area_expense_share_{name}",
            each(files, away, "medfee_sumamt") * members,
            each(files, institution, "medfee_sumamt") * members,
        )
        of = stays.filter(pl.col("scheme").is_in(words))
        yield f"charge_per_stay_{name}", each(files, of, "medfee_sumamt"), each(files, of)
        at = {"": BEDS, "_primary": ["centre"], "_secondary": [TIERS[2]], "_tertiary": [TIERS[3]]}
        for where, tiers in at.items():
            some = of_tier(of, *tiers)
            yield (
                f"policy_range_ratio_{name}{where}",
                each(files, some, pays),
                each(files, some, "inscp_scp_amt"),
            )
    everything = each(files, files.rows, "medfee_sumamt")
    retired = everything * members_of["ebmi_retired"]
    yield "retiree_expense_share", retired, everything * members_of["ebmi"]


def facilities(files):
    """Ids that have a value only."""
    per_tier = files.monthly.group_by("tier").agg(pl.col("visits", "capacity", "^bed_day.*$").sum())
    doctors, tier_of = files.model.world.facility.doctors, files.model.world.facility.tier
    for row in per_tier.iter_rows(named=True):
        tier = row["tier"]
        days = doctors[tier_of == TIERS.index(tier)].sum() * 251 * files.years
        yield f"utilisation_{tier}", row["visits"] / row["capacity"]
        yield f"visits_per_doctor_day_{tier}", row["visits"] / days
        if tier in BEDS:
            yield f"bed_occupancy_{tier}", row["bed_day"] / row["bed_day_available"]


def funds(files):
    """Amounts of whole funds; both runs hold all residents, so that members are not a sample."""
    here, scheme = files.residents.insured_here, files.residents.scheme
    total = files.funds.group_by("fund").agg(pl.selectors.ends_with("_cny").sum())
    books = {row["fund"]: SimpleNamespace(**row) for row in total.iter_rows(named=True)}
    last = files.funds.filter(pl.col("month") == pl.col("month").max())
    balance = dict(last.select("fund", "balance_cny").iter_rows())
    for fund, book in books.items():
        paid = book.spending_cny + book.transfer_out_cny
        yield f"fund_income_{fund}_cny", book.income_cny + book.transfer_in_cny
        yield f"fund_spending_{fund}_cny", paid
        yield f"fund_balance_{fund}_cny", balance[fund]
        yield f"reserve_months_{fund}", over(balance[fund] * 12 * files.years, paid)
    pool, residents, critical = (books[f] for f in ("ebmi_pool", "rbmi", "critical_illness"))
    for fund, members, income, spending in (
        (
            "ebmi_pool",
            scheme < 2,
            pool.income_cny - pool.transfer_out_cny,
            pool.spending_cny - pool.allowance_cny,
        ),
        (
            "rbmi",
            scheme == 2,
            residents.income_cny + residents.transfer_in_cny,
            residents.spending_cny + critical.spending_cny,
        ),
    ):
        years = (here & members).sum() * files.years
        yield f"{fund}_income_per_member", income / years
        yield f"{fund}_spend_per_member", spending / years


def ratios(files):
    for chapter in (visits, stays, spells, money, schemes, *((history,) if files.cold else ())):
        yield from chapter(files)


def near(name, value):
    if value is None:
        return None
    return pytest.approx(value, rel=1e-6 if name.startswith(MINUTES) else 1e-9, abs=1e-12)


def over(above, below):
    return float(above / below) if below else None


def test_indicators_of_residents_and_encounters(files):
    code = codes(files.residents)
    for name, above, below in ratios(files):
        said = files.summary[name]
        assert said["value"] == near(name, over(above.sum(), below.sum())), name
        for group in REPORTED:
            for at, key in enumerate(GROUPS[group]):
                here = code[group] == at
                found = over(above[here].sum(), below[here].sum())
                assert said["by"][group][key] == near(name, found), (name, key)


def test_indicators_of_facilities_and_funds(files):
    for name, value in (*facilities(files), *funds(files)):
        assert files.summary[name]["value"] == near(name, value), name


def test_gaps_are_rural_over_urban(files):
    for name in GAPS:
        by = files.summary[name]["by"]["residence"]
        gap = files.summary[f"gap_rural_urban_{name}"]["value"]
        assert gap == near(name, by["rural"] / by["urban"])


def test_concentration_of_what_patients_paid(files):
    paid = each(files, files.rows, "psn_cash_pay")
    said = files.summary["concentration_index_out_of_pocket"]["value"]
    poorest_first = np.argsort(files.residents.income, kind="stable")
    assert said == near("", concentration_index(paid[poorest_first]))


def test_nothing_is_left_unchecked(files):
    checked = {name for name, *_ in (*ratios(files), *facilities(files), *funds(files))}
    checked |= {f"gap_rural_urban_{name}" for name in GAPS} | {"concentration_index_out_of_pocket"}
    left = BEYOND_FILES if files.cold else BEYOND_FILES | HISTORY
    assert set(files.summary) - checked == left
