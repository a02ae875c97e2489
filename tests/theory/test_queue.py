"""The queue against the theory of M/M/c, a simulation of events, and a plain list of patients."""

from dataclasses import dataclass, replace
from math import exp, factorial, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import expon, kstest

from model.care import visits
from model.care.queue import (
    QueueParameters,
    daily_capacity,
    erlang_c,
    mean_minutes,
    minutes_waited,
    priority,
    serve,
    smoothed,
    whole_patients,
)
from model.care.world import FacilityTable, World
from model.parameters import shipped_parameters
from model.randomness import Purpose, uniforms
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.state import new_facility_state
from model.terms import Floats, Ints

P = shipped_parameters().bind(QueueParameters, "queue")
SERVICE_MIN = 8.0
SYSTEMS = [(1, 0.5), (1, 0.8), (3, 0.5), (4, 0.8)]
servers_and_load = st.tuples(st.integers(1, 25), st.floats(0.01, 0.99))


def textbook_erlang_c(servers: int, load: float) -> float:
    """Gross and Harris, 2.3: a^c / c! / (1 - rho) over the sum of all such terms."""
    a = servers * load
    last = a**servers / factorial(servers) / (1 - load)
    return last / (sum(a**k / factorial(k) for k in range(servers)) + last)


def textbook_wait(servers: int, load: float) -> float:
    """Mean wait of M/M/c, minutes."""
    return textbook_erlang_c(servers, load) * SERVICE_MIN / (servers * (1 - load))


@given(servers_and_load)
def test_erlang_c_is_the_sum_of_the_textbook(system: tuple[int, float]) -> None:
    servers, load = system
    found = erlang_c(np.array([servers]), np.array([load]))[0]
    assert found == pytest.approx(textbook_erlang_c(servers, load), rel=1e-9)


def test_one_server_waits_with_the_probability_of_its_load() -> None:
    load = np.linspace(0, 0.99, 12)
    assert erlang_c(np.ones(12, np.int64), load) == pytest.approx(load)


def test_facilities_of_different_size_are_computed_as_if_alone() -> None:
    servers, load = np.array([1, 7, 3, 20]), np.array([0.2, 0.9, 0.0, 0.7])
    together = erlang_c(servers, load)
    alone = [erlang_c(servers[i : i + 1], load[i : i + 1])[0] for i in range(4)]
    assert together.tolist() == alone


@given(servers_and_load, st.floats(0, 0.9), st.integers(1, 10))
def test_waits_grow_with_load_and_shrink_with_servers(
    system: tuple[int, float], share: float, more: int
) -> None:
    servers, load = system
    count = np.array([servers, servers, servers + more])
    wait = mean_minutes(count, load * np.array([1, share, 1]), np.full(3, SERVICE_MIN))
    assert wait[1] <= wait[0] * (1 + 1e-12)
    assert wait[2] <= wait[0] * (1 + 1e-12)


@pytest.mark.parametrize(("servers", "load"), SYSTEMS)
def test_drawn_minutes_have_the_distribution_of_the_wait(servers: int, load: float) -> None:
    n = 100_000
    luck = uniforms(1, Purpose.QUEUE, np.arange(n), keep=1)[0]
    wait = minutes_waited(np.full(n, servers), np.full(n, load), np.full(n, SERVICE_MIN), luck)
    p = textbook_erlang_c(servers, load)
    assert abs((wait > 0).mean() - p) < 4 * np.sqrt(p * (1 - p) / n)
    assert abs(wait.mean() - textbook_wait(servers, load)) < 4 * wait.std() / np.sqrt(n)
    tail = expon(scale=SERVICE_MIN / (servers * (1 - load)))
    assert kstest(wait[wait > 0], tail.cdf).pvalue > 1e-4


@dataclass(frozen=True)
class Sample:
    """Means of independent replicates of one queue, minutes."""

    means: Floats

    @property
    def mean(self) -> float:
        return float(self.means.mean())

    @property
    def error(self) -> float:
        return float(self.means.std(ddof=1) / np.sqrt(len(self.means)))


def simulated_events(servers: int, load: float) -> Sample:
    """Waits of M/M/c, event by event: who comes is served by the server that is free first.

    400 independent queues side by side; the first customers, who come to an empty queue, do not
    count.
    """
    queues, skipped, counted = 400, 400, 1200
    rng = np.random.default_rng(42)
    free_at = np.zeros((queues, servers))
    now, total, every = np.zeros(queues), np.zeros(queues), np.arange(queues)
    for customer in range(skipped + counted):
        now += rng.exponential(SERVICE_MIN / (servers * load), queues)
        server = free_at.argmin(axis=1)
        start = np.maximum(now, free_at[every, server])
        free_at[every, server] = start + rng.exponential(SERVICE_MIN, queues)
        if customer >= skipped:
            total += start - now
    return Sample(total / counted)


def facilities_of_the_model(servers: int, load: float) -> tuple[Sample, float]:
    """Waits of patients who come at random to facilities of the model; also the share who wait.

    The load that a facility goes by is a mean over its memory. It begins at the truth, and with a
    memory of 120 days and 240 places a day its variance is load / 240 / 239, which raises the mean
    of a wait that is convex in the load by less than a thousandth at 0.8: far less than the
    standard error. Facilities are independent, so their means tell that error, slow drift of the
    load included.
    """
    n, days, places = 24, 250, 240.0
    world = world_of_facilities(n, servers, places)
    world.state.load[:] = load
    rng = np.random.default_rng(7)
    minutes, seen, waiting = np.zeros(n), np.zeros(n), 0
    person, key = 0, 0
    for day in range(days):
        facility = np.repeat(np.arange(n), rng.poisson(load * places, n))
        count = len(facility)
        who = (person + np.arange(count)) % len(world.residents)
        rows = world.episodes.add(count, person=who, key=key + np.arange(count))
        person, key = person + count, key + count
        visits.ask(world, rows, facility, day)
        served, _ = visits.see_patients(world, day)
        minutes += np.bincount(served.facility, served.wait_min, n)
        seen += np.bincount(served.facility, minlength=n)
        waiting += int((served.wait_min > 0).sum())
        world.episodes.close(served.rows)
    return Sample(minutes / seen), waiting / seen.sum()


def world_of_facilities(n: int, servers: int, places: float) -> World:
    """A village's world with `n` equal facilities in place of its own."""
    world = TieredCareModel(make_scenario(region="brook", residents=500, days=1, warm_up=0)).world
    of_facility = np.zeros(n, np.int64)
    world.facility = FacilityTable(
        tier=of_facility.astype(np.int8),
        area=of_facility.astype(np.int8),
        settlement=of_facility.astype(np.int32),
        doctors=np.ones(n),
        beds=of_facility,
        quality=np.ones(n),
        line=np.full(n, servers),
        capacity=np.full(n, places),
        up=np.full(n, -1, np.int32),
        consortium=of_facility,
        practice=of_facility.astype(np.int8),
    )
    world.state = new_facility_state(of_facility)
    world.residents.contract[:] = False
    line = replace(
        world.p.queue,
        load_memory_day=120.0,
        max_load=0.999,
        consultation_min=np.full(4, SERVICE_MIN),
    )
    world.p = replace(world.p, queue=line)
    return world


@pytest.mark.parametrize(("servers", "load"), SYSTEMS)
def test_the_formula_meets_a_simulation_of_events(servers: int, load: float) -> None:
    events = simulated_events(servers, load)
    formula = mean_minutes(np.array([servers]), np.array([load]), np.array([SERVICE_MIN]))[0]
    assert abs(events.mean - formula) < 4 * events.error


@pytest.mark.parametrize(("servers", "load"), SYSTEMS)
def test_a_facility_of_the_model_meets_erlang_c_and_the_events(servers: int, load: float) -> None:
    model, waits = facilities_of_the_model(servers, load)
    assert abs(model.mean - textbook_wait(servers, load)) < 4 * model.error
    assert model.error < 0.02 * model.mean  # the test can tell
    events = simulated_events(servers, load)
    assert abs(model.mean - events.mean) < 4 * np.hypot(model.error, events.error)
    assert waits == pytest.approx(textbook_erlang_c(servers, load), rel=0.02)


def test_the_load_is_what_is_asked_for_over_what_can_be_done() -> None:
    """Also beyond 1, where most of those who ask are not seen the same day."""
    world = world_of_facilities(1, 1, 10.0)
    world.p = replace(world.p, queue=replace(world.p.queue, load_memory_day=2.0))
    for day in range(30):
        rows = world.episodes.add(20, person=np.arange(20), key=day * 20 + np.arange(20))
        visits.ask(world, rows, np.zeros(20, np.int64), day)
        served, in_line = visits.see_patients(world, day)
        assert len(served.rows) == 10
        assert len(in_line) == 10 * (day + 1)
        world.episodes.close(served.rows)
    assert world.state.load[0] == pytest.approx(2, abs=1e-6)


def test_an_emergency_waits_no_minute() -> None:
    world = world_of_facilities(1, 1, 100.0)
    world.state.load[:] = 0.9
    urgent = np.arange(80) % 2 == 0
    rows = world.episodes.add(80, person=np.arange(80), emergency=urgent)
    visits.ask(world, rows, np.zeros(80, np.int64), 0)
    served, _ = visits.see_patients(world, 0)
    assert (served.wait_min[served.emergency] == 0).all()
    assert (served.wait_min[~served.emergency] > 0).any()


patients = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 7)), max_size=40)
capacities = st.lists(st.integers(0, 8), min_size=4, max_size=4)


def served_of(line: list[tuple[int, int, int]], places: list[int]) -> list[bool]:
    facility, rank, order = np.array(line, np.int64).reshape(-1, 3).T
    return serve(facility, rank, order.astype(np.float32) / 8, np.array(places)).tolist()


@given(patients, capacities)
def test_serving_is_what_a_receptionist_does(
    line: list[tuple[int, int, int]], places: list[int]
) -> None:
    left, expected = list(places), [False] * len(line)
    for row in sorted(range(len(line)), key=lambda row: (line[row][1], line[row][2], row)):
        facility = line[row][0]
        if left[facility]:
            left[facility] -= 1
            expected[row] = True
    assert served_of(line, places) == expected


@given(patients, capacities)
def test_a_facility_serves_whom_it_can_and_the_first_first(
    line: list[tuple[int, int, int]], places: list[int]
) -> None:
    served = served_of(line, places)
    assert len(served) == len(line)
    for facility, limit in enumerate(places):
        here = [row for row in range(len(line)) if line[row][0] == facility]
        seen = [line[row][1:] for row in here if served[row]]
        sent_away = [line[row][1:] for row in here if not served[row]]
        assert len(seen) == min(limit, len(here))
        assert not seen or not sent_away or max(seen) <= min(sent_away)


@given(patients, capacities, st.integers(0, 3))
def test_a_further_place_serves_one_more_and_sends_nobody_away(
    line: list[tuple[int, int, int]], places: list[int], facility: int
) -> None:
    more = [p + (f == facility) for f, p in enumerate(places)]
    before, after = served_of(line, places), served_of(line, more)
    assert all(now or not then for then, now in zip(before, after, strict=True))
    assert sum(after) - sum(before) in (0, 1)


@given(st.booleans(), st.booleans(), st.booleans())
def test_emergencies_come_first_then_referred_then_contracted(
    emergency: bool, referred: bool, contracted: bool
) -> None:
    rank = priority(np.array([emergency]), np.array([referred]), np.array([contracted]))[0]
    assert rank == (0 if emergency else 1 if referred else 2 if contracted else 3)


def test_an_earlier_day_outranks_nobody_of_higher_priority() -> None:
    days = np.arange(visits.RANKS)
    assert (3 * visits.RANKS + days).min() > (2 * visits.RANKS + days).max()


@given(st.lists(st.floats(0, 50), min_size=1, max_size=3), st.integers(1, 60))
def test_fractions_of_a_place_add_up(capacity: list[float], days: int) -> None:
    each, left = np.array(capacity), np.zeros(len(capacity))
    total: Ints = np.zeros(len(capacity), np.int64)
    for _ in range(days):
        places = whole_patients(each, left)
        assert (np.abs(places - each) < 1 + 1e-9).all()
        total += places
    assert (np.abs(total + left - each * days) < 1e-6).all()
    assert ((left >= 0) & (left < 1)).all()


@given(st.floats(0, 1000), st.integers(0, 3), st.floats(1, 3))
def test_capacity_is_in_proportion_to_doctors(doctors: float, tier: int, times: float) -> None:
    one, more = daily_capacity(np.array([doctors, doctors * times]), np.array([tier] * 2), P)
    assert more == pytest.approx(one * times)
    assert one == pytest.approx(doctors * P.capacity[tier] * P.working_day / 365)


@given(st.floats(0, 5), st.floats(0, 5), st.floats(1, 120), st.integers(1, 200))
def test_a_smoothed_value_closes_the_gap_geometrically(
    old: float, new: float, memory: float, days: int
) -> None:
    value = np.array([old])
    for _ in range(days):
        value = smoothed(value, np.array([new]), memory)
    assert value[0] == pytest.approx(new + (old - new) * (1 - 1 / memory) ** days, abs=1e-9)
    assert (1 - 1 / memory) ** floor(memory) <= exp(-floor(memory) / memory) + 1e-12
