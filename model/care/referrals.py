"""Who sent whom where: referrals that patients took up, from facility to facility, up and down."""

from typing import NamedTuple

import numpy as np

from model.care.beds import Discharges
from model.care.visits import Visits
from model.care.world import World
from model.terms import Ints


class Referred(NamedTuple):
    """Patients by pair of facilities, in order of the pairs; shape (pairs,)."""

    sender: Ints
    receiver: Ints
    patients: Ints


class Referrals:
    """Referrals of the counted days."""

    def __init__(self) -> None:
        self._pairs: list[Ints] = []
        self._n = 1

    def add_day(self, world: World, seen: Visits, left: Discharges) -> None:
        """Count a day at its end: upward from visits, downward from visits and discharges."""
        episodes, self._n = world.episodes, len(world.facility.tier)
        for rows, sender, sent in (
            (seen.rows, seen.facility, seen.referred_up | episodes.referred_down[seen.rows]),
            (left.rows, left.facility, episodes.referred_down[left.rows]),
        ):
            receiver = episodes.target[rows[sent]].astype(np.int64)
            self._pairs.append((sender[sent] * self._n + receiver)[receiver >= 0])

    def counted(self) -> Referred:
        """Patients of all days by pair of facilities."""
        pairs = np.concatenate([np.empty(0, np.int64), *self._pairs])
        pair, patients = np.unique(pairs, return_counts=True)
        return Referred(pair // self._n, pair % self._n, patients)
