"""A resident as a Mesa agent: a view over one row, who decides and explains as the day does."""

from dataclasses import dataclass

import mesa
import numpy as np

from model.care import decision
from model.care.choice import shares
from model.care.decision import Seeks, Weighed
from model.care.explanation import Detour, detour_of, terms_of
from model.care.world import World
from model.region.region import Region
from model.terms import Condition, Floats, Ints, Scheme, Tier


@dataclass(frozen=True, slots=True)
class Option:
    """One facility as a patient sees it, its utility term by term, utils."""

    facility: str
    name: str
    tier: Tier
    minutes: float
    price_cny: float  # expected out-of-pocket
    utility: float
    share: float  # of being chosen among providers
    terms: dict[str, float]
    detour: Detour | None = None  # if she would go by her centre, for a referral


class Patient(mesa.Agent):
    """Resident `row`; made on demand, registers nothing and keeps nothing."""

    def __init__(self, model: mesa.Model, world: World, region: Region, row: int) -> None:
        # Agent.__init__ would register every resident looked at; a view has no life of its own.
        self.model, self.unique_id, self.pos = model, row, None
        self.row, self._world, self._region = row, world, region

    @property
    def age(self) -> int:
        """Completed years."""
        return int(self._world.residents.age[self.row])

    @property
    def scheme(self) -> Scheme:
        """Basic medical insurance."""
        return Scheme(int(self._world.residents.scheme[self.row]))

    @property
    def trust(self) -> dict[str, float]:
        """Trust by tier, 0 to 1."""
        return {t.word: float(self._world.residents.trust[t, self.row]) for t in Tier}

    @property
    def episodes(self) -> Ints:
        """Rows of her open spells and follow-ups."""
        episodes = self._world.episodes
        return np.flatnonzero(episodes.open & (episodes.person == self.row))

    def weighed(self, episode: int) -> Weighed:
        """What she thinks of her options in an episode, by the day's own functions."""
        hours = decision.expected_hours(self._world)
        return decision.weigh(self._world, np.array([episode]), hours)

    def options(self, episode: int) -> list[Option]:
        """Her options with what she makes of each, best first."""
        weighed = self.weighed(episode)
        share = self._shares(weighed)
        place = self._world.residents.place[self.row]
        listed = []
        for slot, facility in enumerate(self._world.options.facility[place]):
            if facility < 0 or not np.isfinite(weighed.utility[slot, 0]):
                continue
            price = int(weighed.price[self._world.class_at[slot, place], 0])
            terms = terms_of(self._world, episode, slot, price)
            detour = None
            if weighed.via is not None and weighed.via[slot, 0]:
                detour = detour_of(self._world, episode, slot)
                terms |= detour.terms
            listed.append(
                Option(
                    facility=self._region.facilities.id[facility],
                    name=self._region.facilities.name[facility],
                    tier=Tier(int(self._world.facility.tier[facility])),
                    minutes=float(self._world.options.minutes[place, slot]),
                    price_cny=price / 100,
                    utility=float(weighed.utility[slot, 0]),
                    share=float(share[slot]),
                    terms=terms,
                    detour=detour,
                )
            )
        return sorted(listed, key=lambda option: -option.utility)

    def utility(self, episode: int) -> Floats:
        """Utility of every slot of her place, utils; -inf where not considered, shape (slots,)."""
        return self.weighed(episode).utility[:, 0]

    def choose(self, episode: int) -> tuple[Seeks, int | None]:
        """Whom she sees, and the row of the facility if it is a provider."""
        weighed = self.weighed(episode)
        seeks = Seeks(int(decision.seek(self._world, weighed)[0][0]))
        if seeks != Seeks.PROVIDER:
            return seeks, None
        return seeks, int(decision.choose(self._world, weighed, np.array([0]))[0])

    def explain(self, episode: int) -> str:
        """In words: who she is, what ails her, what each option is worth to her and why."""
        w, row = self._world, self.row
        condition = Condition(int(w.episodes.condition[episode])).word.replace("_", " ")
        where = self._region.settlements.name[
            self._region.places.settlement[w.residents.place[row]]
        ]
        sex = "woman" if w.residents.female[row] else "man"
        weighed = self.weighed(episode)
        p_provider, p_pharmacy, p_nobody = self._seek_shares(weighed)
        lines = [
            f"Resident {row}: a {sex} of {self.age}, {where}, {self.scheme.name}, income "
            f"{w.residents.income[row]:,.0f} CNY a year.",
            f"Ails: {condition}, severity {w.episodes.severity[episode]:.2f} of 1"
            + (", an emergency." if w.episodes.emergency[episode] else "."),
            f"Would see a provider with probability {p_provider:.0%}, buy medicine "
            f"{p_pharmacy:.0%}, see nobody {p_nobody:.0%}.",
            "",
            "share  utility  tier       min  pays CNY  facility, and its terms in utils",
        ]
        options = self.options(episode)
        for option in options:
            why = "  ".join(f"{name} {value:+.2f}" for name, value in option.terms.items() if value)
            lines += [
                f"{option.share:5.0%}  {option.utility:7.2f}  {option.tier.word:9s}"
                f"{option.minutes:5.0f}  {option.price_cny:8.2f}  {option.name}",
                f"{'':25s}{why}",
            ]
            if option.detour is not None:
                lines.append(f"{'':25s}{self._by_way_of(option.detour)}")
        seeks, facility = self.choose(episode)
        chosen = "nobody" if facility is None else self._region.facilities.name[facility]
        if seeks == Seeks.PHARMACY:
            chosen = "the pharmacy"
        elif any(option.detour and option.name == chosen for option in options):
            chosen += ", after a visit to the centre for a referral"
        return "\n".join([*lines, "", f"Her luck decides: {chosen}."])

    def _by_way_of(self, detour: Detour) -> str:
        return (
            f"by way of {self._region.facilities.name[detour.centre]} for a referral: "
            f"{detour.minutes:.0f} min, {detour.price_fen / 100:,.2f} CNY, a wait that weighs "
            f"{detour.wait_hour:.1f} h; then pays {detour.referred_fen / 100:,.2f} CNY"
        )

    def _shares(self, weighed: Weighed) -> Floats:
        p, slots = self._world.p.choice, self._world.options.slots
        of_tier = shares(weighed.tier_value, p.inclusive)
        scale = p.inclusive * p.within_tier
        return np.concatenate(
            [
                shares(weighed.utility[part], scale)[:, 0] * of_tier[tier, 0]
                for tier, part in enumerate(slots)
            ]
        )

    def _seek_shares(self, weighed: Weighed) -> tuple[float, float, float]:
        values = np.stack((weighed.provider, weighed.outside[1], weighed.outside[0]))
        provider, pharmacy, nobody = shares(values, 1.0)[:, 0]
        return float(provider), float(pharmacy), float(nobody)
