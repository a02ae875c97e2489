"""What would have changed her mind: the smallest single change, with the same luck.

Her choice is a tier, by `I_t / mu + G_t`, then in it a facility, by `V_f / lambda + G_f`
(`model/care/choice.py`). Options that a change moves gain d utils. With S_m and S_r the sums of
exp(V / lambda) over the moved and the other options of their tier, she turns to one of them once

    lambda log(S_r + S_m exp(d / lambda)) / mu + G_t > max over other tiers of I_s / mu + G_s
    max over moved of V_f / lambda + G_f + d / lambda > max over the others of the tier

Both are solved for d. A patient who saw nobody sees a provider once the inclusive value of all
tiers, less what prices weigh in seeking, is high enough; that is solved by bisection.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from model.care import decision, gate
from model.care.choice import inclusive_value
from model.care.decision import Seeks, Weighed
from model.care.utility import price_response
from model.care.world import World
from model.randomness import Purpose, gumbels, uniforms
from model.terms import Bools, Floats, Ints, Tier

NUDGE = 1e-6  # utils beyond a tie
MOST_UTILS = 50.0  # no term of utility is nearly as large
LEVERS = ("trust", "scope", "price", "time", "wait")


@dataclass(frozen=True, slots=True)
class Change:
    """The least change of one thing that turns her to another facility, or to any at all.

    lever: one of `LEVERS`. by: trust in the tier or severity that the tier can treat (0 to 1) more;
    CNY, minutes or hours less; none if not even the largest possible change is enough. now: what it
    is now, in the same unit.
    """

    lever: str
    now: float
    by: float | None


@dataclass(frozen=True, slots=True)
class Mind:
    """One patient's decision as it was, luck included, among the K options (slots) of her place."""

    world: World
    weighed: Weighed
    at: int  # her position in `weighed`

    @property
    def row(self) -> Ints:
        """Her episode, as an array of one."""
        return self.weighed.rows[self.at : self.at + 1]

    @property
    def person(self) -> int:
        """Resident."""
        return int(self.world.episodes.person[self.row[0]])

    @property
    def place(self) -> int:
        """Where she lives."""
        return int(self.world.residents.place[self.person])

    @property
    def utility(self) -> Floats:
        """Utility of each option, (K,)."""
        return self.weighed.utility[:, self.at]

    @property
    def seeks(self) -> Seeks:
        """Whom she saw."""
        return Seeks(int(self._seek_values().argmax()))

    def luck(self, purpose: Purpose) -> Floats:
        """Her four draws for a purpose in this decision."""
        episodes, row = self.world.episodes, self.row
        occasion = episodes.key[row] + episodes.step[row]
        return gumbels(uniforms(self.world.seed, purpose, self.person, occasion))[:, 0]

    def facility_luck(self) -> Floats:
        """Her draws for the facilities of her options, (K,)."""
        facility = self.world.options.facility[self.place][:, None]
        return decision.facility_noise(self.world, self.row, facility, Purpose.FACILITY)[:, 0]

    def shortfall(self) -> float:
        """By how many utils the best of pharmacy and nobody beats the providers."""
        values = self._seek_values()
        return float(values[: Seeks.PROVIDER].max() - values[Seeks.PROVIDER])

    def _seek_values(self) -> Floats:
        values = np.append(self.weighed.outside[:, self.at], self.weighed.provider[self.at])
        return np.asarray(values + self.luck(Purpose.SEEK)[: len(Seeks)])


def changes(mind: Mind, slot: int) -> tuple[Change, ...]:
    """The smallest single changes that turn her to the facility in a slot of her place.

    More trust and more scope hold for all facilities of the tier, a lower price for those of the
    same tier and area, so she may turn to another one of them. If she saw nobody, those that make
    her see a provider. Behind a gate the way to a hospital leads by the centre, whose minutes,
    price and wait then count twice: of a centre only trust and scope are answered. What moves the
    facility that she chose as well cannot turn her and is left out.
    """
    world, tier = mind.world, int(mind.world.options.tier[slot])
    part = world.options.slots[tier]
    of_tier = np.zeros(len(mind.utility), np.bool_)
    of_tier[part] = np.isfinite(mind.utility[part])
    if not of_tier[slot]:
        return ()
    of_class = of_tier & (world.class_at[:, mind.place] == world.class_at[slot, mind.place])
    alone = np.arange(len(of_tier)) == slot
    found = [_more_trust(mind, tier, of_tier), *_more_scope(mind, tier, of_tier)]
    if not (gate.is_gated(world) and tier == Tier.CENTRE):
        found += [_lower_price(mind, slot, of_class), *_nearer(mind, slot, alone)]
    return tuple(change for change in found if change.by is None or change.by > 0)


def needed(mind: Mind, moved: Bools, felt: float = 0.0) -> float:
    """Utils that options of one tier must gain so that she turns to one of them; inf if never.

    felt: utils that the tier gains in the decision whether to see anyone for each of these.
    """
    if mind.seeks != Seeks.PROVIDER:
        return _needed_to_seek(mind, moved, felt)
    p, options = mind.world.p.choice, mind.world.options
    scale = p.inclusive * p.within_tier
    tier = int(options.tier[moved.argmax()])
    of_tier = np.zeros_like(moved)
    of_tier[options.slots[tier]] = True
    rest = of_tier & ~moved
    others = mind.weighed.tier_value[:, mind.at] / p.inclusive + mind.luck(Purpose.NEST)
    threshold = p.inclusive * (np.delete(others, tier).max() - mind.luck(Purpose.NEST)[tier])
    noisy = mind.utility / scale + mind.facility_luck()
    within = scale * (noisy[rest].max(initial=-np.inf) - noisy[moved].max())
    return max(_to_reach(mind.utility[moved], mind.utility[rest], threshold, scale), within) + NUDGE


def _to_reach(moved: Floats, rest: Floats, threshold: float, scale: float) -> float:
    """Utils that the moved options must gain for the tier's inclusive value to reach a value."""
    if not np.isfinite(threshold):
        return -math.inf if threshold < 0 else math.inf
    lacking = threshold / scale
    others = float(np.logaddexp.reduce(rest / scale, initial=-np.inf))
    if others >= lacking:
        return -math.inf
    gap = lacking + math.log1p(-math.exp(others - lacking))
    return float(scale * (gap - np.logaddexp.reduce(moved / scale)))


def _needed_to_seek(mind: Mind, moved: Bools, felt: float) -> float:
    """The tier's share of the value of all providers grows until that beats staying away."""
    p, slots = mind.world.p.choice, mind.world.options.slots
    scale, tier = p.inclusive * p.within_tier, int(mind.world.options.tier[moved.argmax()])
    value = float(mind.weighed.tier_value[tier, mind.at])
    all_tiers = float(mind.weighed.provider[mind.at]) - _need(mind)
    priced = value - p.seek_price * _response(mind, slots[tier].start)
    before = math.exp((priced - all_tiers) / p.inclusive)
    lacking = mind.shortfall() + NUDGE

    def short(gain: float) -> float:
        utility = np.where(moved, mind.utility + gain, mind.utility)[slots[tier]]
        grown = float(inclusive_value(utility[:, None], scale)[0]) - value + felt * gain
        after = math.exp((priced + grown - all_tiers) / p.inclusive)
        return lacking - p.inclusive * math.log1p(after - before)

    if short(MOST_UTILS) > 0:
        return math.inf
    return float(brentq(short, 0.0, MOST_UTILS, xtol=1e-9)) + NUDGE


def _need(mind: Mind) -> float:
    """What speaks for seeing a provider whatever the providers are worth, utils."""
    p, episodes, row = mind.world.p.choice, mind.world.episodes, mind.row[0]
    planned = episodes.follow_up[row] | episodes.planned[row]
    severity = float(episodes.severity[row])
    residence = int(mind.world.residents.urban[mind.person])
    return float(
        p.seek_constant[residence] + p.seek_severity * severity + p.seek_follow_up * planned
    )


def _response(mind: Mind, slot: int) -> float:
    """Response to the price that she expects at an option."""
    world = mind.world
    price = mind.weighed.price[world.class_at[slot, mind.place], mind.at : mind.at + 1]
    income = world.residents.income[mind.person : mind.person + 1]
    return float(price_response(price, income, world.p.choice.price_scale)[0])


def _more_trust(mind: Mind, tier: int, moved: Bools) -> Change:
    now = float(mind.world.residents.trust[tier, mind.person])
    by = needed(mind, moved) / mind.world.p.choice.b_trust
    return Change("trust", now, by if now + by <= 1 else None)


def _more_scope(mind: Mind, tier: int, moved: Bools) -> tuple[Change, ...]:
    """The tier able to treat more severe cases of her kind; nothing where it can treat hers."""
    world, p, episode = mind.world, mind.world.p.choice, mind.row[0]
    scope = float(world.p.treatment.scope[tier, world.episodes.condition[episode]])
    gap = float(world.episodes.severity[episode]) - scope
    if gap <= 0:
        return ()
    weighs = min(gap, p.scope_cap)
    less = needed(mind, moved) / p.b_scope
    return (Change("scope", scope, gap - weighs + less if less <= weighs else None),)


def _lower_price(mind: Mind, slot: int, moved: Bools) -> Change:
    """g(p) = log(1 + p / s) must fall by the utils over b_price; whole fen."""
    p, world = mind.world.p.choice, mind.world
    fen = int(mind.weighed.price[world.class_at[slot, mind.place], mind.at])
    income = world.residents.income[mind.person : mind.person + 1]
    one = float(price_response(np.array([1.0]), income, p.price_scale)[0])  # log(1 + 1 / s)
    scale = 1 / math.expm1(one)
    felt = p.seek_price / p.b_price if _is_nearest(mind, slot) else 0.0
    fall = needed(mind, moved, felt) / p.b_price
    left = scale * math.expm1(math.log1p(fen / scale) - fall) if math.isfinite(fall) else -1.0
    return Change("price", fen / 100, (fen - math.floor(left)) / 100 if left >= 0 else None)


def _is_nearest(mind: Mind, slot: int) -> bool:
    world, place = mind.world, mind.place
    first = world.options.slots[int(world.options.tier[slot])].start
    return bool(world.class_at[first, place] == world.class_at[slot, place])


def _nearer(mind: Mind, slot: int, moved: Bools) -> tuple[Change, Change]:
    """The facility alone nearer, or with a shorter wait."""
    p, world = mind.world.p.choice, mind.world
    gain = needed(mind, moved)
    minutes = float(world.options.minutes[mind.place, slot])
    hours = float(decision.expected_hours(world)[world.options.facility[mind.place, slot]])
    nearer, sooner = gain / p.b_time, gain / p.b_wait
    return (
        Change("time", minutes, nearer if nearer <= minutes else None),
        Change("wait", hours, sooner if sooner <= hours else None),
    )
