"""The funds of a finished run and the years after it, read from its folder."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from experiments.results import scenario_in
from model.insurance.funds import (
    BY_AGE,
    FEN,
    FUNDS,
    POOL,
    RESIDENTS,
    YEAR_DAY,
    FundParameters,
    Members,
)
from model.insurance.projection import BaseYear, Projection, base_year, project
from model.insurance.rulebook import read_rulebook
from model.insurance.rules import Rules
from model.parameters import Parameters
from model.policies.package import changed_parameters, changed_rules, effects_on
from model.population.parameters import PopulationParameters
from model.region.national import NATIONAL
from model.region.read import read_region
from model.region.region import Region
from model.scenario import Scenario
from model.tally import STAY_ASSISTANCE, STAYS_ASSISTED
from model.terms import Floats, InputError, Scheme

MILLION = 1e6
TRIED = (
    *("cost_growth", "wage_growth", "premium_growth", "subsidy_growth", "coverage_growth"),
    *("retirement_final", "contribution_years", "entry_age", "longevity_gain", "births"),
)  # assumptions that are moved to the ends of their ranges
FEARED_IN = 2035
SUMS = ("income", "transfer_in", "transfer_out", "spending", "allowance")


@dataclass(frozen=True, slots=True)
class FundYear:
    """One fund's counted days, CNY."""

    members: float
    opening: float
    income: float
    transfer_in: float
    transfer_out: float
    spending: float
    allowance: float
    balance: float
    reserve_months: float | None


@dataclass(frozen=True, slots=True)
class Swing:
    """What one assumption does at the ends of its range."""

    name: str
    label: dict[str, str]
    low: Projection
    high: Projection

    def balance(self, fund: int) -> tuple[float, float]:
        """Balance of a fund at the end of the last year, CNY."""
        return float(self.low.balance[-1, fund]), float(self.high.balance[-1, fund])


@dataclass(frozen=True, slots=True)
class Outlook:
    """The funds' year, the projection, and what it depends on most."""

    folder: Path
    region: Region
    pool: str  # county, municipal or provincial
    run: dict[str, Any]
    members: Members
    year: dict[str, FundYear]
    base: BaseYear
    projection: Projection
    swings: list[Swing]
    feared_gap: float | None  # CNY by 2035; of the nation alone

    @property
    def days(self) -> int:
        """Counted days of the run."""
        return int(self.run["days_counted"])

    def swings_of(self, fund: int) -> list[Swing]:
        """The assumptions that move a fund's last balance, most first."""
        moved = {swing.name: np.ptp(swing.balance(fund)) for swing in self.swings}
        some = [swing for swing in self.swings if moved[swing.name] > 0]
        return sorted(some, key=lambda swing: -moved[swing.name])


def read_outlook(folder: Path) -> Outlook:
    """The outlook of a results folder; InputError if it holds no run that has ended."""
    for name in ("run.json", "funds.parquet", "members.parquet"):
        if not (folder / name).exists():
            raise InputError("holds no run that has ended", file=folder, allowed=f"with {name}")
    with scenario_in(folder) as (run, plan):
        if not run["days_counted"]:
            raise InputError("the run has no counted day", file=folder)
        return _outlook(folder, run, plan)


def _outlook(folder: Path, run: dict[str, Any], plan: Scenario) -> Outlook:
    region, book = read_region(plan.region, plan.residents, plan.changes), plan.rulebook
    nation = plan.region == NATIONAL
    parameters, rules = _in_force(plan, region)
    counted = _counted(pl.read_parquet(folder / "members.parquet"))
    persons, times = _persons(counted), 1.0
    whole = 1 / run["sample_of_population"]
    if nation:  # its members and uninsured stand for all of China
        times = parameters["national.population_million"].value * MILLION / persons.sum() / whole
    base = _base_of(plan, parameters, rules, counted, persons * whole * times, run, folder)
    p = parameters.bind(FundParameters, "funds")
    projection = project(base, p)
    active, retired, residents, entitled = (float(n) for n in projection.members[0])
    members = Members(active, retired, residents, entitled)
    return Outlook(
        folder=folder,
        region=region,
        pool=read_rulebook(book).pool.value,
        run=run,
        members=members,
        year=_fund_years(folder, members, run["days_counted"], times),
        base=base,
        projection=projection,
        swings=_swings(base, parameters),
        feared_gap=p.feared_gap * MILLION * MILLION if nation else None,
    )


def _in_force(plan: Scenario, region: Region) -> tuple[Parameters, Rules]:
    """Values and rules of the last counted day, which the years to come keep."""
    last = plan.start + timedelta(plan.days - 1)
    effects = effects_on(plan.policies, last, plan.start)
    rules = read_rulebook(plan.rulebook).on(last)
    return changed_parameters(plan.parameters(region), effects), changed_rules(rules, effects)


def _counted(table: pl.DataFrame) -> dict[str, Floats]:
    """The columns of members.parquet by scheme, sex and age, counts and CNY."""
    numbers = table.drop("scheme", "sex", "age")
    return {
        name.removesuffix("_cny"): numbers[name].to_numpy().reshape(BY_AGE).astype(np.float64)
        for name in numbers.columns
    }


def _persons(counted: dict[str, Floats]) -> Floats:
    """Members of the pool and uninsured, by scheme, sex and age, of the residents simulated."""
    uninsured = (np.arange(BY_AGE[0]) == Scheme.NONE)[:, None, None]
    return np.where(uninsured, counted["residents"], counted["members"])


def _base_of(
    plan: Scenario,
    parameters: Parameters,
    rules: Rules,
    counted: dict[str, Floats],
    persons: Floats,
    run: dict[str, Any],
    folder: Path,
) -> BaseYear:
    """The run as the year from which to project; what clearing added is spread like bills."""
    sums = pl.read_parquet(folder / "funds.parquet").group_by("fund").agg(
        (pl.col("spending_cny") - pl.col("allowance_cny")).sum()
    )  # fmt: skip
    spent = dict(sums.iter_rows())
    for fund in FUNDS:
        bills = counted[fund].sum()
        if bills > 0:
            counted[fund] *= spent[fund] * run["sample_of_population"] / bills
    amounts = np.stack([counted[name] for name in (*FUNDS, STAYS_ASSISTED, STAY_ASSISTANCE)])
    return base_year(
        plan.start.year,
        persons,
        counted["members"],
        float(counted["entitled"].sum()),
        amounts * YEAR_DAY / run["days_counted"],
        _premium(counted),
        (rules.account_inflow_share, rules.account_inflow_retired / FEN),
        parameters.bind(PopulationParameters, "population"),
    )


def _premium(counted: dict[str, Floats]) -> float:
    """Mean of what members of the residents' scheme pay, over the standard premium."""
    members = counted["members"][Scheme.RBMI].sum()
    return float(counted["premiums"].sum() / members) if members else 1.0


def _fund_years(folder: Path, members: Members, days: int, times: float) -> dict[str, FundYear]:
    """The ledger's sums, times a factor."""
    table = pl.read_parquet(folder / "funds.parquet").sort("month")
    years = {}
    for row, fund in enumerate(FUNDS):
        of = table.filter(pl.col("fund") == fund)
        sums = {name: round(float(of[f"{name}_cny"].sum()) * times, 2) for name in SUMS}
        balance = round(float(of["balance_cny"][-1]) * times, 2)
        paid = sums["spending"] + sums["transfer_out"]
        years[fund] = FundYear(
            members=members.of(row),
            opening=round(balance - sums["income"] - sums["transfer_in"] + paid, 2) + 0.0,
            **sums,
            balance=balance,
            reserve_months=balance / paid * days * 12 / YEAR_DAY if paid > 0 else None,
        )
    return years


def _swings(base: BaseYear, parameters: Parameters) -> list[Swing]:
    swings = []
    for name in TRIED:
        at = f"funds.{name}"
        leaves = {
            path: leaf
            for path, leaf in parameters.items()
            if path == at or path.startswith(f"{at}.")
        }
        ends = [
            parameters.changed({path: getattr(leaf, end) for path, leaf in leaves.items()})
            for end in ("low", "high")
        ]
        low, high = (project(base, end.bind(FundParameters, "funds")) for end in ends)
        label = next(iter(leaves.values())).label.model_dump()
        swings.append(Swing(name, label, low, high))
    return swings


def told(outlook: Outlook) -> dict[str, Any]:
    """The outlook for programs."""
    projection = outlook.projection
    funds = {}
    for row, fund in enumerate(FUNDS):
        funds[fund] = {
            "income": _numbers(projection.gained[:, row]),
            "spending": _numbers(projection.paid[:, row]),
            "balance": _numbers(projection.balance[:, row]),
            "reserve_months": _numbers(projection.reserve_months[:, row]),
            "deficit": projection.deficit[fund],
            "dry": projection.dry[fund],
            "depends_on": [
                {
                    "parameter": f"funds.{swing.name}",
                    "balance_low": swing.balance(row)[0],
                    "balance_high": swing.balance(row)[1],
                    "dry_low": swing.low.dry[fund],
                    "dry_high": swing.high.dry[fund],
                }
                for swing in outlook.swings_of(row)
            ],
        }
    return {
        "region": outlook.region.id,
        "pool": outlook.pool,
        "days": outlook.days,
        "seed": outlook.run["seed"],
        "residents": outlook.run["residents"],
        "members": outlook.members._asdict(),
        "funds": {
            fund: {name: getattr(year, name) for name in FundYear.__slots__}
            for fund, year in outlook.year.items()
        },
        "projection": {
            "years": projection.years.tolist(),
            "members": {
                name: _numbers(projection.members[:, i]) for i, name in enumerate(Members._fields)
            },
            "funds": funds,
            "assistance": {
                "premium_help_over_premium": _numbers(projection.premium_help / projection.premium),
                "per_entitled_cny": _numbers(per_entitled(projection)),
                "covered_share": _numbers(projection.covered),
                "per_assisted_stay_cny": _numbers(projection.help_per_stay),
            },
        },
        "comparison": comparison(outlook),
    }


def per_entitled(projection: Projection) -> Floats:
    """Assistance a person entitled to it, with the premium and with bills, (years,) CNY."""
    entitled = projection.members[:, Members._fields.index("entitled")]
    paid = projection.paid[:, FUNDS.index("assistance")]
    return np.divide(paid, entitled, out=np.zeros_like(paid), where=entitled > 0)


def comparison(outlook: Outlook) -> dict[str, float] | None:
    """The nation's two pooled funds in 2035 beside the gap feared by then; CNY."""
    projection = outlook.projection
    at = np.flatnonzero(projection.years == FEARED_IN)
    if outlook.feared_gap is None or not at.size:
        return None
    pooled, year = [POOL, RESIDENTS], at[0]
    current = (projection.gained - projection.paid)[year, pooled].sum()
    balance = projection.balance[year, pooled]
    return {
        "feared_gap_by_2035": outlook.feared_gap,
        "current_balance_of_2035": round(float(current), 2),
        "debt_by_2035": round(float(-balance[balance < 0].sum()), 2),
    }


def _numbers(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]
