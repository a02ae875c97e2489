"""Onsets of illness: a thinned Poisson process for each resident, which no policy moves."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.randomness import Purpose, uniforms
from model.state import NEVER, Days, Residents
from model.terms import Bools, Bytes, Condition, Floats, Floats32, Ints, Ints32

AGE_BANDS = np.array([0, 5, 15, 25, 35, 45, 55, 65])  # first years of the survey's groups
PEAK_DAY = 15  # of the year: mid-January
BLOCK_DAY = 32  # onsets are drawn ahead in blocks of so many days
N_CONDITIONS = len(Condition)
YEAR = 365
CHUNK = 1 << 15  # residents whose draws stay in the second-level cache
DAY_BITS = 51  # of a packed onset, below its day
REJECTED = -1  # condition of a candidate that the season does not keep


@dataclass(frozen=True, slots=True)
class IllnessParameters:
    """Values of `data/parameters/illness.yaml`; tables by condition follow `terms.Condition`."""

    incidence: Floats  # (conditions, age bands)
    vascular_risk: float
    season: Floats
    severity_median: Floats
    severity_spread: Floats
    emergency: Floats
    recovery: Floats
    course_day: Floats
    worsening: float
    uncontrolled_severity: float
    follow_up_day: Floats  # hypertension or diabetes, other chronic
    control_lost: float
    controlled_at_start: float
    ambulatory_sensitive: Floats
    max_steps: float


@dataclass(frozen=True, slots=True)
class OnsetTable:
    """Onsets in order of day and resident; shape (n,)."""

    day: Days
    person: Ints32
    number: Ints32  # the resident's running number of draws, the key of everything about the onset
    condition: Bytes


def risk_class(residents: Residents) -> Bytes:
    """Residents who fall ill alike: age band, sex, vascular disease, other chronic disease."""
    band = np.searchsorted(AGE_BANDS, residents.age, side="right") - 1
    vascular = residents.hypertension | residents.diabetes
    return (band * 8 + residents.female * 4 + vascular * 2 + residents.other_chronic).astype(
        np.int8
    )


def class_rates(p: IllnessParameters) -> Floats:
    """Mean onsets a year by risk class and condition, shape (classes, conditions)."""
    rates = np.empty((len(AGE_BANDS), 2, 2, 2, N_CONDITIONS))
    rates[:] = p.incidence.T[:, None, None, None, :]
    rates[:, 0, :, :, Condition.MATERNITY] = 0
    rates[:, :, 0, :, Condition.HYPERTENSION_DIABETES] = 0
    rates[:, :, :, 0, Condition.OTHER_CHRONIC] = 0
    rates[:, :, 1, :, Condition.ACUTE_CORONARY_STROKE] *= p.vascular_risk
    return rates.reshape(-1, N_CONDITIONS)


class Onsets:
    """Each resident's onsets, drawn ahead block by block.

    Candidates come at the resident's highest rate of the year; each is kept with the share that
    its condition's season has on its day. Its words are keyed by resident and running number.
    """

    def __init__(
        self, seed: int, residents: Residents, p: IllnessParameters, first_day_of_year: int
    ) -> None:
        self._seed = seed
        self._class = risk_class(residents)
        peak_rates = class_rates(p) * (1 + p.season)
        self._rate = peak_rates.sum(axis=1) / YEAR
        with np.errstate(invalid="ignore"):
            share = np.nan_to_num(peak_rates.cumsum(axis=1) / peak_rates.sum(axis=1)[:, None])
        # (conditions but the last, classes); draws are multiples of 2**-24, so may limits be.
        self._limits = (np.ceil(share.T[:-1] * 2**24) / 2**24).astype(np.float32)
        self._season = season_shares(p.season, first_day_of_year)
        self._frailty = residents.frailty
        # Each resident's next candidate: its number, time and condition.
        self._number = np.full(len(residents), -1, np.int32)
        self._next = np.zeros(len(residents), np.float32)
        self._condition = np.empty(len(residents), np.int8)
        self._advance(np.arange(len(residents)))
        self._end = 0
        self._block = np.empty(0, np.int64)

    def on(self, day: int) -> OnsetTable:
        """The onsets of a day; days must be asked for in order."""
        if day >= self._end:
            self._draw_block(day + BLOCK_DAY)
        since = day - self._end
        first, last = np.searchsorted(self._block, (since << DAY_BITS, since + 1 << DAY_BITS))
        return _unpacked(self._block[first:last], self._end)

    def _draw_block(self, end: int) -> None:
        self._end = end
        parts = [np.empty(0, np.int64)]
        who = np.flatnonzero(self._next < end)
        while len(who):
            parts.append(self._candidates(who))
            self._advance(who)
            who = who[self._next[who] < end]
        self._block = np.concatenate(parts)
        self._block.sort()

    def _candidates(self, who: Ints) -> Ints:
        """The next candidates of these residents that are kept, packed."""
        condition = self._condition[who]
        kept = condition != REJECTED
        who = who[kept]
        since = self._next[who].astype(np.int64) - self._end
        return _packed(since, who, self._number[who], condition[kept])

    def _advance(self, who: Ints) -> None:
        """Draw the candidate after the next one of these residents."""
        for start in range(0, len(who), CHUNK):
            self._draw(who[start : start + CHUNK])

    def _draw(self, who: Ints) -> None:
        self._number[who] += 1
        gap, which, keep = uniforms(self._seed, Purpose.ONSET, who, self._number[who], keep=3)
        group = self._class[who].astype(np.intp)
        rate = self._rate[group] * self._frailty[who]
        with np.errstate(divide="ignore"):
            self._next[who] += (-np.log(gap.astype(np.float64)) / rate).astype(np.float32)
        condition = np.zeros(len(who), np.int8)
        for limit in self._limits:
            condition += (which >= limit.take(group)).view(np.int8)
        day = np.minimum(self._next[who], NEVER).astype(np.int16) % YEAR
        kept = keep < self._season.take(condition.astype(np.int32) * YEAR + day)
        self._condition[who] = np.where(kept, condition, REJECTED)


def season_shares(amplitude: Floats, first_day_of_year: int) -> Floats:
    """Rate on a day over the highest rate of the year, (conditions, days from the run's first)."""
    angle = 2 * np.pi * (first_day_of_year + np.arange(YEAR) - PEAK_DAY) / YEAR
    return (1 + np.outer(amplitude, np.cos(angle))) / (1 + amplitude)[:, None]


def _packed(since: Ints, person: Ints, number: Ints32, condition: Bytes) -> Ints:
    """Onsets as one number each, which sort by day, person and number, and fastest.

    From the top: the day since the block's end, 13 bits; person, 31; number, 16; condition, 4.
    """
    packed = since
    for column, bits in ((person, 31), (number, 16), (condition, 4)):
        packed <<= bits
        packed |= column
    return packed


def _unpacked(packed: Ints, end: int) -> OnsetTable:
    return OnsetTable(
        day=((packed >> DAY_BITS) + end).astype(np.int16),
        person=(packed >> 20 & (1 << 31) - 1).astype(np.int32),
        number=(packed >> 4 & (1 << 16) - 1).astype(np.int32),
        condition=(packed & 15).astype(np.int8),
    )


def draw_severity(
    seed: int, person: Ints32, number: Ints32, condition: Bytes, p: IllnessParameters
) -> tuple[Floats32, Bools]:
    """Severity, logit-normal about the median of its group, and whether it is an emergency."""
    level, urgent = uniforms(seed, Purpose.COURSE, person, number, keep=2)
    median, of = np.log(p.severity_median / (1 - p.severity_median)), condition.astype(np.intp)
    logit = median.take(of) + p.severity_spread.take(of) * ndtri(level)
    return (1 / (1 + np.exp(-logit))).astype(np.float32), urgent < p.emergency.take(of)
