"""The table of episodes and the calendar against plain Python, and the first morning's memory."""

from collections import defaultdict
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from model.parameters import shipped_parameters
from model.population.parameters import PopulationParameters
from model.population.synthesis import synthesise
from model.region.read import read_region
from model.state import Calendar, Episodes, new_facility_state, new_memory


class Table(RuleBasedStateMachine):
    """Spells open and close in any order; a dictionary remembers what each row must hold."""

    @initialize(capacity=st.integers(1, 6))
    def begin(self, capacity: int) -> None:
        self.episodes = Episodes(capacity)
        self.held: dict[int, tuple[int, float]] = {}
        self.opened = 0

    @rule(n=st.integers(0, 9))
    def add(self, n: int) -> None:
        identity = self.opened + np.arange(n)
        severity = (identity % 7 / 8).astype(np.float32)
        rows = self.episodes.add(n, identity=identity, severity=severity, onset_day=3)
        assert len(rows) == len(set(rows.tolist())) == n
        assert not self.held.keys() & set(rows.tolist())
        self.held |= dict(
            zip(rows.tolist(), zip(identity.tolist(), severity.tolist(), strict=True), strict=True)
        )
        self.opened += n

    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        rows = data.draw(
            st.lists(st.sampled_from(sorted(self.held)), unique=True) if self.held else st.just([])
        )
        self.episodes.severity[rows] = 1
        self.episodes.n_visits[rows] = 9
        self.episodes.facility[rows] = 4
        self.episodes.close(np.array(rows, np.int64))
        for row in rows:
            del self.held[row]

    @invariant()
    def table_holds_what_was_entered(self) -> None:
        episodes = self.episodes
        rows = np.flatnonzero(episodes.open).tolist()
        assert rows == sorted(self.held)
        assert episodes.n_open == len(rows)
        for row in rows:
            assert (int(episodes.identity[row]), float(episodes.severity[row])) == self.held[row]
            assert episodes.onset_day[row] == 3
            assert episodes.n_visits[row] == 0  # nothing is left of a row's former spell
            assert episodes.facility[row] == -1
            assert episodes.first_contact[row] == -1


Table.TestCase.settings = settings(max_examples=60, stateful_step_count=25)
TestTable = Table.TestCase


def test_new_rows_are_found_after_the_table_has_grown_many_times() -> None:
    episodes = Episodes(1)
    rows = np.concatenate([episodes.add(n, person=np.arange(n)) for n in (1, 5, 40, 300)])
    assert len(np.unique(rows)) == episodes.n_open == 346
    assert episodes.person[rows].tolist() == [k for n in (1, 5, 40, 300) for k in range(n)]


entries = st.lists(
    st.lists(st.tuples(st.integers(0, 999), st.integers(0, 12)), max_size=8), max_size=8
)


@given(entries, st.permutations(range(13)))
def test_a_calendar_gives_back_each_row_on_its_day_in_order_of_entry(
    entered: list[list[tuple[int, int]]], order: list[int]
) -> None:
    calendar, due = Calendar(), defaultdict(list)
    for part in entered:
        rows, days = np.array(part, np.int64).reshape(-1, 2).T
        calendar.enter(rows, days)
        for row, day in part:
            due[day].append(row)
    left = sum(len(part) for part in entered)
    for day in order:
        assert len(calendar) == left
        assert calendar.take(day).tolist() == due[day]
        assert calendar.take(day).tolist() == []
        left -= len(due[day])
    assert len(calendar) == 0


def test_a_calendar_takes_the_days_of_any_whole_type() -> None:
    calendar = Calendar()
    calendar.enter(np.array([4, 5]), np.array([7, 7], np.int16))
    calendar.enter(np.array([6]), np.array([7]))
    assert calendar.take(7).tolist() == [4, 5, 6]


def test_memory_begins_with_nothing_due_and_trust_as_it_is() -> None:
    who = shipped_parameters().bind(PopulationParameters, "population")
    residents = synthesise(read_region("brook", 60), 60, who, 1)
    memory = new_memory(residents)
    for field in fields(memory):
        assert getattr(memory, field.name).shape[-1] == 60
    assert (memory.prior_trust == residents.trust).all()
    assert not np.shares_memory(memory.prior_trust, residents.trust)
    assert (memory.last_used == -1).all()
    assert (memory.in_bed_until < 0).all()
    assert not memory.controlled.any()


@pytest.mark.parametrize("beds", [[0, 5, 100], []])
def test_facilities_begin_empty(beds: list[int]) -> None:
    state = new_facility_state(np.array(beds, np.int64))
    assert state.beds.tolist() == beds
    for name in ("beds_taken", "capacity_left", "wait_day", "reputation"):
        assert (getattr(state, name) == 0).all()
        assert len(getattr(state, name)) == len(beds)
