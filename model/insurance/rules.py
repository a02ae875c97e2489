"""The benefit rules of one period as arrays: what a bill meets."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from model.insurance.schema import Said
from model.insurance.tables import Tables, lay_out
from model.terms import Bools, Bytes, Floats, Ints


@dataclass(frozen=True, eq=False)
class Rules:
    """Read-only arrays of one period; s scheme, b `Benefit`, t tier. Money in fen, shares 0 to 1.

    Scheme NONE has the catalogue of RBMI (the list is national) and no benefit.
    """

    book: str
    out_of_catalogue: Floats  # (s, b, t) of the charge
    prior_payment: Floats  # (s, b, t) of the charge inside the catalogue, class B items
    deductible: Ints  # (s, b, t, 3) at the year's first, second and later stays
    deductible_yearly: Bools  # (s, b) else for each visit or stay
    rate: Floats  # (s, b, t) with the retirees' bonus
    unreferred_cut: Floats  # (s, b, t) without referral or emergency; away, if the larger
    away_cut: Floats  # (s, b, 2) out of the pool: filed, referred or emergency; none of them
    cap: Ints  # (s, b) most that the pooled fund pays in a year
    contract_waives: Bools  # (s, b) no deductible with a family-doctor contract
    has_drug_benefit: Bools  # (s,) chronic bills for hypertension and diabetes have their own
    critical_start: Ints  # (s, category) burden of the year from which the layer pays
    critical_mark: Ints  # (s, bands) beginning of each band beyond the start
    critical_share: Floats  # (s, category, bands)
    critical_limit: Ints  # (s,) most that the layer pays in a year
    critical_counts: Bools  # (s, b) whose own in-catalogue payment makes up the burden
    assistance_share: Floats  # (category,) of what remains inside the catalogue
    assistance_limit: int  # a year
    assistance_counts: Bools  # (b,)
    account_pays: Bytes  # (b,) AccountPays
    mutual_aid: bool  # relatives' accounts may pay
    account_inflow_share: float  # of an active member's contribution base
    account_inflow_retired: int  # fen a year
    statements: Mapping[str, Said]  # by path: unit, source and status of what the book says

    def __post_init__(self) -> None:
        for field in fields(self):
            array = getattr(self, field.name)
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    def replaced(self, **changes: Any) -> "Rules":
        """These rules with some arrays replaced, as a policy does; shapes must not change.

        Shares are brought into 0..1, so that additive cuts cannot turn a rate negative.
        """
        for name, new in changes.items():
            old = getattr(self, name)
            if np.shape(new) != np.shape(old):
                raise ValueError(f"{name} has shape {np.shape(old)}, not {np.shape(new)}")
            if isinstance(old, np.ndarray):
                array = np.array(new, dtype=old.dtype)
                changes[name] = np.clip(array, 0, 1) if old.dtype == np.float64 else array
        return replace(self, **changes)

    @cached_property
    def tables(self) -> "Tables":
        """The same rules laid out for the settlement kernel."""
        return lay_out(self)
