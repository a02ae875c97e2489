"""Rules laid out flat for the settlement kernel: one cell for every kind of bill.

A cell is (scheme, benefit, tier, area, exempt, claimed), the last index running fastest. Exempt
bills keep the full rate: referred or emergency, and out of area also filed ones.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from model.insurance.benefits import NO_LIMIT, Benefit
from model.terms import Area, Bools, Bytes, Floats, Ints, Scheme, Tier

if TYPE_CHECKING:
    from model.insurance.rules import Rules

Kind = TypeVar("Kind", bound=np.generic)
MILLION = 1_000_000
SHAPE = (len(Scheme), len(Benefit), len(Tier), len(Area), 2, 2)
POOLED = (Benefit.CHRONIC, Benefit.INPATIENT, Benefit.MATERNITY)  # under the scheme's ceiling


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Per cell, unless said otherwise; money in fen, shares in whole millionths.

    Two are the same only if they are one, so that what is made of them can be kept.
    """

    own_share: Ints  # outside the catalogue
    prior_share: Ints
    deductible: Ints
    later_deductible: Ints  # (cells, 3) by stays of the year so far
    yearly: Ints  # 1 where the deductible is met once a year
    rate: Ints
    cap: Ints
    critical_from: Ints  # lowest burden of the year at which the layer could pay
    waives: Bools  # a family-doctor contract waives the deductible
    any_waives: bool
    has_drug_benefit: Bools  # (schemes,)
    start: Ints  # (schemes, categories)
    mark: Ints  # (schemes, bands)
    width: Ints  # (schemes, bands)
    band_share: Ints  # (schemes, categories, bands)
    limit: Ints  # (schemes,)
    assistance_share: Ints  # (benefits, categories)
    assistance_limit: int
    account_pays: Bytes  # (benefits,)
    mutual_aid: bool


def millionths(share: Floats) -> Ints:
    """Shares as whole millionths, so that money is multiplied and rounded in integers."""
    return np.rint(share * MILLION).astype(np.int64)


def lay_out(rules: "Rules") -> Tables:
    """The kernel's tables of some rules."""
    insured = np.zeros(SHAPE, dtype=bool)
    insured[: Scheme.NONE, ..., 1] = True
    paid_for = insured.ravel()
    later = np.stack([_cells(rules.deductible[..., k]) for k in range(3)], axis=1)
    counted = _cells(rules.critical_counts[:, :, None]) & paid_for
    lowest = _cells(rules.critical_start.min(axis=1)[:, None, None])
    waives = _cells(rules.contract_waives[:, :, None])
    beyond = np.full_like(rules.critical_mark, NO_LIMIT)
    beyond[:, :-1] = rules.critical_mark[:, 1:]
    return Tables(
        own_share=millionths(_cells(rules.out_of_catalogue)),
        prior_share=millionths(_cells(rules.prior_payment)),
        deductible=later[:, 0] * paid_for,
        later_deductible=later * paid_for[:, None],
        yearly=_cells(rules.deductible_yearly[:, :, None]).astype(np.int64),
        rate=millionths(_access_rates(rules).ravel() * paid_for),
        cap=_cells(rules.cap[:, :, None]),
        critical_from=np.where(counted, lowest, NO_LIMIT),
        waives=waives,
        any_waives=bool(waives.any()),
        has_drug_benefit=rules.has_drug_benefit,
        start=rules.critical_start,
        mark=rules.critical_mark,
        width=beyond - rules.critical_mark,
        band_share=millionths(rules.critical_share),
        limit=rules.critical_limit,
        assistance_share=rules.assistance_counts[:, None] * millionths(rules.assistance_share),
        assistance_limit=rules.assistance_limit,
        account_pays=rules.account_pays,
        mutual_aid=rules.mutual_aid,
    )


def _cells(by_tier: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
    """An array (scheme, benefit or 1, tier or 1) spread over all cells, flat."""
    return np.broadcast_to(by_tier[..., None, None, None], SHAPE).ravel()


def _access_rates(rules: "Rules") -> Floats:
    """The rate by cell, shape SHAPE, after what is taken for place and missing referral."""
    cut = np.zeros(SHAPE)
    home = [Area.COUNTY, Area.POOL]
    unreferred, away = rules.unreferred_cut[..., None], rules.away_cut
    cut[:, :, :, home, 0, :] = unreferred[..., None]
    cut[:, :, :, Area.AWAY, 1, :] = away[:, :, :1, None]
    cut[:, :, :, Area.AWAY, 0, :] = np.maximum(away[:, :, 1:, None], unreferred)
    return np.maximum(rules.rate[..., None, None, None] - cut, 0.0)
