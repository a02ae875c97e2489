"""What stands in the files of a run: columns, words, sums that must agree, months without gaps."""

from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from experiments.runner import run
from model.scenario import make_scenario
from model.terms import Condition

START, WARM_UP, DAYS = date(2023, 11, 20), 30, 95  # into February, across a year's end
MONTHS = ["2023-11", "2023-12", "2024-01", "2024-02"]
TIERS = ["clinic", "centre", "secondary", "tertiary"]
CONDITIONS = [condition.word for condition in Condition]
WORDS = {
    "tier": TIERS,
    "scheme": ["EBMI_ACTIVE", "EBMI_RETIRED", "RBMI", "NONE"],
    "service": ["outpatient", "chronic", "inpatient", "maternity", "pharmacy"],
    "condition": CONDITIONS,
    "first_contact": TIERS,
    "outcome": ["resolved", "purchased", "passed", "unresolved"],
}
WHO = ["day", "episode", "resident", "settlement", "facility", "tier", "scheme", "service"]
HOW = ["condition", "referred", "emergency", "claimed", "wait_day", "wait_min", "travel_min"]
SPLIT = ["fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"]
FUNDS = ["hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay"]
PAID = ["fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay"]
MONEY = ["medfee_sumamt", *SPLIT, "act_pay_dedc", *FUNDS, *PAID]
EPISODE = ["episode", "resident", "onset_day", "condition", "severity", "wanted"]
ENDED = ["first_contact", "outcome", "closed_day"]
SUMS = {"charge_cny": "medfee_sumamt", "fund_cny": "fund_pay_sumamt", "cash_cny": "psn_cash_pay"}


@pytest.fixture(scope="module", params=["brook", "national"])
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "out"
    plan = make_scenario(
        region=request.param, residents=3000, start=START, warm_up=WARM_UP, days=DAYS
    )
    model = run(plan, folder, encounters=True).model
    encounters = pl.read_parquet(folder / "encounters" / "*.parquet")
    return SimpleNamespace(
        folder=folder,
        region=model.region,
        residents=model.world.residents,
        encounters=encounters,
        provided=encounters.drop_nulls("facility"),
        spells=pl.read_parquet(folder / "episodes" / "*.parquet"),
        **{
            name: pl.read_parquet(folder / f"{name}.parquet")
            for name in ("daily", "facilities", "funds", "flows")
        },
    )


@pytest.fixture(scope="module")
def fen(made):
    """The money columns as whole fen."""
    return made.encounters.select((pl.col(MONEY) * 100).round().cast(pl.Int64))


def month_of(day):
    return (pl.lit(START) + pl.duration(days=day)).dt.strftime("%Y-%m")


def test_columns_are_those_of_the_design(made):
    assert made.encounters.columns == [*WHO, *HOW, "stay_day", "online", *MONEY]
    assert made.spells.columns == [*EPISODE, *ENDED]
    assert made.flows.columns == ["settlement", "facility", "visits"]


def test_words_are_those_allowed(made):
    for table in (made.encounters, made.spells):
        for name in set(table.columns) & set(WORDS):
            used = table[name].drop_nulls().cast(pl.String).unique().to_list()
            assert set(used) <= set(WORDS[name]), name
    assert set(made.provided["facility"].cast(pl.String)) <= set(made.region.facilities.id)
    assert set(made.encounters["settlement"].cast(pl.String)) <= set(made.region.settlements.id)
    assert made.daily["tier"].unique(maintain_order=True).to_list() == TIERS


def test_a_gap_means_no_facility_no_spell_or_no_provider(made):
    pharmacy = pl.col("service").cast(pl.String) == "pharmacy"
    holes = made.encounters.select(pl.all().null_count()).row(0, named=True)
    bought = made.encounters.filter(pharmacy)
    assert {name for name, n in holes.items() if n} <= {"episode", "facility", "tier"}
    assert holes["facility"] == holes["tier"] == bought["facility"].null_count() == len(bought) > 0
    follow_ups = made.encounters.filter(pl.col("episode").is_null())
    chronic = {"hypertension_diabetes", "other_chronic"}
    assert set(follow_ups["condition"].cast(pl.String)) == chronic
    holes = made.spells.select(pl.all().null_count()).row(0, named=True)
    assert {name for name, n in holes.items() if n} == {"first_contact"}


def test_rows_name_residents_as_they_are(made):
    person = made.encounters["resident"].to_numpy()
    words = made.encounters["scheme"].cast(pl.String).to_list()
    assert [WORDS["scheme"][code] for code in made.residents.scheme[person]] == words
    settlement = made.region.places.settlement[made.residents.place[person]]
    assert [made.region.settlements.id[at] for at in settlement] == made.encounters[
        "settlement"
    ].cast(pl.String).to_list()
    tier_of = dict(zip(made.region.facilities.id, made.region.facilities.tier, strict=True))
    at = made.provided["facility"].cast(pl.String).to_list()
    assert [TIERS[tier_of[facility]] for facility in at] == made.provided["tier"].to_list()


def test_no_spell_arrives_with_a_referral_at_its_first_contact(made):
    new = made.spells.filter(pl.col("onset_day") >= 0)["episode"].implode()
    visits = made.provided.filter((pl.col("stay_day") == 0) & pl.col("episode").is_in(new))
    first = visits.unique("episode", keep="first", maintain_order=True)
    assert len(first) > 500
    assert not first["referred"].any()
    assert visits["referred"].any()


def test_days_lie_within_the_counted_ones(made):
    for table, day in ((made.encounters, "day"), (made.spells, "closed_day")):
        assert (table[day].min(), table[day].max()) == (0, DAYS - 1)
    assert (made.spells["onset_day"] <= made.spells["closed_day"]).all()
    assert made.spells["episode"].is_unique().all()
    assert made.spells["severity"].is_between(0, 1).all()
    for name in ("wait_day", "wait_min", "travel_min", "stay_day"):
        assert (made.encounters[name] >= 0).all()


@pytest.mark.parametrize("name", ["encounters", "episodes"])
def test_every_month_has_its_file_and_only_its_days(made, name):
    files = sorted((made.folder / name).iterdir())
    assert [file.name for file in files] == [f"{month}.parquet" for month in MONTHS]
    day = "day" if name == "encounters" else "closed_day"
    for file in files:
        found = pl.read_parquet(file).select(month_of(pl.col(day)).unique()).to_series().to_list()
        assert found == [file.stem]


def test_every_day_and_every_month_has_its_rows(made):
    n, ids = len(TIERS), list(made.region.facilities.id)
    days = list(range(-WARM_UP, DAYS))
    assert made.daily["day"].to_list() == [day for day in days for _ in range(n)]
    dates = [START + timedelta(day) for day in days for _ in range(n)]
    assert made.daily["date"].to_list() == dates
    assert made.facilities["facility"].to_list() == ids * len(MONTHS)
    assert made.facilities["month"].to_list() == [month for month in MONTHS for _ in ids]
    assert made.funds.group_by("fund").agg(pl.col("month"))["month"].to_list() == [MONTHS] * 6
    for table in (made.daily, made.facilities, made.funds, made.flows):
        assert sum(table.null_count().row(0)) == 0


def test_money_has_two_decimals(made):
    off = made.encounters.select(((pl.col(MONEY) * 100).round() / 100 - pl.col(MONEY)).abs().max())
    assert max(off.row(0)) == 0


def test_every_row_adds_up_to_the_fen(fen):
    total = fen["medfee_sumamt"]
    assert (total == fen.select(pl.sum_horizontal(SPLIT)).to_series()).all()
    assert (total == fen.select(pl.sum_horizontal(PAID)).to_series()).all()
    assert (fen["fund_pay_sumamt"] == fen.select(pl.sum_horizontal(FUNDS)).to_series()).all()
    assert (fen["act_pay_dedc"] <= fen["inscp_scp_amt"]).all()
    assert min(fen.select(pl.all().min()).row(0)) >= 0


def test_what_is_not_claimed_no_fund_pays(made, fen):
    unclaimed = ~made.encounters["claimed"]
    assert fen.filter(unclaimed).select(pl.col("fund_pay_sumamt", "acct_pay").sum()).row(0) == (
        0,
        0,
    )
    uninsured = made.encounters.filter(pl.col("scheme").cast(pl.String) == "NONE")
    assert not uninsured["claimed"].any()


def test_money_by_day_is_that_of_the_rows(made):
    wanted = ["day", "tier", *SUMS]
    counted = made.daily.filter(pl.col("day") >= 0).select(wanted)
    rows = made.provided.group_by("day", "tier").agg(
        pl.col(had).sum().alias(name) for name, had in SUMS.items()
    )
    rows = rows.with_columns(pl.col("day").cast(pl.Int32), pl.col("tier").cast(pl.String))
    both = counted.join(rows, on=["day", "tier"], how="left", suffix="_rows").fill_null(0)
    for name in SUMS:
        assert both[name].to_list() == pytest.approx(both[f"{name}_rows"].to_list(), abs=0.005)


def test_money_by_facility_and_month_is_that_of_the_rows(made):
    rows = made.provided.with_columns(month=month_of(pl.col("day")))
    stay = pl.col("stay_day") > 0
    rows = rows.group_by(pl.col("facility").cast(pl.String), "month").agg(
        *(pl.col(had).sum().alias(name) for name, had in SUMS.items()),
        (~stay).sum().alias("visits"),
        stay.sum().alias("admissions"),
    )
    both = made.facilities.join(rows, on=["facility", "month"], how="left", suffix="_rows")
    both = both.with_columns(pl.selectors.ends_with("_rows").fill_null(0))
    for name in ("visits", "admissions", *SUMS):
        assert both[name].to_list() == pytest.approx(both[f"{name}_rows"].to_list(), abs=0.005)


def test_flows_are_the_visits(made):
    visits = made.provided.filter(pl.col("stay_day") == 0)
    rows = visits.group_by(pl.col("settlement", "facility").cast(pl.String)).len("visits")
    pairs = zip(made.flows["settlement"], made.flows["facility"], made.flows["visits"], strict=True)
    assert {(home, at): n for home, at, n in pairs} == {
        (home, at): n for home, at, n in rows.iter_rows()
    }
    assert made.flows["visits"].sum() == made.facilities["visits"].sum() == len(visits)


def test_funds_pay_what_their_members_bills_say(made):
    here = pl.Series(made.residents.insured_here).gather(made.encounters["resident"])
    rows = made.encounters.filter(here).with_columns(month=month_of(pl.col("day")))
    residents = pl.col("scheme").cast(pl.String) == "RBMI"
    by_month = rows.group_by("month").agg(
        ebmi_pool=pl.col("hifp_pay").filter(~residents).sum(),
        rbmi=pl.col("hifp_pay").filter(residents).sum(),
        critical_illness=pl.col("hifmi_pay").sum(),
        catastrophic_subsidy=pl.col("hifob_pay").sum(),
        assistance=pl.col("maf_pay").sum(),
        ebmi_account=(pl.col("acct_pay") + pl.col("acct_mulaid_pay")).sum(),
    )
    by_bills = by_month.unpivot(index="month", variable_name="fund", value_name="billed")
    both = made.funds.join(by_bills, on=["fund", "month"], how="left").fill_null(0)
    spent = (both["spending_cny"] - both["allowance_cny"]).to_list()
    assert spent == pytest.approx(both["billed"].to_list(), abs=0.015)
