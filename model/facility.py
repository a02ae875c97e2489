"""A facility as a Mesa agent: a node of the referral network and a view of today's state."""

import mesa

from model.care.world import World
from model.region.region import Region
from model.terms import Tier


class Facility(mesa.Agent):
    """One clinic, centre or hospital; it reads its row of the arrays, so nothing is kept twice."""

    def __init__(self, model: mesa.Model, world: World, region: Region, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.node = row  # in the referral network
        self._world, self._region = world, region

    @property
    def id(self) -> str:
        """Id in the region's files."""
        return self._region.facilities.id[self.row]

    @property
    def name(self) -> str:
        """Name in English."""
        return self._region.facilities.name[self.row]

    @property
    def tier(self) -> Tier:
        """Its level."""
        return Tier(int(self._world.facility.tier[self.row]))

    @property
    def capacity(self) -> float:
        """Visits that it can serve a day."""
        return float(self._world.facility.capacity[self.row])

    @property
    def in_line(self) -> int:
        """Patients who wait for another day."""
        episodes = self._world.episodes
        return int((episodes.facility[self._world.waiting] == self.row).sum())

    @property
    def occupancy(self) -> float | None:
        """Beds in use over beds; none without beds."""
        state = self._world.state
        beds = int(state.beds[self.row])
        return int(state.beds_taken[self.row]) / beds if beds else None
