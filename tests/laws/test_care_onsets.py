"""No price, capacity or taste moves anybody's illness, and no luck is used twice."""

from collections import Counter
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from model import randomness
from model.care import illness, spells
from model.parameters import shipped_parameters
from model.randomness import Purpose
from model.scenario import make_scenario
from model.simulation import TieredCareModel

RESIDENTS, WARM_UP, DAYS = 4_000, 10, 50
Onset = tuple[int, int, int, int]
Drawn = tuple[list[Onset], tuple[int, ...]]  # onsets, and visits by day and tier


def run(overrides: Mapping[str, float] = {}) -> Drawn:
    """Every onset of a run, row by row as the day sees it, and the visits made."""
    model = TieredCareModel(
        make_scenario(
            residents=RESIDENTS, warm_up=WARM_UP, days=DAYS, seed=9, overrides=dict(overrides)
        )
    )
    found: list[Onset] = []
    ask = model.world.onsets.on

    def overheard(day: int) -> illness.OnsetTable:
        table = ask(day)
        columns = (table.day, table.person, table.number, table.condition)
        found.extend(zip(*(column.tolist() for column in columns), strict=True))
        return table

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model.world.onsets, "on", overheard)
        model.run()
    return found, tuple(model.tally.daily["visits"].ravel().tolist())


@cache
def as_shipped() -> Drawn:
    return run()


def at_the_end_of_their_ranges(prefix: str, end: str) -> dict[str, float]:
    """Every parameter of a file at the low or the high end of its range."""
    return {
        path: getattr(leaf, end)
        for path, leaf in shipped_parameters().items()
        if path.startswith(prefix + ".")
    }


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize(
    "file", ["charges", "queue", "choice", "admission", "treatment", "referral", "trust"]
)
def test_no_price_capacity_or_taste_moves_an_onset(file: str, end: str) -> None:
    onsets, visits = run(at_the_end_of_their_ranges(file, end))
    assert onsets == as_shipped()[0]
    assert visits != as_shipped()[1]  # the change did something


def test_no_chunk_or_block_moves_an_onset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomness, "CHUNK", 1_000)
    monkeypatch.setattr(illness, "BLOCK_DAY", 5)
    assert run() == as_shipped()


def test_no_luck_in_the_course_of_a_spell_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever was lucky once would be lucky again, and chances would not be what they say."""
    used: Counter[tuple[int, int, int, int]] = Counter()

    def counted(
        seed: int,
        purpose: Purpose,
        who: randomness.Indices,
        occasion: randomness.Indices | int = 0,
        branch: randomness.Indices | int = 0,
        keep: int = 4,
    ) -> object:
        names = np.broadcast_arrays(int(purpose), who, occasion, branch)
        used.update(zip(*(name.tolist() for name in names), strict=True))
        return randomness.uniforms(seed, purpose, who, occasion, branch, keep)

    monkeypatch.setattr(spells, "uniforms", counted)
    full = {path: 0.0 for path in shipped_parameters() if path.startswith("admission.advice.")}
    run({**full, "admission.ward_success": 0.5})
    assert sum(name[0] == Purpose.COURSE for name in used) > 1_000
    assert {name: n for name, n in used.items() if n > 1} == {}
