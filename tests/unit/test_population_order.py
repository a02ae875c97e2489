import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.population.order import order, position

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=60)


@given(PAIRS)
def test_order_is_that_of_a_stable_sort(pairs: list[tuple[int, int]]) -> None:
    group, key = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    assert order(group, key).tolist() == sorted(range(len(pairs)), key=pairs.__getitem__)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_position_counts_each_group_from_nought(counts: list[int]) -> None:
    expected = [row for count in counts for row in range(count)]
    assert position(np.array(counts)).tolist() == expected
