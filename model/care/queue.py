"""The queue of a day: capacity, who is seen, how long people wait."""

from dataclasses import dataclass

import numpy as np

from model.kernels import fast
from model.terms import Bools, Bytes, Floats, Floats32, Ints

OTHERS = 3  # rank of those who have no priority


@dataclass(frozen=True, slots=True)
class QueueParameters:
    """Values of `data/parameters/queue.yaml`; tables by tier."""

    working_day: float
    capacity: Floats
    line_doctors: Floats
    consultation_min: Floats
    max_load: float
    load_memory_day: float
    wait_memory_day: float
    give_up: float
    ask_again: float
    booked: Floats
    booking_effect: float
    contract_rank: float


def time_in_line(tier: Bytes, p: QueueParameters) -> Floats:
    """Service time that sets the wait, minutes: shorter where patients come at their hour."""
    return p.consultation_min[tier] * (1 - p.booked[tier] * p.booking_effect)


def daily_capacity(doctors: Floats, tier: Bytes, p: QueueParameters) -> Floats:
    """Visits a facility can serve a day, averaged over the week's rota."""
    return doctors * p.capacity[tier] * p.working_day / 365


def whole_patients(capacity: Floats, left: Floats) -> Ints:
    """Today's whole places; the fraction is carried over in `left`, which is updated."""
    total = capacity + left
    whole = np.floor(total)
    left[:] = total - whole
    return whole.astype(np.int64)


def priority(emergency: Bools, referred: Bools, contracted: Bools, ahead: float = 1.0) -> Ints:
    """0 emergency, 1 referred, 2 own family doctor's patients, 3 others.

    ahead: ranks by which the family doctor's own patients go before others; with 2 they go with
    the referred, with 0 with the others.
    """
    own = np.where(contracted, OTHERS - round(ahead), OTHERS)
    return np.where(emergency, 0, np.where(referred, 1, own))


def serve(facility: Ints, rank: Ints, order: Floats32, places: Ints) -> Bools:
    """Who is served when each facility has so many places: by rank, then by order of arrival.

    facility, rank, order: (patients,); rank joins priority and day of asking. places:
    (facilities,). Ties of order are broken by row.
    """
    asking = np.bincount(facility, minlength=len(places))
    if fast(len(facility)):
        return _serve_compiled(facility, rank, order, places, asking)
    served = np.ones(len(facility), np.bool_)
    crowded = np.flatnonzero((asking > places)[facility])
    if len(crowded) == 0:
        return served
    where, level = facility[crowded], rank[crowded]
    line = np.lexsort((order[crowded], where * (level.max() + 1) + level))
    where = where[line]
    first = np.searchsorted(where, where, side="left")
    served[crowded[line]] = np.arange(len(line)) - first < places[where]
    return served


def _serve_compiled(
    facility: Ints, rank: Ints, order: Floats32, places: Ints, asking: Ints
) -> Bools:
    from model.kernels import lines

    served, (line, row) = np.empty(len(facility), np.bool_), np.empty((2, len(facility)), np.int64)
    key = (rank << 32) | order.view(np.int32)  # bits of floats that are not negative keep order
    lines.serve(facility, key, places, asking, np.empty_like(asking), line, row, served)
    return served


def erlang_c(servers: Ints, load: Floats) -> Floats:
    """Probability that an arrival waits in M/M/c.

    servers: c, at least 1. load: arrivals over the c servers' capacity, below 1. By the recursion
    of the Erlang B formula, B(k) = a B(k-1) / (k + a B(k-1)) with a = c load.
    """
    offered = servers * load
    blocked = np.ones(np.broadcast(servers, load).shape)
    for k in range(1, int(np.max(servers, initial=1)) + 1):
        grown = offered * blocked / (k + offered * blocked)
        blocked = np.where(k <= servers, grown, blocked)
    return blocked / (1 - load * (1 - blocked))


def minutes_waited(
    servers: Ints,
    load: Floats,
    service_min: Floats,
    uniform: Floats32,
    at: Ints | slice = slice(None),
) -> Floats:
    """A draw from the waiting time of M/M/c, minutes: zero, or exponential.

    P(W > t) = C exp(-c (1 - load) t / service_min). servers, load, service_min: of each queue.
    at: the queue of each draw, by default its own.
    """
    waits, pace = erlang_c(servers, load), servers * (1 - load)
    beyond = np.maximum(waits[at] / uniform.astype(np.float64), 1.0)
    return np.log(beyond) * service_min[at] / pace[at]


def mean_minutes(servers: Ints, load: Floats, service_min: Floats) -> Floats:
    """Mean waiting time of M/M/c, minutes: C service_min / (c (1 - load))."""
    return erlang_c(servers, load) * service_min / (servers * (1 - load))


def smoothed(old: Floats, new: Floats, memory_day: float) -> Floats:
    """One day of an exponentially weighted mean with this memory."""
    return old + (new - old) / memory_day
