"""The five key figures of a day: what moves when a policy works, from the model's own counts."""

import numpy as np

from experiments.tables import ledger
from model.insurance.funds import POOL, RESIDENTS
from model.simulation import TieredCareModel
from model.terms import Floats, Tier

FEN = 100
MEAN_DAY = 28  # days that shares, waits and payments are taken over: four whole weeks
HOSPITAL = [Tier.SECONDARY, Tier.TERTIARY]
PRIMARY = [Tier.CLINIC, Tier.CENTRE]

# id -> whether more of it is better; what is said of them stands in the locale under `figure.<id>`
FIGURES: dict[str, bool] = {
    "primary_share": True,
    "wait": False,
    "fund_balance": True,
    "out_of_pocket": False,
    "trust": True,
}


def figures_of(model: TieredCareModel) -> Floats:
    """The key figures at the end of the last day passed, (figures,), in the order of `FIGURES`.

    Share of visits at primary care; minutes waited before a hospital visit, on the day; balance of
    the two basic funds since the first counted day, CNY of the whole population; cash paid for
    visits and stays, CNY/person/year; mean trust in clinics and centres, 0 to 1. The first, second
    and fourth are means over the last `MEAN_DAY` days, of the warm-up too.
    """
    days = slice(max(model.day - MEAN_DAY, 0), model.day)
    daily = {name: model.tally.daily[name][days] for name in ("visits", "wait_min", "cash")}
    visits = daily["visits"].sum(axis=0)
    n_days = max(days.stop - days.start, 1)
    residents = model.world.residents
    return np.array(
        [
            _over(visits[PRIMARY].sum(), visits.sum()),
            _over(daily["wait_min"][:, HOSPITAL].sum(), visits[HOSPITAL].sum()),
            _surplus(model),
            daily["cash"].sum() / FEN / n_days * 365 / len(residents),
            residents.trust[PRIMARY].mean(),
        ]
    )


def _surplus(model: TieredCareModel) -> float:
    """Balance of the employees' pool and the residents' fund beyond their opening, CNY."""
    books = ledger(model)
    gained = (books.closing - books.opening)[[POOL, RESIDENTS]]
    return float(gained.sum()) / FEN


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0
