"""What a search proposes: points of the levers, from optuna, a generation at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from experiments.designs import Span
from experiments.levers import check_value
from experiments.points import Point, ends_of
from experiments.search.design import SearchDesign
from model.parameters import Parameters
from model.terms import InputError

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

DIGITS = 4  # of a lever that is proposed, so that a person can read and repeat it


@dataclass(frozen=True, slots=True)
class Space:
    """The levers: ranges, and lists of values of which one is taken."""

    ranges: Mapping[str, tuple[float, float]]
    lists: Mapping[str, tuple[float, ...]]

    @classmethod
    def of(cls, levers: Mapping[str, Any], parameters: Parameters) -> "Space":
        """Check every range and value."""
        spans = {path: axis for path, axis in levers.items() if isinstance(axis, Span)}
        lists = {path: axis for path, axis in levers.items() if path not in spans}
        for path, values in lists.items():
            for value in values:
                check_value(path, value, parameters)
        return cls({path: ends_of(path, span, parameters) for path, span in spans.items()}, lists)

    @property
    def corner(self) -> Point:
        """One point of it."""
        return {path: values[0] for path, values in {**self.ranges, **self.lists}.items()}

    def point(self, proposed: Mapping[str, Any]) -> Point:
        """What was proposed, with few digits."""
        point = {path: float(value) for path, value in proposed.items()}
        for path, (low, high) in self.ranges.items():
            point[path] = min(max(float(f"{point[path]:.{DIGITS}g}"), low), high)
        return point


class Proposals:
    """A study of optuna in which what is small is good."""

    def __init__(self, design: SearchDesign, space: Space) -> None:
        self._space = space
        self._study = _study(design)
        self._asked: list[optuna.Trial] = []

    def ask(self, n: int) -> list[Point]:
        """So many points; each must be told before the next are asked for."""
        axes = _distributions(self._space)
        self._asked = [self._study.ask(axes) for _ in range(n)]
        return [self._space.point(trial.params) for trial in self._asked]

    def tell(self, losses: Sequence[float], excess: Mapping[str, float]) -> None:
        """What became of the next point that was asked for; no losses: it failed."""
        from optuna.trial import TrialState

        trial = self._asked.pop(0)
        if not losses:
            self._study.tell(trial, state=TrialState.FAIL)
            return
        for name, value in excess.items():
            trial.set_constraint(name, value)
        self._study.tell(trial, losses)


def check_optuna() -> None:
    """An error that says how to install optuna, where it is missing."""
    try:
        import optuna
    except ModuleNotFoundError:
        raise InputError(
            "a search needs optuna, which is not installed",
            allowed="install optuna, or run make setup",
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def _study(design: SearchDesign) -> "optuna.Study":
    import optuna

    sampler: optuna.samplers.BaseSampler = optuna.samplers.NSGAIISampler(
        seed=design.seed, population_size=design.generation
    )
    if design.sampler == "tpe":
        sampler = optuna.samplers.TPESampler(
            seed=design.seed, n_startup_trials=min(design.generation, design.trials)
        )
    return optuna.create_study(directions=["minimize"] * len(design.objectives), sampler=sampler)


def _distributions(space: Space) -> "dict[str, BaseDistribution]":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    ranges = {path: FloatDistribution(*ends) for path, ends in space.ranges.items()}
    lists = {path: CategoricalDistribution(values) for path, values in space.lists.items()}
    return cast("dict[str, BaseDistribution]", ranges | lists)
