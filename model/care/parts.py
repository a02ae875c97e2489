"""What a charge is made of, and how prices and practice move its parts and thereby its mean."""

from dataclasses import dataclass

import numpy as np

from model.encounters import Kind
from model.insurance.incentives import Incentives
from model.terms import Bytes, Condition, Floats, Tier, Word


class Part(Word):
    """Parts of a charge."""

    DRUGS_PROCURED = 0  # under centralised procurement
    DRUGS_OTHER = 1
    CONSUMABLES = 2
    TESTS = 3
    LABOUR = 4  # consultation, nursing, treatment, surgery
    BED = 5


class Basket(Word):
    """Encounters whose charges are made of the same parts."""

    VISIT = 0
    CHRONIC_VISIT = 1
    STAY = 2
    PURCHASE = 3


DRUGS = [Part.DRUGS_PROCURED, Part.DRUGS_OTHER]
GOODS = [*DRUGS, Part.CONSUMABLES]  # what they cost to buy in moves with their price
_CHRONIC = (Condition.OTHER_CHRONIC, Condition.HYPERTENSION_DIABETES)


@dataclass(frozen=True, slots=True)
class PartParameters:
    """Values of `data/parameters/parts.yaml`: shares and prices, (parts, tiers).

    Stays have no clinic, purchases no tier and drugs alone. Shares are relative: they are divided
    by their sum.
    """

    visit: Floats
    chronic_visit: Floats
    stay: Floats
    purchase: Floats
    price_visit: Floats
    price_stay: Floats
    price_purchase: Floats
    bought_in: Floats  # (parts,)


@dataclass(frozen=True, slots=True)
class Levels:
    """What parts make of a charge, shape (baskets, tiers, areas)."""

    charge: Floats  # mean charge over that of the baseline
    standard: Floats  # the same at the baseline's practice: only prices count
    drugs: Floats  # share of the charge
    bought_in: Floats  # share of the charge that the provider pays for goods


def basket(kind: Kind, condition: Bytes) -> Bytes:
    """The `Basket` of encounters of one kind."""
    if kind in (Kind.VISIT, Kind.ONLINE):
        return np.isin(condition, _CHRONIC).astype(np.int8)  # VISIT or CHRONIC_VISIT
    alike = Basket.STAY if kind == Kind.STAY else Basket.PURCHASE
    return np.full(len(condition), alike, np.int8)


def charge_levels(p: PartParameters, practice: Incentives) -> Levels:
    """Levels under the prices and the practice in force.

    With share s, price p and intensity i of each part, relative to the baseline's, a mean charge
    is 1 + sum(s (p i - 1)) of that of the baseline: exactly 1 where nothing has moved.
    """
    share, price, intensity = _shares(p)[..., None], _prices(p)[..., None], _intensity(practice)
    moved = price * intensity
    charge = 1 + (share * (moved - 1)).sum(axis=1)
    standard = 1 + (share * (price - 1)).sum(axis=1)
    cost = np.ones_like(price)
    cost[:, GOODS] = price[:, GOODS]
    cost *= p.bought_in[:, None, None]
    return Levels(
        charge=charge,
        standard=np.broadcast_to(standard, charge.shape),
        drugs=(share * moved)[:, DRUGS].sum(axis=1) / charge,
        bought_in=(share * cost * intensity).sum(axis=1) / charge,
    )


def _shares(p: PartParameters) -> Floats:
    """Shares of the parts, (baskets, parts, tiers); all of a stay at a clinic is zero."""
    tables = (p.visit, p.chronic_visit, _padded(p.stay), _purchased(p.purchase))
    given = np.stack(tables)
    total = given.sum(axis=1, keepdims=True)
    return np.divide(given, total, out=np.zeros_like(given), where=total > 0)


def _prices(p: PartParameters) -> Floats:
    purchase = _purchased(p.price_purchase)
    return np.stack((p.price_visit, p.price_visit, _padded(p.price_stay), purchase))


def _intensity(practice: Incentives) -> Floats:
    """Quantity of each part, (baskets, parts, 1, areas); purchases know no provider."""
    none = np.ones_like(practice.intensity_visit)
    by_basket = (practice.intensity_visit, practice.intensity_visit, practice.intensity_stay, none)
    return np.stack(by_basket)[:, :, None, :]


def _padded(stay: Floats) -> Floats:
    return np.pad(stay, ((0, 0), (1, 0)))


def _purchased(drugs: Floats) -> Floats:
    table = np.zeros((len(Part), len(Tier)))
    table[DRUGS] = drugs[:, None]
    return table
