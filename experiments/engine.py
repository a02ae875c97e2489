"""The engine: carries out runs on a crew and loses none that is finished.

What can go wrong, and what is done:

- a run raises an error: it is tried once more, then recorded as a failure with its traceback;
- a worker dies: every run that it had in hand is a suspect, for one of them may have killed it.
  Suspects go last; the first time with one run in hand for each worker, then alone in the whole
  crew, where a death can only be the run's own. After two of those it is recorded as a failure;
- the connection drops: its runs are repeated without blame;
- somebody else is about to do the same run: it is left to the end, and skipped if it is there.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from experiments.crew import Crew, Died, Dropped, Result
from experiments.run_file import Job
from experiments.store import Failure, Store
from experiments.task import Done, Failed, Refused
from model.terms import InputError

TRIES = 2  # of a run that raises an error
LONE_TRIES = 2  # of a run that its worker did not survive, alone in the crew
COMPANY_TRIES = 2  # before that, in the company of others


class Report(Protocol):
    """Somebody who wants to know how the sweep goes."""

    def update(self, tally: "Tally", threads: int) -> None:
        """Something has ended, or a moment has passed; `threads` runs can be under way."""

    def say(self, text: str) -> None:
        """Something happened that a person may want to know."""


class Stop(Protocol):
    """Whether somebody asked to stop."""

    @property
    def asked(self) -> bool:
        """No new run is to begin."""
        ...


@dataclass(slots=True)
class Tally:
    """What became of the runs of a sweep."""

    planned: int = 0
    there: int = 0  # were finished before
    finished: int = 0  # carried out by this driver
    elsewhere: int = 0  # finished meanwhile by another driver
    repeated: int = 0  # runs begun again, because a worker died or a connection dropped
    failed: int = 0
    set_aside: int = 0  # files that were corrupt

    @property
    def settled(self) -> int:
        """Runs of which the outcome is known."""
        return self.there + self.finished + self.elsewhere + self.failed


@dataclass(slots=True)
class _Try:
    job: Job
    errors: int = 0
    deaths: int = 0
    claimed: bool = False


@dataclass(slots=True)
class Engine:
    """One driver at work on one folder."""

    store: Store
    crew: Crew
    report: Report
    stop: Stop
    tally: Tally = field(default_factory=Tally)
    _fresh: deque[_Try] = field(default_factory=deque)
    _later: deque[_Try] = field(default_factory=deque)  # claimed by another driver
    _suspects: deque[_Try] = field(default_factory=deque)
    _lone: deque[_Try] = field(default_factory=deque)
    _in_hand: dict[str, _Try] = field(default_factory=dict)

    def carry_out(self, jobs: Iterable[Job]) -> None:
        """Settle every run that is not finished, or as many as there are until `stop`.

        Raises OSError without room, SchedulerLostError, and InputError for a worker's other model;
        what is finished by then is kept.
        """
        self._fresh.extend(_Try(job) for job in {job.hash: job for job in jobs}.values())
        try:
            while self._fill() or self._in_hand:
                if self._in_hand:
                    for job, result in self.crew.results():
                        self._settle(self._in_hand.pop(job.hash), result)
                self.report.update(self.tally, self.crew.threads)
        finally:
            for trial in self._in_hand.values():
                self.store.release(trial.job.hash)

    def _fill(self) -> bool:
        """Hand out runs while there is room; False when no more will be handed out."""
        while not self.stop.asked and (trial := self._next()) is not None:
            if self.store.has(trial.job.hash):
                self.tally.elsewhere += 1
                self.store.release(trial.job.hash)
                continue
            self._in_hand[trial.job.hash] = trial
            self.crew.submit(trial.job)
        waiting = self._fresh or self._later or self._suspects or self._lone
        return bool(waiting) and not self.stop.asked

    def _next(self) -> _Try | None:
        """The next run for which there is room now."""
        threads, busy = max(self.crew.threads, 1), len(self._in_hand)
        if self._fresh or self._later:
            return self._unclaimed() if busy < threads * self.crew.ahead else None
        if self._suspects:
            return self._suspects.popleft() if busy < threads else None
        return self._lone.popleft() if self._lone and not busy else None

    def _unclaimed(self) -> _Try:
        while self._fresh:
            trial = self._fresh.popleft()
            trial.claimed = trial.claimed or self.store.claim(trial.job.hash)
            if trial.claimed:
                return trial
            self._later.append(trial)
        return self._later.popleft()

    def _settle(self, trial: _Try, result: Result) -> None:
        match result:
            case Done(content):
                self.store.write(trial.job.hash, content)
                self.store.release(trial.job.hash)
                self.tally.finished += 1
            case Failed(error, traceback):
                trial.errors += 1
                if trial.errors < TRIES:
                    self._again(trial)
                else:
                    self._give_up(trial, error, traceback)
            case Died(reason):
                self._suspect(trial, reason)
            case Dropped():
                self.tally.repeated += 1
                self._again(trial)
            case Refused(reason):
                raise InputError(reason, allowed="the same fenji on the driver and every worker")

    def _suspect(self, trial: _Try, reason: str) -> None:
        trial.deaths += 1
        if trial.deaths >= COMPANY_TRIES + LONE_TRIES:
            self._give_up(trial, f"{reason}, {trial.deaths} times, the last {LONE_TRIES} alone", "")
            return
        self.tally.repeated += 1
        self.report.say(f"{reason} with run {trial.job.hash} in hand; the run is repeated")
        self._again(trial)

    def _again(self, trial: _Try) -> None:
        if trial.deaths == 0:
            self._fresh.append(trial)
        elif trial.deaths < COMPANY_TRIES:
            self._suspects.append(trial)
        else:
            self._lone.append(trial)

    def _give_up(self, trial: _Try, error: str, traceback: str) -> None:
        job = trial.job
        failure = Failure(
            hash=job.hash,
            error=error,
            traceback=traceback,
            tries=trial.errors + trial.deaths,
            scenario=job.plan.model_dump(mode="json", by_alias=True),
            levers=dict(job.place.levers),
            uncertainties=dict(job.place.uncertainties),
            replicate=job.place.replicate,
        )
        self.store.fail(failure)
        self.store.release(job.hash)
        self.tally.failed += 1
        self.report.say(f"run {job.hash} failed: {error}; see {self.store.failure_path(job.hash)}")
