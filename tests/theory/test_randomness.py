"""Keyed random numbers: published vectors, nothing but the name moves a draw, uniform moments."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from model import randomness
from model.randomness import Purpose, gumbels, philox, uniforms, words

# kat_vectors of Random123 (Salmon et al. 2011), rows "philox4x32 10": counter, key, result.
PUBLISHED = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip
WORD = st.integers(0, 2**32 - 1)
N = 200_000


def of_hex(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def philox_by_hand(counter: list[int], key: list[int]) -> list[int]:
    """The rounds of the paper in Python's whole numbers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 1 << 32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % (1 << 32), (k1 + 0xBB67AE85) % (1 << 32)
    return [c0, c1, c2, c3]


@pytest.mark.parametrize(("counter", "key", "result"), PUBLISHED)
def test_philox_agrees_with_the_published_vectors(counter: str, key: str, result: str) -> None:
    column = np.array(of_hex(counter), np.uint64)[:, None]
    k0, k1 = of_hex(key)
    assert philox(column, (k0, k1))[:, 0].tolist() == of_hex(result)


@given(st.lists(st.tuples(WORD, WORD, WORD, WORD), min_size=1, max_size=5), WORD, WORD)
def test_philox_is_the_rounds_of_the_paper_column_by_column(
    counters: list[tuple[int, int, int, int]], k0: int, k1: int
) -> None:
    drawn = philox(np.array(counters, np.uint64).T, (k0, k1))
    by_hand = [philox_by_hand(list(counter), [k0, k1]) for counter in counters]
    assert drawn.T.tolist() == by_hand


def test_philox_leaves_its_counter_alone() -> None:
    counter = np.arange(8, dtype=np.uint64).reshape(4, 2)
    philox(counter, (1, 2))
    assert (counter == np.arange(8).reshape(4, 2)).all()


def test_a_name_is_the_counter_and_the_seed_is_the_key() -> None:
    seed = (7 << 32) + 5
    drawn = words(seed, Purpose.SEEK, 11, 12, 13)[:, 0]
    assert drawn.tolist() == philox_by_hand([11, 12, 13, int(Purpose.SEEK)], [5, 7])


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_chunks_change_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    who, occasion = np.arange(1000), np.arange(1000) * 3
    whole = words(3, Purpose.TREAT, who, occasion, 2)
    monkeypatch.setattr(randomness, "CHUNK", chunk)
    assert (words(3, Purpose.TREAT, who, occasion, 2) == whole).all()


@given(st.permutations(range(40)))
def test_order_and_company_change_nothing(order: list[int]) -> None:
    who = np.array(order)
    together = uniforms(3, Purpose.NEST, np.arange(40), np.arange(40) + 5, 1)
    assert (uniforms(3, Purpose.NEST, who, who + 5, 1) == together[:, who]).all()
    alone = uniforms(3, Purpose.NEST, order[0], order[0] + 5, 1)
    assert (alone[:, 0] == together[:, order[0]]).all()


def test_fewer_words_are_the_first_of_four() -> None:
    four = uniforms(1, Purpose.STAY, np.arange(9))
    assert all((uniforms(1, Purpose.STAY, np.arange(9), keep=k) == four[:k]).all() for k in (1, 3))


@pytest.mark.parametrize(
    "other",
    [
        (2, Purpose.SEEK, 1, 2, 3),
        (1 + (1 << 32), Purpose.SEEK, 1, 2, 3),
        (1, Purpose.NEST, 1, 2, 3),
        (1, Purpose.SEEK, 2, 2, 3),
        (1, Purpose.SEEK, 1, 3, 3),
        (1, Purpose.SEEK, 1, 2, 4),
    ],
)
def test_every_part_of_a_name_matters(other: tuple[int, Purpose, int, int, int]) -> None:
    assert (words(1, Purpose.SEEK, 1, 2, 3) != words(*other)).all()


def test_no_two_purposes_share_a_number() -> None:
    assert len({int(purpose) for purpose in Purpose}) == len(Purpose.__members__)


@pytest.mark.parametrize("word", [0, 0xFFFFFFFF])
def test_uniforms_lie_strictly_inside_even_at_the_ends(
    word: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomness, "philox", lambda counter, key: np.full_like(counter, word))
    drawn = uniforms(1, Purpose.SEEK, 1)
    assert drawn.dtype == np.float32
    assert (drawn > 0).all()
    assert (drawn < 1).all()
    assert np.isfinite(gumbels(drawn)).all()


def within_four_standard_errors(
    values: npt.NDArray[np.floating], mean: float, variance: float
) -> bool:
    return bool(abs(values.mean(dtype=np.float64) - mean) < 4 * np.sqrt(variance / values.size))


def test_uniforms_have_the_moments_of_uniforms() -> None:
    for word in uniforms(1, Purpose.TASTE, np.arange(N), 7).astype(np.float64):
        assert within_four_standard_errors(word, 1 / 2, 1 / 12)
        assert within_four_standard_errors(word**2, 1 / 3, 4 / 45)
        assert within_four_standard_errors(word**3, 1 / 4, 9 / 112)
        counts = np.bincount(np.floor(word * 256).astype(int), minlength=256)
        assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((Purpose.SEEK, 0, 0, 0, 0), (Purpose.SEEK, 0, 0, 0, 1)),
        ((Purpose.SEEK, 0, 0, 0, 0), (Purpose.NEST, 0, 0, 0, 0)),
        ((Purpose.SEEK, 0, 0, 0, 0), (Purpose.SEEK, 1, 0, 0, 0)),
        ((Purpose.SEEK, 0, 0, 0, 0), (Purpose.SEEK, 0, 1, 0, 0)),
        ((Purpose.SEEK, 0, 0, 0, 0), (Purpose.SEEK, 0, 0, 1, 0)),
    ],
    ids=["words", "purposes", "neighbours", "occasions", "branches"],
)
def test_draws_of_different_names_are_uncorrelated(
    one: tuple[Purpose, int, int, int, int], other: tuple[Purpose, int, int, int, int]
) -> None:
    def centred(name: tuple[Purpose, int, int, int, int]) -> npt.NDArray[np.float64]:
        purpose, who, occasion, branch, word = name
        drawn = uniforms(1, purpose, 2 * np.arange(N) + who, occasion, branch)
        return drawn[word].astype(np.float64) - 0.5

    assert within_four_standard_errors(centred(one) * centred(other), 0, 1 / 144)


def test_gumbels_have_their_mean_variance_and_distribution() -> None:
    drawn = gumbels(uniforms(1, Purpose.FACILITY, np.arange(N), keep=1)[0])
    variance = np.pi**2 / 6
    fourth = variance**2 * (3 + 12 / 5)  # excess kurtosis 12/5
    assert within_four_standard_errors(drawn, np.euler_gamma, variance)
    squares = (drawn - np.euler_gamma) ** 2
    assert within_four_standard_errors(squares, variance, fourth - variance**2)
    for x in (-1.0, 0.0, 1.0, 3.0):
        p = np.exp(-np.exp(-x))
        assert within_four_standard_errors((drawn <= x).astype(np.float64), p, p * (1 - p))
