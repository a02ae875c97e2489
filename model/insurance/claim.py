"""One bill in words: what `fenji settle` asks for and answers."""

import datetime
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TypeVar

import numpy as np

from model.insurance.benefits import Category
from model.insurance.rulebook import RuleBook
from model.insurance.settlement import Bills, Settlement, YearToDate, settle
from model.terms import Area, InputError, Scheme, Service, Tier

FEN = 100
MOST_CNY = 20_000_000.0
Term = TypeVar("Term", bound=IntEnum)


@dataclass(frozen=True)
class Claim:
    """One bill, spelled as in files; without a date the rule book's first day counts."""

    scheme: str
    service: str
    tier: str
    charge: float  # CNY
    date: datetime.date | None = None
    area: str = "county"
    referred: bool = False
    emergency: bool = False
    filed: bool = False
    claimed: bool = True
    assistance: str = "none"
    hypertension_diabetes: bool = False
    contract: bool = False
    family_account: float = 0.0  # CNY that relatives' accounts hold

    def bills(self) -> Bills:
        """The bill as a table of one row; an unknown word or an impossible sum is an InputError."""
        return Bills(
            charge=_fen("charge", self.charge),
            scheme=_code(Scheme, "scheme", self.scheme),
            service=_code(Service, "service", self.service),
            tier=_code(Tier, "tier", self.tier),
            area=_code(Area, "area", self.area),
            referred=np.array([self.referred]),
            emergency=np.array([self.emergency]),
            filed=np.array([self.filed]),
            claimed=np.array([self.claimed]),
            assistance=_code(Category, "assistance", self.assistance),
            hypertension_diabetes=np.array([self.hypertension_diabetes]),
            contract=np.array([self.contract]),
            family_account=_fen("family_account", self.family_account),
        )


def settle_one(book: RuleBook, claim: Claim, year: YearToDate | None = None) -> dict[str, float]:
    """The settlement of one bill, CNY by the names of the national settlement record.

    year: one row, the patient's calendar year so far; by default nothing has happened yet.
    """
    return in_cny(settle_claim(book, claim, year))


def settle_claim(book: RuleBook, claim: Claim, year: YearToDate | None = None) -> Settlement:
    """The same as a table of one row, fen."""
    rules = book.on(claim.date or book.changes[0])
    return settle(rules, claim.bills(), year or YearToDate.zeros(1))


def in_cny(settlement: Settlement, row: int = 0) -> dict[str, float]:
    """One row of a settlement in CNY, two decimals."""
    return {f.name: int(getattr(settlement, f.name)[row]) / FEN for f in fields(settlement)}


def _code(kind: type[Term], name: str, word: str) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    known = {getattr(term, "word", term.name): term for term in kind}
    if word not in known:
        raise InputError(f"unknown {name}", found=word, allowed=", ".join(known))
    return np.array([known[word]], dtype=np.int8)


def _fen(name: str, cny: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    fen = round(cny * FEN) if 0 <= cny <= MOST_CNY else -1
    if fen < 0 or abs(cny * FEN - fen) > 1e-4:
        allowed = f"0 to {MOST_CNY:,.0f} CNY with at most two decimals"
        raise InputError(f"{name} is not an amount", found=cny, allowed=allowed)
    return np.array([fen], dtype=np.int64)
