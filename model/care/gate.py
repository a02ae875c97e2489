"""The gate: hospitals without a referral, and the visit made at primary care to obtain one.

Where unreferred hospital care is paid less, or refused, a patient weighs each hospital twice:
straight away at the price without referral, and by way of the nearest centre at the price with one.

    V_via = V + b_price (g(price) - g(price if referred)) - b_time minutes(centre)
            - b_price g(price of the centre) - b_wait expected wait of the centre

She takes the better way; where both ways cost the same fund share the detour never pays, so
without gatekeeping nothing changes.
"""

from dataclasses import dataclass

import numpy as np

from model.care.world import World
from model.randomness import Purpose, uniforms
from model.region.options import Options
from model.terms import Bools, Floats, Ints, Tier


@dataclass(frozen=True, slots=True)
class Ways:
    """Utility of every option by its better way, and whether that is by primary care."""

    utility: Floats  # (options, patients)
    via: Bools  # the same


def is_gated(world: World) -> bool:
    """Some hospital care is paid less, or refused, without referral."""
    return bool(world.p.gate.closed_door > 0 or world.rules.unreferred_cut.any())


def weigh_ways(
    world: World, rows: Ints, direct: Floats, response: Floats, referred: Floats, hours: Floats
) -> Ways:
    """The better way to every option.

    direct: utility without referral. response, referred: g of the price by class, without and with
    a referral, (classes, patients).
    """
    p, options, episodes = world.p.choice, world.options, world.episodes
    place = world.residents.place[episodes.person[rows]]
    everyone = np.arange(len(rows))
    first = options.slots[Tier.CENTRE].start
    if first == options.slots[Tier.CENTRE].stop:  # nobody to ask for a referral: no gate
        return Ways(direct, np.zeros(direct.shape, np.bool_))
    centre = options.facility[place, first]
    detour = (
        p.b_time * options.minutes[place, first].astype(np.float64)
        + p.b_price * response[world.class_at[first, place], everyone]
        + p.b_wait * hours[centre]
    )
    exempt = episodes.referred[rows] | episodes.emergency[rows] | (centre < 0)
    closed = ~exempt & _refused(world, rows)
    utility, via = direct.copy(), np.zeros(direct.shape, np.bool_)
    for slot in range(options.slots[Tier.SECONDARY].start, len(options.tier)):
        of_class = world.class_at[slot, place]
        saved = p.b_price * (response[of_class, everyone] - referred[of_class, everyone])
        straight = np.where(closed, -np.inf, direct[slot])
        around = np.where(exempt, -np.inf, direct[slot] + saved - detour)
        via[slot] = around > straight
        utility[slot] = np.maximum(straight, around)
    return Ways(utility, via)


def felt_on_way(options: Options, via: Bools, straight: Floats, referred: Floats) -> Floats:
    """Response to the price of the better way to each tier's nearest facility, (tiers, patients).

    straight, referred: the same without and with a referral; the way by the centre is paid twice.
    """
    felt = straight.copy()
    for tier, part in enumerate(options.slots):
        if part.start < part.stop:
            around = referred[tier] + straight[Tier.CENTRE]
            felt[tier] = np.where(via[part.start], around, straight[tier])
    return felt


def first_stop(world: World, rows: Ints, facility: Ints, via: Bools) -> Ints:
    """Where patients go first: those who go by primary care ask their centre for the referral.

    via: (options, patients) of these rows.
    """
    place = world.residents.place[world.episodes.person[rows]]
    chosen = facility == world.options.facility[place].T
    by_primary = np.zeros(len(rows), np.bool_)
    for slot in range(len(chosen)):
        by_primary |= chosen[slot] & via[slot]
    world.episodes.wish[rows[by_primary]] = facility[by_primary]
    return np.where(by_primary, world.home_centre[place], facility)


def _refused(world: World, rows: Ints) -> Bools:
    episodes = world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    drawn = uniforms(world.seed, Purpose.GATE, episodes.person[rows], occasion, keep=1)[0]
    refused: Bools = drawn < world.p.gate.closed_door
    return refused
