"""`fenji bench` measures, compares and prints; how fast it was is not a matter of tests."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments import bench
from experiments.bench_run import Size
from experiments.bench_twin import PlainMesa
from experiments.cli import app
from model.day import DAY

SMALL = ["bench", "--sizes", "400,800", "--days", "2", "--warm-up", "2", "--rounds", "1"]
SMALL += ["--twin", "300", "--kernels", "numpy"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    file = tmp_path_factory.mktemp("bench") / "bench.json"
    ran = CliRunner().invoke(app, [*SMALL, "--out", str(file)])
    assert ran.exit_code == 0, ran.output
    return ran.output, file


def test_every_size_and_step_is_measured(written: tuple[str, Path]) -> None:
    measured = json.loads(written[1].read_text())
    assert [size["residents"] for size in measured["sizes"]] == [400, 800]
    for size in measured["sizes"]:
        assert set(size["touched_mb"]) == {step.__name__ for step in DAY}
        assert set(size["step_ms"]) == set(size["touched_mb"]) | {"outside the steps"}
        for whole, steps in (("day_ms", "step_ms"), ("day_wall_ms", "step_wall_ms")):
            assert size[whole] == pytest.approx(sum(size[steps].values()))
        assert size["peak_mb"] > 0
        assert size["rate"] > 0
    for of in ("", "wall_"):
        rates = measured[f"model_{of}rate"], measured[f"twin_{of}rate"]
        assert measured[f"{of}ratio"] == pytest.approx(rates[0] / rates[1])
    assert measured["threads"] == 1  # numpy


def test_text_and_json_tell_the_same(written: tuple[str, Path]) -> None:
    text, file = written
    measured = json.loads(file.read_text())
    assert "the model with 1 thread, plain Mesa with one" in text
    assert f"processor: ratio {measured['ratio']:.1f}" in text
    assert f"wall: ratio {measured['wall_ratio']:.1f}" in text
    assert "weigh options" in text
    assert "no measurement of these sizes" in text


def measured(day_ms: float, learn_ms: float, twin_rate: float) -> bench.Bench:
    steps = {"learn": learn_ms}
    size = Size(1000, 10, 5, 0.1, 1.0, 1.0, day_ms, day_ms, 1e6, 100.0, steps, steps, {})
    rates = twin_rate, 2e6, 2.0
    return bench.Bench("numpy", 1, {}, 10.0, 0.0, 0.0, *rates, *rates, [size])


def as_baseline(then: bench.Bench) -> list[dict[str, object]]:
    from dataclasses import asdict

    return [asdict(then)]


def test_slower_is_told_in_the_time_of_the_twin() -> None:
    then = as_baseline(measured(10.0, 2.0, 1e6))
    assert bench.slower(measured(10.0, 2.0, 1e6), then) == []
    assert bench.slower(measured(20.0, 4.0, 0.5e6), then) == []  # a machine half as fast
    (day, learn) = bench.slower(measured(20.0, 4.0, 1e6), then) or []
    assert "a day takes 2.00" in day
    assert "learn takes 2.00" in learn
    other = measured(10.0, 2.0, 1e6)
    other.kernels = "fast"
    assert bench.slower(other, then) is None


def test_the_committed_baseline_can_be_compared_with() -> None:
    before = bench.baselines()
    assert {old["kernels"] for old in before} == {"numpy", "fast"}
    for old in before:
        assert {"processor", "cores", "memory_gb", "numpy"} <= set(old["machine"])
        assert old["ratio"] == pytest.approx(old["model_rate"] / old["twin_rate"])


def test_the_twin_falls_ill_chooses_and_learns() -> None:
    twin = PlainMesa(2_000, seed=1)
    before = [list(agent.trust) for agent in twin.agents]
    twin.step()
    moved = sum(old != agent.trust for old, agent in zip(before, twin.agents, strict=True))
    assert moved == sum(twin.asked)
    assert 30 <= moved <= 90  # 60 expected, within four standard errors
    assert min(sum(agent.trust) for agent in twin.agents) >= 0


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [("--sizes", "ten", "--sizes"), ("--kernels", "quick", "numpy, fast"), ("--set", "a.b=1", "a")],
)
def test_mistakes_are_told_in_a_line(argument: str, value: str, told: str) -> None:
    ran = CliRunner().invoke(app, ["bench", argument, value])
    assert ran.exit_code == 2
    assert told in ran.output
    assert len(ran.output.strip().splitlines()) == 1


def test_a_measurement_replaces_that_of_its_kernels_only(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps([{"kernels": "numpy"}, {"kernels": "fast"}]))
    bench.save_baseline(
        bench.Bench("fast", 2, {}, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), file
    )
    numpy, fast = bench.baselines(file)
    assert numpy == {"kernels": "numpy"}
    assert (fast["kernels"], fast["ratio"], fast["wall_ratio"]) == ("fast", 6.0, 9.0)
