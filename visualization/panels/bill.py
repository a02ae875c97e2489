"""The bill that a patient expects at a facility, line by line, by the code that settles it."""

from dataclasses import dataclass

import numpy as np

from model.care.charges import service_of, to_fen
from model.care.parts import basket
from model.care.prices import claimed_visits, make_bills, visit_means
from model.care.world import World
from model.encounters import Kind
from model.insurance.bill import LINES
from model.insurance.claim import in_cny
from model.insurance.settlement import settle
from model.terms import Ints

BURDEN = ("medfee_sumamt", "fund_pay_sumamt")  # what she weighs is the first less the second


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of the bill: its depth in the account, its name by language, CNY."""

    field: str
    indent: int
    label: dict[str, str]
    cny: float


@dataclass(frozen=True, slots=True)
class ExpectedBill:
    """The bill at the mean charge of a visit to a facility of this tier and area."""

    facility: int
    claimed: bool  # a visit there would be reported to the insurance
    lines: tuple[BillLine, ...]  # those that are not zero

    @property
    def burden(self) -> float:
        """What is left to the patient, individual account included, CNY."""
        amounts = {line.field: line.cny for line in self.lines}
        charge, funds = (amounts.get(name, 0.0) for name in BURDEN)
        return round(charge - funds, 2)


def expected_bill(world: World, row: Ints, facility: int) -> ExpectedBill:
    """The bill of a visit in the episode `row` (an array of one) to a facility."""
    tier, area = int(world.facility.tier[facility]), int(world.facility.area[facility])
    condition = world.episodes.condition[row]
    claimed = claimed_visits(world, row)[tier]
    level = world.p.levels.charge[basket(Kind.VISIT, condition), tier, area]
    charge = to_fen(visit_means(world, row)[tier] * level)
    service = service_of(Kind.VISIT, condition)
    bills = make_bills(world, row, charge, service, tier, area, claimed)
    person = world.episodes.person[row].astype(np.int64)
    amounts = in_cny(settle(world.rules, bills, world.year.take(person)))
    lines = (
        BillLine(name, indent, {"en": en, "zh": zh}, amounts[name])
        for name, indent, (en, zh) in LINES
        if amounts[name]
    )
    return ExpectedBill(facility, bool(claimed[0]), tuple(lines))
