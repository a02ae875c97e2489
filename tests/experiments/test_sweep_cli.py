"""`fenji sweep` and `fenji results` as a person types them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from experiments.cli import app

DESIGN = """
name: small
residents: 200
days: 1
warm_up: 0
replicates: 3
levers: {choice.b_time: [0.02, 0.03]}
"""


def fenji(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def answer(*words: object) -> Any:
    run = fenji(*words, "--json")
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path) -> Iterator[None]:
    with chdir(tmp_path):
        yield


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a sweep has ended; tests only read it."""
    place = tmp_path_factory.mktemp("swept")
    (place / "design.yaml").write_text(DESIGN, "utf-8")
    run = fenji("sweep", place / "design.yaml", "--out", place / "sweep", "--serial")
    assert run.exit_code == 0, run.output
    assert "6 runs: 6 finished now, 0 were there, 0 failed" in run.stdout
    return place / "sweep"


@pytest.fixture
def design(tmp_path: Path) -> Path:
    file = tmp_path / "design.yaml"
    file.write_text(DESIGN, "utf-8")
    return file


def first_run(folder: Path) -> str:
    return min(file.stem for file in (folder / "runs").glob("*.parquet"))


def test_a_sweep_s_results_go_to_out_by_its_name(design: Path) -> None:
    told = answer("sweep", design, "--serial")
    assert told["folder"] == str(Path("out") / "small")
    assert told["finished"] == 6
    assert answer("sweep", design, "--serial")["there"] == 6
    assert {run["choice.b_time"] for run in answer("results", "list")["runs"]} == {0.02, 0.03}


def test_workers_give_what_this_process_gives(design: Path, swept: Path) -> None:
    told = answer("sweep", design, "--workers", "1", "--out", "there")
    assert told["finished"] == 6
    for file in (swept / "runs").iterdir():
        assert (Path("there", "runs", file.name)).read_bytes() == file.read_bytes()


def test_every_run_is_listed_with_what_was_varied(swept: Path) -> None:
    rows = answer("results", "list", swept, "--indicator", "visits_per_resident")["runs"]
    assert len(rows) == 6
    assert set(rows[0]) == {"hash", "choice.b_time", "replicate", "seed", "visits_per_resident"}
    text = fenji("results", "list", "--out", swept).stdout
    assert all(row["hash"] in text for row in rows)
    assert "6 runs, 0 failed" in text


def test_a_run_is_shown_by_the_beginning_of_its_hash(swept: Path) -> None:
    run = first_run(swept)
    told = answer("results", "show", run[:9], swept)
    assert told["manifest"]["hash"] == run
    assert told["manifest"]["scenario"]["residents"] == 200
    assert set(told["indicators"]["visits_per_resident"]["by"]["residence"]) == {"rural", "urban"}
    assert run in fenji("results", "show", run, "--out", swept).stdout


def test_a_run_is_repeated_from_its_file_alone(swept: Path, tmp_path: Path) -> None:
    run = first_run(swept)
    file = tmp_path / "elsewhere.parquet"
    file.write_bytes((swept / "runs" / f"{run}.parquet").read_bytes())
    told = answer("results", "repeat", file)
    assert told["identical"]
    assert told["bytes_equal"]
    shown = fenji("results", "repeat", run, swept)
    assert shown.exit_code == 0
    assert f"Run {run}: identical (byte for byte)" in shown.stdout


def test_a_run_that_another_model_made_is_not_identical(
    swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments import run_file
    from experiments.run_file import figures_in, job_in

    content = (swept / "runs" / f"{first_run(swept)}.parquet").read_bytes()
    figures = figures_in(content)
    altered = figures.with_columns(value=figures["value"] + 1)
    monkeypatch.setattr(run_file, "_versions", lambda: {"model": "0.0.1+older"})
    file = tmp_path / "older.parquet"
    file.write_bytes(run_file.encode(job_in(content), altered, {}))
    monkeypatch.undo()
    repeated = fenji("results", "repeat", file)
    assert repeated.exit_code == 1
    assert "NOT identical" in repeated.stdout
    assert "model 0.0.1+older, now" in repeated.stdout


def test_compacted_results_are_the_same_and_may_be_compacted_again(swept: Path) -> None:
    from experiments.compact import read_indicator
    from experiments.experiment import read_results

    before = read_results(swept)
    assert "6 runs in" in fenji("results", "compact", swept).stdout
    after = read_results(swept)
    assert after.indicators.equals(before.indicators)
    name = "visits_per_resident.residence.rural"
    assert read_indicator(swept, name)[name].equals(before.indicators[name])
    assert fenji("results", "compact", "--out", swept).exit_code == 0


def test_points_are_compared_with_intervals(swept: Path) -> None:
    words = ("results", "compare", "choice.b_time=0.02", "choice.b_time=0.03", swept)
    told = answer(*words, "--indicator", "visits_per_resident")
    (row,) = told["indicators"]
    assert (told["level"], row["n"]) == (0.95, 3)
    assert row["difference"] == pytest.approx(row["second"] - row["first"])
    assert "visit_share_tertiary" in fenji(*words).stdout


def test_a_failure_ends_with_code_1_and_is_shown(
    design: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments import task

    def fails(_job: object) -> bytes:
        raise ZeroDivisionError("no beds")

    monkeypatch.setattr(task, "run", fails)
    run = fenji("sweep", design, "--serial", "--out", "f")
    assert run.exit_code == 1
    assert "0 finished now, 0 were there, 6 failed" in run.stdout
    assert "ZeroDivisionError: no beds" in run.stderr
    (failed, *_) = sorted(Path("f", "failures").iterdir())
    assert str(failed) in run.stderr
    listed = fenji("results", "list", "f").stdout
    assert "6 failed" in listed
    assert failed.stem in listed
    assert "in fails" in fenji("results", "show", failed.stem, "f").stdout
    repeated = fenji("results", "repeat", failed.stem, "f")
    assert repeated.exit_code == 2
    assert "this run failed" in repeated.stderr


WRONG = [
    (("sweep", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
    (("sweep", "design.yaml", "--serial", "--workers", "2"), "allowed: one of them"),
    (("sweep", "design.yaml", "--scheduler", "nonsense://x"), "no scheduler answers"),
    (("results", "list"), "which folder?"),
    (("results", "list", "nowhere"), "holds no experiment"),
    (("results", "list", "SWEPT", "--indicator", "visits"), "unknown indicator; found 'visits'"),
    (("results", "compact", "nowhere"), "holds no experiment"),
    (("results", "show", "zzzz", "SWEPT"), "no such run"),
    (("results", "show", "", "SWEPT"), "no such run"),
    (("results", "repeat", "design.yaml"), "is corrupt: it holds no whole run"),
    (("results", "compare", "x.y=1", "x.y=2", "SWEPT"), "does not vary; found 'x.y'"),
    (("results", "compare", "choice.b_time", "x=1", "SWEPT"), "allowed: path=number"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_mistake_is_one_line_and_exit_code_2(
    design: Path, swept: Path, words: tuple[str, ...], told: str
) -> None:
    run = fenji(*(str(swept) if word == "SWEPT" else word for word in words))
    assert run.exit_code == 2
    assert told in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


def test_a_folder_of_another_experiment_is_refused(design: Path, swept: Path) -> None:
    design.write_text(DESIGN.replace("days: 1", "days: 2"), "utf-8")
    run = fenji("sweep", design, "--out", swept, "--serial")
    assert run.exit_code == 2
    assert "holds another experiment: days is 1 there and 2 here" in run.stderr


def test_help_loads_neither_dask_nor_polars(root: Path) -> None:
    asks = (
        "import sys\n"
        "from experiments.cli import app\n"
        "app(['sweep', '--help'], standalone_mode=False)\n"
        "print({'dask', 'distributed', 'numpy', 'polars', 'scipy'} & set(sys.modules))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", asks], cwd=root, check=True, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-1] == "set()"


def test_the_shipped_design_is_the_one_of_the_manual(root: Path) -> None:
    from experiments.experiment import Experiment
    from experiments.jobs import Jobs

    experiment = Experiment.read(root / "examples" / "gap-and-gate.yaml")
    assert len(list(Jobs.of(experiment).first_round())) == 90
