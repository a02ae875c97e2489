"""Encounters of a day as a table: visits, stays, purchases, and what is online, with bills."""

from dataclasses import dataclass
from enum import IntEnum

from model.insurance.settlement import Settlement
from model.terms import Bools, Bytes, Floats, Ints


class Kind(IntEnum):
    """What an encounter is."""

    VISIT = 0
    STAY = 1
    PURCHASE = 2
    ONLINE = 3  # consultation by video


@dataclass(slots=True)
class Encounters:
    """Encounters of one kind; arrays of shape (n,)."""

    kind: Kind
    episode: Ints  # identity of the spell, -1 for a follow-up
    person: Ints
    facility: Ints  # -1 for the pharmacy
    tier: Bytes
    area: Bytes
    scheme: Bytes
    service: Bytes
    condition: Bytes
    referred: Bools
    emergency: Bools
    claimed: Bools
    wait_day: Ints
    wait_min: Floats
    travel_min: Floats
    stay_day: Ints
    weight: Floats  # case weight of a stay, 0 of others
    recorded_weight: Floats  # the same as the provider codes it
    standard: Floats  # fen, expected charge at the baseline's practice
    drugs: Floats  # fen, part of the charge
    bought_in: Floats  # fen, what the provider pays for goods
    bill: Settlement

    def __len__(self) -> int:
        return len(self.person)


class Outcome(IntEnum):
    """How a spell of illness ended."""

    RESOLVED = 0  # by treatment
    PURCHASED = 1  # settled by medicine bought without a visit
    PASSED = 2  # by itself
    UNRESOLVED = 3  # given up after too many steps


@dataclass(slots=True)
class ClosedSpells:
    """Spells that end on a day; arrays of shape (n,)."""

    episode: Ints
    person: Ints
    onset_day: Ints
    condition: Bytes
    severity: Floats
    wanted: Bools
    first_contact: Bytes  # tier, -1 for none
    seen: Bools  # by a provider, as a visit or a stay
    worsened: Bools
    outcome: Bytes

    def __len__(self) -> int:
        return len(self.person)
