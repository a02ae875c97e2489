"""What a run counted, as tables: by day, facility, fund and month, members' age, and flows."""

from datetime import timedelta

import numpy as np
import polars as pl

from model.accounts import AccountParameters, costs
from model.insurance.funds import (
    BY_AGE,
    FEN,
    FUNDS,
    N_CELLS_BY_AGE,
    POOL,
    FundParameters,
    Ledger,
    age_cells,
    keep_ledger,
    standards,
)
from model.insurance.payment import POOLS
from model.simulation import TieredCareModel
from model.tally import ACCOUNT_INCOME, MONEY, STAYS_ASSISTED, TO_RETIREES
from model.terms import Floats, Scheme, Tier


def daily_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a day and tier; warm-up days are negative. Money stands for the whole population.

    Visits and stays only: what is bought at the pharmacy belongs to no tier.
    """
    tally, done = model.tally, model.day
    days = np.arange(done) - tally.warm_up
    columns: dict[str, pl.Series] = {
        "day": pl.Series(np.repeat(days, len(Tier)).astype(np.int32)),
        "date": pl.Series([tally.start + timedelta(int(d)) for d in days for _ in Tier]),
        "tier": pl.Series([tier.word for _ in days for tier in Tier]),
    }
    for name, counts in tally.daily.items():
        values = counts[:done].reshape(-1)
        if name in MONEY:
            columns[f"{name}_cny"] = pl.Series(_whole(values, model))
        else:
            columns[name] = pl.Series(values)
    return pl.DataFrame(columns).rename(
        {"wait_day": "waited_day", "wait_min": "waited_min", "asked": "asking"}
    )


def facility_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a facility and month of the counted days."""
    tally, facilities = model.tally, model.region.facilities
    n, months = len(facilities), tally.months[: tally.n_months]
    tiers = [Tier(int(tier)).word for tier in facilities.tier]
    columns: dict[str, pl.Series] = {
        "facility": pl.Series(list(facilities.id) * len(months), dtype=pl.String),
        "name": pl.Series(list(facilities.name) * len(months), dtype=pl.String),
        "tier": pl.Series(tiers * len(months), dtype=pl.String),
        "month": pl.Series([month for month in months for _ in range(n)], dtype=pl.String),
    }
    for name, counts in tally.facility.items():
        values = counts[: len(months)].reshape(-1)
        if name in MONEY:
            columns[f"{name}_cny"] = pl.Series(_whole(values, model))
        else:
            columns[name] = pl.Series(values)
    return pl.DataFrame(columns | _accounts(model, len(months)))


def _accounts(model: TieredCareModel, n_months: int) -> dict[str, pl.Series]:
    """Revenue (charges and what clearing adds), cost and surplus of each facility and month."""
    tally, p = model.tally, model.in_force.bind(AccountParameters, "accounts")
    made = tally.facility["doctor_day"], tally.facility["bed_day_available"]
    cleared = (tally.accounts.paid() - tally.accounts.claims["claimed"]).sum(axis=2)
    revenue = _whole((tally.facility["charge"] + cleared)[:n_months].reshape(-1), model)
    cost = _whole(costs(tally.accounts, *made, p)[:n_months].reshape(-1), model)
    return {
        "revenue_cny": pl.Series(revenue),
        "cost_cny": pl.Series(cost),
        "surplus_cny": pl.Series(np.round(revenue - cost, 2)),
    }


def clearing_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a facility, pool and month with claims: what was claimed and what is paid for it."""
    accounts, facilities = model.tally.accounts, model.region.facilities
    done = model.tally.n_months
    claimed, paid = accounts.claims["claimed"][:done], accounts.paid()[:done]
    month, facility, pool = np.nonzero((claimed > 0) | (paid != 0))
    rows = month, facility, pool
    due, settled = _whole(claimed[rows], model), _whole(paid[rows], model)
    return pl.DataFrame(
        {
            "facility": pl.Series([facilities.id[row] for row in facility], dtype=pl.String),
            "fund": pl.Series([POOLS[row] for row in pool], dtype=pl.String),
            "month": pl.Series([accounts.months[row] for row in month], dtype=pl.String),
            "claimed_cny": pl.Series(due),
            "paid_cny": pl.Series(settled),
            "difference_cny": pl.Series(np.round(settled - due, 2)),
        }
    )


def consortium_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a consortium, pool and month: its bundled budget and what its residents used."""
    accounts, done = model.tally.accounts, model.tally.n_months
    told = [accounts.bundled(month) for month in range(done)]
    rows = [
        (lead, fund, month)
        for of, month in zip(told, accounts.months, strict=False)
        for lead in of.leads
        for fund in POOLS
    ]

    def joined(name: str) -> Floats:
        return np.concatenate([np.empty(0), *(getattr(of, name).reshape(-1) for of in told)])

    columns = {
        name: pl.Series([row[at] for row in rows], dtype=pl.String)
        for at, name in enumerate(("consortium", "fund", "month"))
    }
    columns["member_years"] = pl.Series(joined("member_years"))
    for name in ("budget", "in_county", "outside", "kept"):
        columns[f"{name}_cny"] = pl.Series(_whole(joined(name), model))
    left = pl.col("budget_cny") - pl.col("in_county_cny") - pl.col("outside_cny")
    return pl.DataFrame(columns).with_columns(surplus_cny=left.round(2))


def fund_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a fund and month of the counted days; the balance is that at the month's end."""
    books = ledger(model)
    columns: dict[str, pl.Series] = {
        "fund": pl.Series([fund for fund in FUNDS for _ in books.months], dtype=pl.String),
        "month": pl.Series(list(books.months) * len(FUNDS), dtype=pl.String),
    }
    allowance = np.zeros_like(books.balance)
    allowance[POOL] = books.allowance
    for name, fen in (
        *books.flows._asdict().items(),
        ("allowance", allowance),  # part of spending
        ("balance", books.balance),
    ):
        columns[f"{name}_cny"] = pl.Series(np.round(fen.reshape(-1) / FEN, 2))
    return pl.DataFrame(columns)


def ledger(model: TieredCareModel) -> Ledger:
    """The books of the funds over the counted days, for the whole population."""
    tally, rolls = model.tally, model.rolls
    months = tally.months[: tally.n_months]
    counted = [f"{tally.start + timedelta(day):%Y-%m}" for day in range(tally.n_days)]
    funds = tally.funds | tally.spending()
    funds = {name: counts[: len(months)] for name, counts in funds.items()}
    return keep_ledger(
        months,
        np.array([counted.count(month) for month in months], dtype=np.int64),
        rolls.opening(model.parameters.bind(FundParameters, "funds")),
        rolls.by_month(),
        np.stack([funds[fund] for fund in FUNDS]),
        funds[ACCOUNT_INCOME],
        funds[TO_RETIREES],
        model.sample,
    )


def premiums(model: TieredCareModel) -> Floats:
    """What each resident pays to the residents' scheme on the last day, CNY/year."""
    year = model.tally.date_of(max(model.day - 1, 0)).year
    return model.world.membership.premium * standards(model.world.p.funds, year, year).premium


def member_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a scheme, sex and year of age: persons, and what funds paid for the members.

    `members` are those of this region's pool, of whom some are `entitled` to assistance;
    `residents` are all; `premiums` are what members of the residents' scheme pay on the last day,
    over the standard premium. Counts and CNY of the residents simulated, in the counted days.
    """
    tally, residents = model.tally, model.world.residents
    cell = age_cells(residents.scheme, residents.female, residents.age)
    here, premium = residents.insured_here, model.world.membership.premium
    helped = here & residents.assistance & (residents.scheme == Scheme.RBMI)
    scheme, sex, age = np.unravel_index(np.arange(N_CELLS_BY_AGE), BY_AGE)
    columns = {
        "scheme": pl.Series([Scheme(int(code)).word for code in scheme]),
        "sex": pl.Series([("male", "female")[code] for code in sex]),
        "age": pl.Series(age.astype(np.int16)),
        "residents": pl.Series(np.bincount(cell, minlength=N_CELLS_BY_AGE)),
        "members": pl.Series(np.bincount(cell[here], minlength=N_CELLS_BY_AGE)),
        "entitled": pl.Series(np.bincount(cell[helped], minlength=N_CELLS_BY_AGE)),
        "premiums": pl.Series(np.bincount(cell, premium, minlength=N_CELLS_BY_AGE)),
    }
    for name, counts in tally.by_age.items():
        if name == STAYS_ASSISTED:
            columns[name] = pl.Series(counts.astype(np.int64))
        else:
            columns[f"{name}_cny"] = pl.Series(np.round(counts / FEN, 2))
    return pl.DataFrame(columns)


def flow_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a settlement and facility with visits."""
    origin, facility = np.nonzero(model.tally.flows)
    settlements, facilities = model.region.settlements, model.region.facilities
    return pl.DataFrame(
        {
            "settlement": [settlements.id[row] for row in origin],
            "facility": [facilities.id[row] for row in facility],
            "visits": model.tally.flows[origin, facility],
        }
    )


def referral_table(model: TieredCareModel) -> pl.DataFrame:
    """One row a pair of facilities between which patients were referred and went."""
    facilities, sent = model.region.facilities, model.referrals.counted()
    up = facilities.tier[sent.receiver] > facilities.tier[sent.sender]
    return pl.DataFrame(
        {
            "sender": pl.Series([facilities.id[row] for row in sent.sender], dtype=pl.String),
            "receiver": pl.Series([facilities.id[row] for row in sent.receiver], dtype=pl.String),
            "direction": pl.Series(["up" if higher else "down" for higher in up], dtype=pl.String),
            "patients": pl.Series(sent.patients),
        }
    )


def _whole(fen: Floats, model: TieredCareModel) -> Floats:
    cny: Floats = np.round(fen / FEN / model.sample, 2)
    return cny
