"""The encounters of a day as the compiled kernel takes them, and what it gives back."""

import numpy as np

from model.care.charges import by_kind
from model.care.for_kernels import cases_of, people_of
from model.care.settling import BASKET, SERVICE, Due, Expected
from model.care.world import World
from model.kernels import charges

KINDS = ("i8", "i1", "i1", "i1", "i1", "i1", "i8", "f8", "f4", "?", "f8")  # of `Expected`


def expect(world: World, due: Due) -> Expected:
    """The twin of `settling.expect`."""
    n, p, table, options = len(due.rows), world.p.charges, world.facility, world.options
    out = charges.Expected(*(np.empty(n, kind) for kind in KINDS))
    by = by_kind(p, world.p.online)
    charges.expect(
        np.uint64(world.seed),
        due.rows,
        due.kind,
        due.facility,
        cases_of(world),
        *people_of(world),
        charges.Providers(table.tier, table.area, options.facility, options.minutes),
        charges.ByKind(
            by.at_tier, by.relative, by.factor, by.claimed, p.scheme, p.severity,
            world.p.illness.severity_median, p.purchase, SERVICE, BASKET,
        ),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.empty(n, np.float32),
        out,
    )  # fmt: skip
    return Expected(*out)
