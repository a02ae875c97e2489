"""Bills to settle, as columns."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from model.insurance.benefits import Benefit
from model.terms import Bools, Bytes, Ints, Service


@dataclass(slots=True)
class Bills:
    """One row a bill, shape (n,). Rows of one call belong to different residents."""

    charge: Ints  # fen, not negative
    scheme: Bytes  # terms.Scheme
    service: Bytes  # terms.Service
    tier: Bytes  # terms.Tier
    area: Bytes  # terms.Area, of the facility
    referred: Bools
    emergency: Bools
    filed: Bools  # out-of-area care was filed with the insurer
    claimed: Bools
    assistance: Bools | Bytes  # entitled to medical assistance; or a benefits.Category
    hypertension_diabetes: Bools  # what a chronic bill is for
    contract: Bools | None = None  # signed with a family doctor
    family_account: Ints | None = None  # fen that relatives' accounts hold

    def __len__(self) -> int:
        return len(self.charge)

    def part(self, rows: slice) -> "Bills":
        """Views of some rows."""
        return Bills(*(_cut(getattr(self, field.name), rows) for field in fields(self)))


def benefit_of(has_drug_benefit: Bools, bills: Bills) -> Bytes:
    """The `Benefit` of each bill; has_drug_benefit: (schemes,)."""
    drugs = bills.hypertension_diabetes & (bills.service == Service.CHRONIC)
    if not drugs.any():
        return bills.service
    drugs &= np.take(has_drug_benefit, bills.scheme)
    step = np.int8(Benefit.HYPERTENSION_DIABETES - Benefit.CHRONIC)
    benefit: Bytes = bills.service + drugs * step
    return benefit


def _cut(column: Any, rows: slice) -> Any:
    return None if column is None else column[rows]
