"""From a design to its runs: every point, checked and named before the first one starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from experiments.designs import Design
from experiments.identity import OwnData, own_data, run_hash
from experiments.levers import applied
from experiments.points import Point, Points, points_of
from experiments.run_file import Job, Place
from model.insurance.rulebook import read_rulebook
from model.region.read import read_region


@dataclass(slots=True)
class Jobs:
    """The runs of a design, made one by one."""

    design: Design
    points: Points
    data: OwnData
    _values: Mapping[str, float] = field(repr=False)  # every parameter, before any lever

    @classmethod
    def of(cls, design: Design) -> "Jobs":
        """Read what the design names and check every point; InputError for what cannot run."""
        plan = design.base
        read_rulebook(plan.rulebook)
        plan.with_policies(plan.policies)
        parameters = plan.parameters(read_region(plan.region, plan.residents))
        points = points_of(design, parameters)
        values = {path: leaf.value for path, leaf in parameters.items()}
        some = {**points.levers[0], **points.worlds[0]}  # all points name the same policies
        return cls(design, points, own_data(applied(plan, some)), values)

    def job(self, levers: Point, world: Point, replicate: int) -> Job:
        """One run: a point of the levers in a world, with the replicate's seed."""
        plan = applied(self.design.base, {**levers, **world})
        plan = plan.model_copy(update={"seed": self.design.seed_of(levers, world, replicate)})
        name = run_hash(plan, {**self._values, **plan.changes}, self.data)
        return Job(name, plan, Place(self.design.name, levers, world, replicate), self.data)

    def first_round(self) -> Iterator[Job]:
        """All runs that are surely needed, one replicate of every point after the other."""
        for replicate in range(1, self.design.first_round + 1):
            for levers, world in self.points:
                yield self.job(levers, world, replicate)
