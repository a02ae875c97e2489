"""A lesson as a file says it: its runs, the numbers taken from them, what is asked and checked.

Texts stand in `data/locale/{en,zh}/lessons.yaml` under the lesson's id; nothing here is a result.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from experiments.frames import indicator_of
from experiments.identity import OwnData, run_hash
from experiments.run_file import Job, Place
from model.mistakes import refusal
from model.parameters import Parameters, data_folder, read_yaml
from model.policies.choice import parse_package
from model.policies.formula import evaluate
from model.region.read import read_region
from model.scenario import Scenario, make_scenario

GROUPS = 12  # of students, each with a seed of its own
Shown = Literal[
    "percent", "percent_fine", "points", "cny", "minutes", "ratio", "rate", "trust", "year", "big"
]


class Part(BaseModel):
    """What lesson files are made of: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Arm(Part):
    """One run of a lesson: what differs from the baseline."""

    policy: str = ""  # as on the command line
    set: dict[str, float] = Field(default_factory=dict)


class Number(Part):
    """A number of the lesson: of a run's file, or a formula of numbers before it."""

    run: str = ""
    indicator: str = ""  # of the run: id, or id.group.key
    parameter: str = ""  # of the run: path
    end: Literal["value", "low", "high"] = "value"  # of the parameter
    formula: str = ""
    shown: Shown

    @model_validator(mode="after")
    def _one_source(self) -> "Number":
        given = [bool(text) for text in (self.indicator, self.parameter, self.formula)]
        if sum(given) != 1 or bool(self.run) == bool(self.formula):
            raise ValueError("needs run and indicator, run and parameter, or formula")
        return self


class Slider(Part):
    """A number to be set by the student, in the unit in which it is shown."""

    number: str
    low: float
    high: float
    step: float


class Choice(Part):
    """Options, of which the one with the largest number is right."""

    options: dict[str, str]  # option -> number


class Typed(Part):
    """A number to be typed, in the unit in which it is shown, right within a tolerance."""

    number: str
    tolerance: float


class Bars(Part):
    """Numbers as bars, with the runs that they belong to told apart by colour."""

    bars: list[str]


class Years(Part):
    """Series over the years of the funds' projection: name of a line -> run and indicator."""

    lines: dict[str, tuple[str, str]]


class Point(Part):
    """A statement of the explanation; it holds in a run where every formula is above zero."""

    id: str
    holds: list[str]


class Lesson(Part):
    """What a lesson file says."""

    id: str
    order: int
    region: str
    residents: int
    warm_up: int
    days: int
    first_seed: int  # of group 1
    outlook: bool = False  # project the funds of every run
    runs: dict[str, Arm]
    numbers: dict[str, Number]
    prediction: Slider | Choice
    chart: Bars | Years
    points: list[Point]
    exercise: Typed | Choice

    def plan(self, run: str, group: int) -> Scenario:
        """The scenario of a run for a group of students, 1 to `GROUPS`."""
        arm = self.runs[run]
        return make_scenario(
            region=self.region,
            residents=self.residents,
            warm_up=self.warm_up,
            days=self.days,
            seed=self.seed(group),
            policies=parse_package(arm.policy) if arm.policy else [],
            set=arm.set,
        )

    def seed(self, group: int) -> int:
        """The seed of a group of students."""
        return self.first_seed + group - 1

    def jobs(self, group: int) -> dict[str, Job]:
        """The runs of a group, ready to be carried out."""
        return {run: self._job(run, group) for run in self.runs}

    def _job(self, run: str, group: int) -> Job:
        plan, data = self.plan(run, group), OwnData()  # what lessons run is shipped
        values = {path: leaf.value for path, leaf in _parameters(plan).items()}
        name = run_hash(plan, values, data)
        return Job(name, plan, Place(self.id, replicate=group), data)

    def values(self, files: Mapping[str, bytes]) -> dict[str, float]:
        """Every number of the lesson, from the files of its runs."""
        known: dict[str, float] = {}
        for name, number in self.numbers.items():
            if number.formula:
                known[name] = evaluate(number.formula, known)
            elif number.parameter:
                known[name] = self._parameter(number)
            else:
                known[name] = indicator_of(files[number.run], number.indicator)
        return known

    @cached_property
    def given(self) -> dict[str, float]:
        """The numbers that are known before any run: parameters."""
        return {
            name: self._parameter(number)
            for name, number in self.numbers.items()
            if number.parameter
        }

    def _parameter(self, number: Number) -> float:
        parameters = _parameters(self.plan(number.run, 1))
        value: float = getattr(parameters.find(number.parameter), number.end)
        return value


def _parameters(plan: Scenario) -> Parameters:
    return plan.parameters(read_region(plan.region, plan.residents, plan.changes))


def best(choice: Choice, values: Mapping[str, float]) -> str:
    """The right option."""
    return max(choice.options, key=lambda option: values[choice.options[option]])


def holds(point: Point, values: Mapping[str, float]) -> bool:
    """Whether a statement of the explanation is true of these numbers."""
    return all(evaluate(formula, values) > 0 for formula in point.holds)


def read_lesson(file: Path) -> Lesson:
    """A lesson from its file, named by its id; InputError names what is wrong."""
    content = read_yaml(file)
    told = {"id": file.stem, **content} if isinstance(content, Mapping) else content
    try:
        return Lesson.model_validate(told)
    except ValidationError as error:
        raise refusal(error, told, Lesson, file) from error


@cache
def lessons() -> Mapping[str, Lesson]:
    """The lessons that come with the package, in their order."""
    files = (data_folder() / "lessons").glob("*.yaml")
    read = sorted((read_lesson(file) for file in files), key=lambda lesson: lesson.order)
    return {lesson.id: lesson for lesson in read}
