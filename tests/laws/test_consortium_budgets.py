"""Bundled budgets of named consortia: whose care they bear, what is kept, and that books add up."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from experiments.tables import consortium_table
from model.insurance.payment import FEN, POOLS, PaymentParameters
from model.parameters import shipped_parameters
from model.policies.choice import parse_package
from model.policies.facilities import region_on, with_planned
from model.region.consortium import home_consortium
from model.region.read import read_region
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import InputError, Scheme, Service

HEAD = "title: {en: Members, zh: 成员}\nquestion: {en: Who, zh: 谁}\n"
TWO = "members: {hospital-mill: [centre-mill], centre-easthill: []}\n"
CLINICS = ("westfield", "bridge", "ferry", "southwood")  # without a centre in their place
WHOLE = (
    "members: {hospital-mill: [centre-mill, centre-easthill, "
    + ", ".join(f"clinic-{name}" for name in CLINICS)
    + "]}\n"
)
BUNDLED = {
    **{f"payment.in_force.{form}": 0.0 for form in ("drg", "dip", "global_budget")},
    "payment.in_force.capitation": 1.0,
}
PER_HEAD = shipped_parameters().bind(PaymentParameters, "payment").per_head


def naming(folder: Path, text: str) -> str:
    file = folder / "members.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return str(file)


def run(policies: str, days: int = 70, **changes: float) -> TieredCareModel:
    """Two months and a half, over a new year."""
    plan = make_scenario(
        region="brook",
        days=days,
        warm_up=5,
        start="2023-11-20",
        policies=policies,
        overrides=changes,
    )
    model = TieredCareModel(plan)
    model.run()
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("consortia")


@pytest.fixture(scope="module")
def two(folder: Path) -> TieredCareModel:
    """All claims bundled; the two consortia keep what is left and bear what is not."""
    return run(naming(folder, TWO), **BUNDLED, **{"payment.overrun_borne": 1.0})


@pytest.mark.parametrize("since", ["", "@2023-12-13"])
def test_one_consortium_of_the_whole_county_is_paid_as_the_county_is(tmp_path, since) -> None:
    whole = naming(tmp_path, WHOLE)
    plain, named = run(f"consortium{since}"), run(f"consortium{since}+{whole}{since}")
    paid, named_paid = (model.tally.accounts.paid() for model in (plain, named))
    assert (paid == named_paid).all()
    assert (paid != plain.tally.accounts.claims["claimed"]).any()
    same = [consortium_table(model).drop("consortium") for model in (plain, named)]
    assert same[0].equals(same[1])


def test_budgets_are_for_residents_and_charged_with_their_care_anywhere(two) -> None:
    """Every fen claimed is somebody's: of a resident of one consortium, of the other, of nobody."""
    accounts = two.tally.accounts
    home = home_consortium(region_on(two.region, two.plan.policies))
    assert set(home.tolist()) == {0, 1}
    told = [accounts.bundled(month) for month in range(len(accounts.terms))]
    used = sum(of.in_county + of.outside for of in told).sum(axis=0)
    assert (used == accounts.claims["claimed"].sum(axis=(0, 1))).all()
    outside = accounts.claims["claimed"][:, -2:].sum(axis=(0, 1))  # two hospitals beyond the county
    assert (sum(of.outside for of in told).sum(axis=0) == outside).all()
    residents = two.world.residents
    pool = np.where(residents.scheme == Scheme.RBMI, 1, 0)
    at = home[two.region.places.settlement[residents.place]] * len(POOLS) + pool
    here = residents.insured_here & (residents.scheme != Scheme.NONE)
    members = np.bincount(at[here], minlength=4).reshape(2, 2)
    assert sum(of.budget for of in told) == pytest.approx(members * PER_HEAD * FEN * 70 / 365)


def test_what_the_pools_pay_is_budgets_and_nothing_else(two) -> None:
    """Fund outlay = budgets = what residents used + surplus; the same of each by its houses."""
    accounts, table = two.tally.accounts, consortium_table(two)
    told = [accounts.bundled(month) for month in range(len(accounts.terms))]
    outlay = accounts.paid().sum(axis=(0, 1))
    assert outlay == pytest.approx(sum(of.budget for of in told).sum(axis=0), abs=len(told))
    gained = (accounts.paid() - accounts.claims["claimed"]).sum(axis=0)
    consortium = two.world.providers.consortium
    for number in (0, 1):
        kept = sum(of.kept[number] for of in told)
        assert gained[consortium == number].sum(axis=0) == pytest.approx(kept, abs=10)
    assert np.abs(gained[consortium < 0]).max() <= 10  # fen, of rounding
    assert table["kept_cny"].to_list() == pytest.approx(table["surplus_cny"].to_list(), abs=0.02)


def test_consortia_whose_residents_use_more_keep_less(two) -> None:
    table = consortium_table(two)
    by_fund = table.drop("month").group_by("fund", "consortium", maintain_order=True).sum()
    for fund in POOLS:
        of = by_fund.filter(by_fund["fund"] == fund)
        years = of["member_years"].to_numpy()
        used = (of["in_county_cny"] + of["outside_cny"]).to_numpy() / years
        kept = of["kept_cny"].to_numpy() / years
        assert used[0] != used[1]
        assert kept.argmax() == used.argmin()
        assert kept + used == pytest.approx(PER_HEAD[POOLS.index(fund)])


def test_policy_bounds_hold_for_each_consortium(folder) -> None:
    """A surplus is not kept and half of an overrun is borne, each by its own."""
    changes = {"payment.retained": 0.0, "payment.overrun_borne": 0.5, "payment.budget": 0.6}
    table = consortium_table(run(naming(folder, TWO), days=40, **BUNDLED, **changes))
    year = table.filter(table["month"].str.starts_with("2023"))
    total = year.drop("month").group_by("consortium", "fund", maintain_order=True).sum()
    expected = np.minimum(total["surplus_cny"].to_numpy(), 0) * 0.5
    assert total["kept_cny"].to_numpy() == pytest.approx(expected, abs=0.05)
    assert (expected < 0).any()
    assert (total["surplus_cny"] > 0).any()


def test_a_budget_for_named_services_is_charged_with_them_alone(folder) -> None:
    stays = "services: {hospital-mill: [inpatient]}\n"
    model = run(naming(folder, TWO + stays), days=40, **BUNDLED)
    whole = run(naming(folder, TWO), days=40, **BUNDLED)
    accounts = model.tally.accounts
    home = model.world.providers.home
    inpatient = accounts.used[:, :, Service.INPATIENT].sum(axis=2)  # months, settlements, pools
    for month in range(len(accounts.terms)):
        told, all_care = accounts.bundled(month), whole.tally.accounts.bundled(month)
        used = (told.in_county + told.outside)[0]
        assert (used == inpatient[month, home == 0].sum(axis=0)).all()
        assert (told.in_county[1] == all_care.in_county[1]).all()
        assert (told.budget[0] < all_care.budget[0]).all()
    claimed = accounts.used.sum(axis=(0, 1, 3))
    part = (
        sum(accounts.bundled(m).budget for m in (0, 1))[0]
        / sum(whole.tally.accounts.bundled(m).budget for m in (0, 1))[0]
    )
    assert part == pytest.approx(claimed[Service.INPATIENT] / claimed.sum(axis=0))


@cache
def homes(text: str, folder: Path) -> dict[str, int]:
    choices = parse_package(naming(folder, text))
    region = region_on(with_planned(read_region("brook"), choices), choices)
    return dict(zip(region.settlements.id, home_consortium(region).tolist(), strict=True))


def test_a_settlement_belongs_where_its_centre_does_else_where_the_nearest_does(tmp_path) -> None:
    here = homes("members: {hospital-mill: [centre-mill]}", tmp_path)
    assert (here["mill"], here["easthill"], here["westfield"]) == (0, -1, 0)
    second = (
        "facilities: [open: {id: second, name: Second, tier: centre, kind: township_centre,"
        " settlement: mill, doctors: 1}]\n"
    )
    assert homes("members: {hospital-mill: [centre-mill]}\n" + second, tmp_path)["mill"] == 0
    both = "members: {hospital-mill: [second], centre-easthill: []}\n" + second
    assert homes(both, tmp_path)["mill"] == 0
    assert homes("members: {hospital-mill: []}", tmp_path)["mill"] == -1


@pytest.mark.parametrize(
    ("services", "told"),
    [
        ("services: {hospital-mil: [inpatient]}", "row 4, column services.hospital-mil: no cons.*"
         "found 'hospital-mil'.*such as hospital-mill"),
        ("services: {hospital-mill: [inpatent]}", "row 4, .*found 'inpatent'.*inpatient"),
        ("services: {hospital-mill: []}", "row 4, column services.hospital-mill"),
    ],
)  # fmt: skip
def test_wrong_services_are_an_error_that_names_file_and_row(tmp_path, services, told) -> None:
    with pytest.raises(InputError, match=rf"members\.yaml, {told}"):
        TieredCareModel(make_scenario(region="brook", policies=naming(tmp_path, TWO + services)))


def test_services_need_members(tmp_path) -> None:
    with pytest.raises(InputError, match="need members"):
        parse_package(
            naming(tmp_path, "services: {hospital-mill: [inpatient]}\nchanges: [{path: x, add: 1}]")
        )
