"""The national rule book gives the published policy-range ratios of stays.

Charges are lognormal about the mean charge of scheme and tier, 30 % of stays are repeat stays, and
a share of the expense is out of area, a fifth of it unfiled.
"""

import datetime

import numpy as np
import pytest
from scipy.special import ndtri

from model.insurance.rulebook import read_rulebook
from model.insurance.settlement import Bills, YearToDate, settle
from model.terms import Area, Scheme, Service, Tier

# NHSA communique 2023 (ILO 2025, sections 3.2.1 and 3.2.2); charges: NHC and NHSA 2023, derived.
RETIRED_SHARE = 0.6
EBMI = {Scheme.EBMI_ACTIVE: 1 - RETIRED_SHARE, Scheme.EBMI_RETIRED: RETIRED_SHARE}
RBMI = {Scheme.RBMI: 1.0}
CELLS = [
    (EBMI, Tier.TERTIARY, 14_500, 0.25, 0.835),
    (EBMI, Tier.SECONDARY, 7_066, 0.05, 0.874),
    (EBMI, Tier.CENTRE, 3_592, 0.0, 0.894),
    (RBMI, Tier.TERTIARY, 12_400, 0.30, 0.632),
    (RBMI, Tier.SECONDARY, 6_043, 0.05, 0.724),
    (RBMI, Tier.CENTRE, 3_072, 0.0, 0.808),
]
SPREAD = 0.6


@pytest.mark.parametrize(("schemes", "tier", "mean", "away", "published"), CELLS)
def test_policy_range_ratio(
    schemes: dict[Scheme, float], tier: Tier, mean: float, away: float, published: float
) -> None:
    n = 10_000
    rank = (np.arange(n) + 0.5) / n
    charge = mean * 100 * np.exp(SPREAD * ndtri(rank) - SPREAD**2 / 2)
    turn = np.arange(n) * 37 % 100  # spreads repeat stays and places evenly over the charges
    rules = read_rulebook("national-2023").on(datetime.date(2023, 6, 1))
    year = YearToDate.zeros(n)
    year.stays[turn % 10 < 3] = 1
    ratio = 0.0
    for scheme, weight in schemes.items():
        bills = Bills(
            charge=np.floor(charge + 0.5).astype(np.int64),
            scheme=np.full(n, scheme, dtype=np.int8),
            service=np.full(n, Service.INPATIENT, dtype=np.int8),
            tier=np.full(n, tier, dtype=np.int8),
            area=np.where(turn < 100 * away, Area.AWAY, Area.COUNTY).astype(np.int8),
            referred=np.zeros(n, dtype=bool),
            emergency=np.zeros(n, dtype=bool),
            filed=turn % 5 > 0,
            claimed=np.ones(n, dtype=bool),
            assistance=np.zeros(n, dtype=bool),
            hypertension_diabetes=np.zeros(n, dtype=bool),
        )
        s = settle(rules, bills, year)
        paid = s.hifp_pay + s.hifmi_pay + s.hifob_pay
        ratio += weight * paid.sum() / s.inscp_scp_amt.sum()
    assert ratio == pytest.approx(published, abs=0.01)
