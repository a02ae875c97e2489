"""One visitor's way through the lessons: her group, predictions, runs and answers."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import solara

from experiments.frames import indicator_of
from experiments.store import Store
from visualization.lessons.lesson import GROUPS, Lesson, lessons
from visualization.lessons.run import carry_out_lesson
from visualization.runs.background import Batch, Progress, shared_store, shared_workers

Key = tuple[str, int]  # lesson and group


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a visitor did in one lesson as a member of one group."""

    predicted: str = ""
    progress: Progress | None = None
    answer: str = ""

    @property
    def running(self) -> bool:
        """Her runs are under way."""
        return self.progress is not None and self.progress.state == "running"

    @property
    def finished(self) -> bool:
        """Her runs are there."""
        return self.progress is not None and self.progress.state == "done"


@dataclass(slots=True)
class Learning:
    """The lessons as one visitor sees them. gone: whether she has left."""

    gone: Callable[[], bool]
    chosen: solara.Reactive[str] = field(
        default_factory=lambda: solara.reactive(next(iter(lessons())))
    )
    group: solara.Reactive[int] = field(default_factory=lambda: solara.reactive(1))
    attempts: solara.Reactive[Mapping[Key, Attempt]] = field(
        default_factory=lambda: solara.reactive({})
    )
    _batches: dict[Key, Batch] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)  # batches note as well

    @property
    def lesson(self) -> Lesson:
        """The lesson that is open."""
        return lessons()[self.chosen.value]

    @property
    def key(self) -> Key:
        """The lesson that is open and the group."""
        return self.chosen.value, self.group.value

    @property
    def attempt(self) -> Attempt:
        """What she did in it."""
        return self.attempts.value.get(self.key, Attempt())

    def open(self, lesson: str) -> None:
        """Open a lesson; runs under way go on."""
        if lesson in lessons():
            self.chosen.value = lesson

    def join(self, group: int) -> None:
        """Become a member of a group."""
        if 1 <= group <= GROUPS:
            self.group.value = group

    def predict(self, prediction: str) -> None:
        """Say what will come out; not once it is known."""
        if self.attempt.progress is None:
            self._note(self.key, predicted=prediction)

    def answer(self, answer: str) -> None:
        """Answer the exercise."""
        self._note(self.key, answer=answer)

    def run(self) -> None:
        """Begin the runs of the lesson for her group."""
        key, lesson = self.key, self.lesson
        if self.attempt.running or not self.attempt.predicted:
            return
        batch = Batch(
            list(lesson.jobs(self.group.value).values()),
            store_of(lesson),
            shared_workers(),
            carry_out_lesson,
            lambda progress: self._note(key, progress=progress),
            self.gone,
        )
        self._batches[key] = batch
        self._note(key, progress=batch.progress)
        batch.start()

    def cancel(self) -> None:
        """Begin no more runs."""
        batch = self._batches.get(self.key)
        if batch is not None:
            batch.cancel()

    def _note(self, key: Key, **changes: object) -> None:
        with self._lock:
            old = self.attempts.value.get(key, Attempt())
            told = {name: getattr(old, name) for name in Attempt.__slots__} | changes
            self.attempts.value = {**self.attempts.value, key: Attempt(**told)}


def store_of(lesson: Lesson) -> Store:
    """Where the runs of a lesson are kept, for all groups."""
    return shared_store(f"lesson-{lesson.id}")


def values_of(lesson: Lesson, group: int) -> Mapping[str, float] | None:
    """The numbers of a group, if its runs are finished on this server."""
    store, jobs = store_of(lesson), lesson.jobs(group)
    if not all(store.has(job.hash) for job in jobs.values()):
        return None
    return _values(lesson.id, group)


@lru_cache(maxsize=256)
def _values(lesson_id: str, group: int) -> Mapping[str, float]:
    return lessons()[lesson_id].values(_files(lessons()[lesson_id], group))


def _files(lesson: Lesson, group: int) -> dict[str, bytes]:
    store = store_of(lesson)
    return {run: store.read(job.hash) for run, job in lesson.jobs(group).items()}


@lru_cache(maxsize=256)
def by_year(lesson_id: str, group: int, run: str, indicator: str) -> Mapping[int, float]:
    """An indicator of a run year by year, where the funds were projected."""
    lesson = lessons()[lesson_id]
    content = store_of(lesson).read(lesson.jobs(group)[run].hash)
    first = lesson.plan(run, group).start.year
    last = round(indicator_of(content, "last_year"))
    years = range(first, last + 1)
    return {year: indicator_of(content, f"{indicator}.year.{year}") for year in years}
