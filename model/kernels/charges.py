"""What each encounter of a day is and is expected to cost: the twin of `settling.expect`."""

from typing import NamedTuple

import numpy as np

from model.kernels.compiling import compiled
from model.kernels.draws import philox, unit
from model.kernels.patients import Cases, Cover, People
from model.terms import Bools, Bytes, Floats, Floats32, Ints

CHARGE, CLAIM = np.uint64(30), np.uint64(33)  # Purpose
STAY, PURCHASE, ONLINE = 1, 2, 3  # Kind
COUNTY = 0  # Area


class Providers(NamedTuple):
    """Facilities, and how residents of each place reach them."""

    tier: Bytes  # (facilities,)
    area: Bytes
    facility: Ints  # (places, options)
    minutes: Floats32  # (places, options)


class ByKind(NamedTuple):
    """`charges.ByKind`, as far as the kernel reads it, and what it is multiplied by."""

    at_tier: Floats  # (kinds, tiers)
    relative: Floats  # (kinds, conditions)
    factor: Floats  # (kinds,)
    claimed: Floats  # (kinds, schemes, tiers)
    scheme: Floats
    severity: float
    median: Floats  # (conditions,)
    purchase: float
    service: Bytes  # (kinds, conditions)
    basket: Bytes  # (kinds, conditions)


class Expected(NamedTuple):
    """What is filled; see `settling.Expected`."""

    person: Ints
    condition: Bytes
    scheme: Bytes
    service: Bytes
    tier: Bytes
    area: Bytes
    level: Ints
    mean: Floats
    luck: Floats32
    claimed: Bools
    travel_min: Floats


@compiled
def expect(
    seed: np.uint64, rows: Ints, kinds: Bytes, facilities: Ints, episodes: Cases, people: People,
    cover: Cover, providers: Providers, by: ByKind, key: Ints, occasion: Ints, claim: Floats32,
    out: Expected,
) -> None:  # fmt: skip
    """Fill `out` for the episodes `rows`; key, occasion, claim: room, (n,)."""
    who, keys, steps, conditions, severities = episodes[:5]
    n, zero, luck, person = len(rows), np.uint64(0), out.luck, out.person
    for i in range(n):
        row = np.uint64(rows[i])
        person[i], key[i], occasion[i] = who[row], keys[row], keys[row] + steps[row]
    for i in range(n):
        out.scheme[i] = cover.scheme[np.uint64(person[i])]
    for i in range(n):
        names = np.uint64(person[i]), np.uint64(occasion[i]), np.uint64(kinds[i])
        luck[i] = unit(philox(names[0], names[1], names[2], CHARGE, seed)[0])
    for i in range(n):
        words = philox(np.uint64(person[i]), np.uint64(key[i]), zero, CLAIM, seed)
        claim[i] = unit(words[1] if kinds[i] == STAY else words[0])
    for i in range(n):
        row, kind, facility = np.uint64(rows[i]), np.uint64(kinds[i]), facilities[i]
        condition, scheme = np.uint64(conditions[row]), np.uint64(out.scheme[i])
        tier, area = np.int8(0), np.int8(COUNTY)
        if facility >= 0:
            tier, area = providers.tier[facility], providers.area[facility]
        at = np.uint64(tier)
        out.condition[i], out.tier[i], out.area[i] = conditions[row], tier, area
        out.service[i] = by.service[kind, condition]
        out.level[i] = (np.int64(by.basket[kind, condition]) * 4 + tier) * 3 + area
        severe = np.float64(severities[row]) - by.median[condition]
        factor = by.relative[kind, condition] * by.scheme[scheme]
        personal = factor * max(1 + by.severity * severe, 0.0)
        mean = by.at_tier[kind, at] * personal * by.factor[kind]
        out.mean[i] = by.purchase if kinds[i] == PURCHASE else mean
        out.claimed[i] = claim[i] < by.claimed[kind, scheme, at]
    for i in range(n):
        travel, facility = 0.0, facilities[i]
        if facility >= 0 and kinds[i] != ONLINE:
            place = np.uint64(people.place[np.uint64(person[i])])
            for slot in range(providers.facility.shape[1]):
                if providers.facility[place, slot] == facility:
                    travel = np.float64(providers.minutes[place, slot])
                    break
        out.travel_min[i] = travel
