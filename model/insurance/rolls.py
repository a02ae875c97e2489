"""The rolls: members of this region's pool and their premiums, counted day by day for the books."""

import numpy as np

from model.insurance.funds import FundParameters, Members, MonthRoll, count_members
from model.state import Residents
from model.terms import Floats


class Rolls:
    """Members by month of the counted days."""

    def __init__(self, months: list[str], residents: Residents, premium: Floats) -> None:
        self._months = months
        self._member_days = np.zeros((len(months), len(Members._fields)))
        self._premium_days = np.zeros(len(months))
        self._days = np.zeros(len(months))
        self._standards: list[FundParameters | None] = [None] * len(months)
        self.regroup(residents, premium)
        self._at_start = self._today  # before any policy

    def regroup(self, residents: Residents, premium: Floats) -> None:
        """Count these members from today on; premium: over the standard one, (residents,)."""
        self._today = count_members(residents.scheme, residents.insured_here, residents.assistance)
        self._paid_today = float(premium.sum())

    def opening(self, standards: FundParameters) -> Floats:
        """What stood in each fund on the first day, for those who were members then, CNY."""
        stood = [self._at_start.of(fund) * each for fund, each in enumerate(standards.opening)]
        return np.array(stood)

    def end_day(self, month: str, standards: FundParameters) -> None:
        """Count a day."""
        row = self._months.index(month)
        self._member_days[row] += self._today
        self._premium_days[row] += self._paid_today
        self._days[row] += 1
        self._standards[row] = standards

    def by_month(self) -> list[MonthRoll]:
        """Months that have a counted day so far."""
        residents = Members._fields.index("residents")
        return [
            MonthRoll(
                Members(*(days / n).tolist()),
                float(paid / days[residents]) if days[residents] else 1.0,
                standards,
            )
            for days, paid, n, standards in zip(
                self._member_days, self._premium_days, self._days, self._standards, strict=True
            )
            if standards is not None
        ]
