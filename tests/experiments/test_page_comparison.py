"""What the page's comparison finds: the command's own table, kept when it is stopped."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import psutil
import pytest

from experiments.html_report.words import Figures
from experiments.policies.comparison import BASELINE, differences
from experiments.run_file import Job
from experiments.store import Store
from experiments.task import Done, Failed, Refused, carry_out
from model.policies.choice import PolicyChoice, parse_package
from model.scenario import make_scenario
from model.terms import InputError
from model.wording import Words
from visualization.charts.svg import Bar, Line, bar_chart, line_chart
from visualization.compare.asked import Asked, Found, as_csv, found, in_words, spelled, weekly
from visualization.runs.background import Batch, Progress, Workers
from visualization.runs.progress import progress_text

PLAN = make_scenario(
    region="brook", residents=900, days=21, warm_up=3, seed=4, set={"choice.b_time": 0.03}
)
SIDES = (
    (PolicyChoice(id="reimbursement_gradient", levers={"gap": 0.5}),),
    (PolicyChoice(id="gatekeeping", levers={"strictness": 0.0, "closed_door": 1.0}),),
)
ASKED = Asked.of(PLAN, SIDES, 4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every run of the comparison but the last one of the last package."""
    store = Store(tmp_path_factory.mktemp("compare"))
    store.prepare()
    for name, several in ASKED.jobs().items():
        for job in several[: 3 if name == ASKED.packages[1] else 4]:
            done = carry_out(job)
            assert isinstance(done, Done)
            store.write(job.hash, done.content)
    return store


@pytest.fixture(scope="module")
def told(store: Store) -> Found:
    result = found(ASKED, ASKED.jobs(), store)
    assert result is not None
    return result


def test_only_whole_pairs_count(told: Found, store: Store) -> None:
    assert told.replicates == 3
    jobs = {name: several[:3] for name, several in ASKED.jobs().items()}
    for name, table in differences(store, jobs).items():
        expected = table.filter(pl.col("indicator") == "visits_per_resident")
        shown = told.tables[name].filter(pl.col("indicator") == "visits_per_resident")
        assert shown.row(0) == expected.row(0)


def test_the_two_sides_are_compared_pair_by_pair(told: Found) -> None:
    assert told.between is not None
    first, second = (table["difference"].to_numpy() for table in told.tables.values())
    np.testing.assert_allclose(told.between["difference"].to_numpy(), second - first, atol=1e-9)


def test_a_closed_door_is_told_from_noise(told: Found) -> None:
    figures = Figures(Words("en"), told.units)
    said = in_words(told.tables[ASKED.packages[1]], figures, Words("en"))
    assert "First contact at primary care" in said[0]


def test_weeks_add_up_to_the_indicator(told: Found, store: Store) -> None:
    series = weekly(told, store, "primary_share", PLAN.start)
    visits = weekly(told, store, "tertiary_visits", PLAN.start)
    assert [day.isoformat() for day in series.dates] == ["2023-01-01", "2023-01-08", "2023-01-15"]
    rows = next(iter(told.tables.values()))
    share = (
        1 - rows.filter(pl.col("indicator").str.contains("visit_share_(sec|ter)"))["first"].sum()
    )
    assert series.values[BASELINE].min() <= share <= series.values[BASELINE].max()
    assert visits.values[BASELINE].mean() > visits.values[ASKED.packages[1]].mean()


def test_the_table_travels_with_its_command(told: Found) -> None:
    lines = as_csv(ASKED, told).splitlines()
    assert lines[0] == (
        "# fenji compare brook reimbursement_gradient:gap=0.5 "
        "gatekeeping:closed_door=1,strictness=0 --replicates 4 --residents 900 "
        "--start 2023-01-01 --days 21 --warm-up 3 --seed 4 --rulebook national-2023 "
        "--set choice.b_time=0.03"
    )
    rows = list(csv.DictReader(io.StringIO("\n".join(lines[1:]))))
    assert {row["policy"] for row in rows} == set(ASKED.packages)


def test_a_package_reads_back_as_it_is_spelled() -> None:
    text = "gatekeeping:closed_door=1,strictness=0.5@2023-07-01..2023-09-01+telemedicine"
    assert spelled(tuple(parse_package(text))) == text


def test_what_cannot_be_compared_is_refused() -> None:
    wrong = Asked.of(PLAN, [(PolicyChoice(id="gatekeping"),)], 2)
    with pytest.raises(InputError, match="gatekeeping"):
        wrong.jobs()


@pytest.fixture
def workers() -> Iterator[Workers]:
    """One process, as on a small machine."""
    pool = Workers(1)
    yield pool
    pool.close()


def carried_out(batch: Batch) -> Progress:
    batch.join(600)
    return batch.progress


def test_a_batch_runs_in_the_background_and_can_be_stopped(
    workers: Workers, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.prepare()
    jobs = ASKED.jobs()[BASELINE]

    def changed(progress: Progress) -> None:
        if progress.done:
            batch.cancel()

    batch = Batch(jobs, store, workers, carry_out, changed)
    batch.start()
    progress = carried_out(batch)
    assert progress.state == "cancelled"
    assert 1 <= progress.done == len(store.hashes()) < len(jobs)
    assert str(progress.done) in progress_text(progress, Words("en"))["text"]
    rest = Batch(jobs, store, workers, carry_out, lambda _: None).start()
    assert carried_out(rest).state == "done"
    assert len(store.hashes()) == len(jobs)
    assert workers.in_line == 0


SERVER = """
from multiprocessing import active_children
from visualization.runs.background import Workers
workers = Workers(1)
workers.submit(len, "abc").result()
print(active_children()[0].pid, flush=True)
input()
"""


def test_no_process_outlives_a_server_that_is_killed() -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        worker = psutil.Process(int(server.stdout.readline()))
        server.kill()
    assert psutil.wait_procs([worker], timeout=600)[1] == []


def fail(job: Job) -> Done | Failed | Refused:
    return Failed("it broke", "trace")


def test_a_visitor_who_left_and_a_run_that_fails_end_a_batch(tmp_path: Path) -> None:
    class Inline(Workers):
        """No process: a future that is there at once."""

        def submit(self, task, job):  # type: ignore[no-untyped-def]
            from concurrent.futures import Future

            future = Future()
            future.set_result(task(job))
            return future

    store = Store(tmp_path)
    store.prepare()
    jobs = ASKED.jobs()[BASELINE]
    gone = Batch(jobs, store, Inline(1), carry_out, lambda _: None, lambda: True).start()
    assert carried_out(gone).state == "cancelled"
    failed = Batch(jobs, store, Inline(1), fail, lambda _: None).start()
    assert carried_out(failed).state == "failed"
    assert "it broke" in failed.progress.problem


def test_charts_say_what_they_show_and_escape_it() -> None:
    from datetime import date

    lines = [Line("A & <B>", [1.0, 2.0], "#000"), Line("C", [float("nan"), 1.5], "#111", "2 2")]
    chart = line_chart([date(2023, 1, 1), date(2023, 1, 8)], lines, Words("zh"), alt='say "so"')
    assert 'aria-label="say &quot;so&quot;"' in chart
    assert "A &amp; &lt;B&gt;" in chart
    assert "nan" not in chart
    assert "2023年1月" in chart
    bars = bar_chart([Bar("one", 0.5, "50%")], alt="bars", mark=(0.25, "yours"))
    assert bars.count("<rect") == 1
    assert "yours" in bars
