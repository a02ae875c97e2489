"""Onsets of illness: a thinned Poisson process for each resident, which no policy moves."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.randomness import Purpose, uniforms
from model.state import Days, Residents
from model.terms import Bools, Bytes, Condition, Floats, Floats32, Ints, Ints32

AGE_BANDS = np.array([0, 5, 15, 25, 35, 45, 55, 65])  # first years of the survey's groups
PEAK_DAY = 15  # of the year: mid-January
BLOCK_DAY = 32  # onsets are drawn ahead in blocks of so many days
N_CONDITIONS = len(Condition)


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

    def between(self, start: int, end: int) -> "OnsetTable":
        """The rows of the days from `start` up to, not including, `end`."""
        first, last = np.searchsorted(self.day, (start, end))
        part = slice(first, last)
        return OnsetTable(
            self.day[part], self.person[part], self.number[part], self.condition[part]
        )


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


_EMPTY = OnsetTable(
    np.empty(0, np.int16), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int8)
)


class Onsets:
    """Each resident's onsets, drawn ahead block by block.

    Candidates come at the resident's highest rate of the year; each is kept with the share that
    its condition's season has on its day. Its words are keyed by resident and running number.
    """

    def __init__(
        self, seed: int, residents: Residents, p: IllnessParameters, first_day_of_year: int
    ) -> None:
        self._seed, self._p = seed, p
        self._class = risk_class(residents)
        peak_rates = class_rates(p) * (1 + p.season)
        self._rate = peak_rates.sum(axis=1) / 365
        with np.errstate(invalid="ignore"):
            self._share = np.nan_to_num(peak_rates.cumsum(axis=1) / peak_rates.sum(axis=1)[:, None])
        self._frailty = residents.frailty
        self._first_day_of_year = first_day_of_year
        self._number = np.zeros(len(residents), np.int32)
        self._next = np.zeros(len(residents), np.float32)
        self._advance(np.arange(len(residents)))
        self._end = 0
        self._block = _EMPTY

    def on(self, day: int) -> OnsetTable:
        """The onsets of a day; days must be asked for in order."""
        if day >= self._end:
            self._draw_block(day + BLOCK_DAY)
        return self._block.between(day, day + 1)

    def _advance(self, who: Ints) -> None:
        """Draw the time of the next candidate, number `self._number`, of these residents."""
        gap = uniforms(self._seed, Purpose.ONSET, who, self._number[who], keep=1)[0]
        rate = self._rate[self._class[who]] * self._frailty[who]
        with np.errstate(divide="ignore"):
            self._next[who] += (-np.log(gap.astype(np.float64)) / rate).astype(np.float32)

    def _draw_block(self, end: int) -> None:
        parts: list[OnsetTable] = []
        who = np.flatnonzero(self._next < end)
        while len(who):
            parts.append(self._candidates(who))
            self._number[who] += 1
            self._advance(who)
            who = who[self._next[who] < end]
        parts.append(_EMPTY)
        joined = OnsetTable(
            np.concatenate([part.day for part in parts]),
            np.concatenate([part.person for part in parts]),
            np.concatenate([part.number for part in parts]),
            np.concatenate([part.condition for part in parts]),
        )
        self._block = _in_order(joined, end)
        self._end = end

    def _candidates(self, who: Ints) -> OnsetTable:
        """The candidates of these residents that are kept."""
        number = self._number[who]
        _, which, keep = uniforms(self._seed, Purpose.ONSET, who, number, keep=3)
        share = self._share[self._class[who]]
        condition = np.zeros(len(who), np.int8)
        for c in range(N_CONDITIONS - 1):
            condition += which >= share[:, c]
        day = np.floor(self._next[who]).astype(np.int16)
        kept = keep < self._season(day, condition)
        return OnsetTable(day[kept], who[kept].astype(np.int32), number[kept], condition[kept])

    def _season(self, day: Days, condition: Bytes) -> Floats:
        """Rate on a day over the highest rate of the year."""
        angle = 2 * np.pi * (self._first_day_of_year + day - PEAK_DAY) / 365
        amplitude = self._p.season[condition]
        return (1 + amplitude * np.cos(angle)) / (1 + amplitude)


def _in_order(onsets: OnsetTable, end: int) -> OnsetTable:
    """The same by day, person and number; each is packed into one number, which sorts fastest.

    From the top: the day, 8 bits; person, 31; number, 20; condition, 4.
    """
    packed = onsets.day.astype(np.int64) - end + 256
    for column, bits in ((onsets.person, 31), (onsets.number, 20), (onsets.condition, 4)):
        packed <<= bits
        packed |= column
    packed.sort()
    return OnsetTable(
        day=((packed >> 55) + end - 256).astype(np.int16),
        person=(packed >> 24 & (1 << 31) - 1).astype(np.int32),
        number=(packed >> 4 & (1 << 20) - 1).astype(np.int32),
        condition=(packed & 15).astype(np.int8),
    )


def draw_severity(
    seed: int, person: Ints32, number: Ints32, condition: Bytes, p: IllnessParameters
) -> tuple[Floats32, Bools]:
    """Severity, logit-normal about the median of its group, and whether it is an emergency."""
    level, urgent = uniforms(seed, Purpose.COURSE, person, number, keep=2)
    median = p.severity_median[condition]
    logit = np.log(median / (1 - median)) + p.severity_spread[condition] * ndtri(level)
    return (1 / (1 + np.exp(-logit))).astype(np.float32), urgent < p.emergency[condition]
