"""The floor of a day: the bytes that each step must touch, over what memory can move.

A resident met at random costs a line of the cache for each array that is looked at. The estimate
counts tables of residents and of episodes, once a step, and no intermediate result: no arrangement
of the same data could touch less.
"""

import time
from collections.abc import Mapping

import numpy as np

from model.day import Today
from model.simulation import TieredCareModel

LINE = 64  # bytes
COPIED = 1 << 28  # bytes, far beyond every cache
# Arrays of residents and columns of episodes that each step reads or writes, by who is met.
TOUCHED: Mapping[str, Mapping[str, int]] = {
    "fall_ill": {"deciding": 29},
    "weigh_options": {"deciding": 27},
    "seek_care": {"deciding": 4},
    "choose_facility": {"asking": 6},
    "discharge": {"discharged": 8},
    "queue": {"in_line": 9},
    "treat": {"visits": 11},
    "refer": {"visits": 6},
    "admit": {"visits": 7, "in_bed_line": 8},
    "settle": {"bills": 23},
    "go_on": {"visits": 9, "at_home": 9, "closed": 10},
    "learn": {"visits": 6},
    "record": {"bills": 4, "visits": 2, "closed": 1},
}


def counts(model: TieredCareModel) -> dict[str, int]:
    """How many of each kind the day that has just passed has met."""
    today: Today = model.today
    visits, bills = len(today.visits.rows), sum(len(table) for table in today.encounters)
    asking = len(today.seeking) + len(today.directed)
    return {
        "deciding": len(today.deciding),
        "asking": asking,
        "in_line": visits + len(model.world.waiting),
        "visits": visits,
        "discharged": len(today.discharged.rows),
        "in_bed_line": len(model.world.waiting_bed) + len(today.admitted),
        "bills": bills,
        "at_home": len(today.staying_home) + len(today.buying),
        "closed": sum(len(spells) for spells in today.closed),
    }


def bytes_touched(step: str, met: Mapping[str, float]) -> float:
    """Bytes that a step touches, at least, when it meets so many."""
    return LINE * sum(n * met[who] for who, n in TOUCHED[step].items())


def bandwidth() -> float:
    """Bytes a second that a copy reads and writes on this machine, best of five."""
    source, target = np.ones(COPIED, np.int8), np.zeros(COPIED, np.int8)
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - began)
    return 2 * COPIED / min(seconds)
