"""The patients of a block, looked up together: a column after another, so that misses overlap."""

from typing import NamedTuple

import numpy as np

from model.kernels.bills import Counters
from model.kernels.compiling import compiled
from model.terms import Bools, Bytes, Floats32, Ints

BLOCK = 128  # patients whose intermediate results stay in the first cache
AHEAD = 1024  # patients whose lines of memory are fetched together


class Cases(NamedTuple):
    """The table of episodes, or those of a block of patients; shape (n,)."""

    person: Ints
    key: Ints
    step: Ints
    condition: Bytes
    severity: Floats32
    emergency: Bools
    follow_up: Bools
    planned: Bools
    referred: Bools


class People(NamedTuple):
    """All residents, or the patients of a block; shape (n,)."""

    place: Ints
    income: Floats32
    urban: Bools
    last_used: Ints
    trust: Floats32  # (n, tiers)


class Cover(NamedTuple):
    """How all residents are insured; shape (n,)."""

    scheme: Bytes
    assistance: Bools
    contract: Bools


@compiled
def look_up(
    rows: Ints, at: int, n: int, episodes: Cases, residents: People, cover: Cover, year: Counters,
    cases: Cases, people: People, member: Ints,
) -> None:  # fmt: skip
    """Fill the columns of a block by the episodes `rows[at:at + n]`; member: (BLOCK, Member)."""
    person, key, step, condition, severity, emergency, follow_up, planned, referred = episodes
    if at % AHEAD == 0:  # each line is asked for before any is needed
        met, balance, place = year.deductible_outpatient, year.account, residents.place
        seen = np.int64(0)
        for k in range(at, min(at + AHEAD, len(rows))):
            seen += place[np.uint64(person[np.uint64(rows[k])])]
        for k in range(at, min(at + AHEAD, len(rows))):
            i = np.uint64(person[np.uint64(rows[k])])
            seen += met[i] + balance[i]
        member[0, 0] = seen
    who = cases.person
    for b in range(n):
        row = np.uint64(rows[at + b])
        who[b] = person[row]
        cases.key[b], cases.step[b], cases.condition[b] = key[row], step[row], condition[row]
        cases.severity[b], cases.emergency[b] = severity[row], emergency[row]
        cases.follow_up[b], cases.planned[b] = follow_up[row], planned[row]
        cases.referred[b] = referred[row]
    place_of, income, urban, last_used, trust = residents
    scheme, assistance, contract = cover
    outpatient, inpatient, stays, fund_outpatient, fund_drugs, fund_pool = year[:6]
    burden, assisted = year[6:8]
    for b in range(n):
        i = np.uint64(who[b])
        people.place[b], people.income[b], people.urban[b] = place_of[i], income[i], urban[i]
        people.last_used[b] = last_used[i]
        for tier in range(trust.shape[1]):
            people.trust[b, tier] = trust[i, tier]
        member[b, 0], member[b, 1], member[b, 2] = scheme[i], assistance[i], contract[i]
        member[b, 3], member[b, 4], member[b, 5] = outpatient[i], inpatient[i], stays[i]
        member[b, 6], member[b, 7] = fund_outpatient[i], fund_drugs[i]
        member[b, 8], member[b, 9], member[b, 10] = fund_pool[i], burden[i], assisted[i]
