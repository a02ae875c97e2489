"""Why a line of a bill is what it is: the rule and the sum behind it, in English or Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.insurance.benefits import NO_LIMIT, Benefit
from model.insurance.bills import benefit_of
from model.insurance.claim import FEN, Claim
from model.insurance.rules import Rules
from model.insurance.settlement import YearToDate
from model.insurance.tables import millionths
from model.terms import Area, Scheme

NTH = (
    ("first stay", "第一次住院"),
    ("second stay", "第二次住院"),
    ("later stay", "第三次及以后住院"),
)
EACH = {
    "year": ("a year", "每年"),
    "stay": ("a stay", "每次住院"),
    "visit": ("a visit", "每次就诊"),
}
CUTS = {
    "unreferred": ("without referral", "未经转诊"),
    "filed": ("out of area", "异地"),
    "unfiled": ("out of area, not filed", "异地未备案"),
}


@dataclass(frozen=True)
class Notes:
    """Notes on one settled bill; amounts: CNY by the names of the national settlement record."""

    rules: Rules
    claim: Claim
    year: YearToDate
    amounts: Mapping[str, float]
    tongue: int  # 0 English, 1 Chinese

    def by_line(self) -> dict[str, str]:
        """The notes by line; lines that no single sum explains have none."""
        notes = {
            "fulamt_ownpay_amt": self._times(self.amounts["medfee_sumamt"], self._own_share()),
            "preselfpay_amt": self._times(
                self._less("medfee_sumamt", "fulamt_ownpay_amt"), self._prior_share()
            ),
        }
        if self.claim.claimed and self._scheme != Scheme.NONE:
            critical = "hifmi_pay" if self._scheme == Scheme.RBMI else "hifob_pay"
            notes |= {
                "act_pay_dedc": self._deductible(),
                "hifp_pay": self._basic(),
                critical: self._critical(critical),
                "maf_pay": self._assistance(),
            }
        return {name: note for name, note in notes.items() if note}

    @property
    def _scheme(self) -> int:
        return int(self.claim.bills().scheme[0])

    @property
    def _benefit(self) -> int:
        return int(benefit_of(self.rules.has_drug_benefit, self.claim.bills())[0])

    @property
    def _at(self) -> tuple[int, int, int]:
        return self._scheme, self._benefit, int(self.claim.bills().tier[0])

    def _own_share(self) -> float:
        return float(self.rules.out_of_catalogue[self._at])

    def _prior_share(self) -> float:
        return float(self.rules.prior_payment[self._at])

    def _deductible(self) -> str:
        scheme, benefit, _ = self._at
        if self.rules.contract_waives[scheme, benefit] and self.claim.contract:
            return ("waived by the family-doctor contract", "签约免除")[self.tongue]
        stay = benefit in (Benefit.INPATIENT, Benefit.MATERNITY)
        nth = min(int(self.year.stays[0]), 2) if benefit == Benefit.INPATIENT else 0
        yearly = bool(self.rules.deductible_yearly[scheme, benefit])
        each = EACH["year" if yearly else "stay" if stay else "visit"][self.tongue]
        sum_ = _money(int(self.rules.deductible[(*self._at, nth)]) / FEN)
        said = f"{each} {sum_}" if self.tongue else f"{sum_} {each}"
        if benefit == Benefit.INPATIENT and not yearly:
            said += ("，" if self.tongue else ", ") + NTH[nth][self.tongue]
        return said

    def _basic(self) -> str:
        scheme, benefit, _ = self._at
        cut, why = self._cut()
        full = float(self.rules.rate[self._at])
        if full == 0:
            return ("not paid by the pooled fund", "统筹基金不支付")[self.tongue]
        said = self._times(self._less("inscp_scp_amt", "act_pay_dedc"), max(full - cut, 0.0))
        if cut:
            points = f"{cut * 100:g}"
            said += (
                f" ({_percent(full, 0)} less {points} points {CUTS[why][0]})",
                f"（{_percent(full, 1)}，{CUTS[why][1]}降低{points}个百分点）",
            )[self.tongue]
        cap = int(self.rules.cap[scheme, benefit])
        if cap < NO_LIMIT:
            said += ("; at most {} a year", "；年度限额 {}")[self.tongue].format(_money(cap / FEN))
        return said

    def _cut(self) -> tuple[float, str]:
        """What is taken from the rate, and why."""
        scheme, benefit, _ = self._at
        exempt = self.claim.referred or self.claim.emergency
        unreferred = 0.0 if exempt else float(self.rules.unreferred_cut[self._at])
        if int(self.claim.bills().area[0]) != Area.AWAY:
            return unreferred, "unreferred"
        filed, unfiled = map(float, self.rules.away_cut[scheme, benefit])
        if exempt or self.claim.filed:
            return filed, "filed"
        return max((unfiled, "unfiled"), (unreferred, "unreferred"), key=lambda cut: cut[0])

    def _critical(self, line: str) -> str:
        if not self.amounts[line]:
            return ""
        category = int(self.claim.bills().assistance[0])
        start = int(self.rules.critical_start[self._scheme, category])
        own = self.amounts["inscp_scp_amt"] - self.amounts["hifp_pay"]
        own += int(self.year.burden[0]) / FEN
        bands = np.unique(self.rules.critical_share[self._scheme, category])
        rates = [_percent(float(share), self.tongue) for share in bands if share > 0]
        if len(rates) > 1:
            rates = [
                ("{} to {} by bands", "{} 至 {} 分段")[self.tongue].format(rates[0], rates[-1])
            ]
        return (
            "own payment of the year {}, beyond {}: {}",
            "年度累计自付 {}，超过 {} 的部分按 {} 支付",
        )[self.tongue].format(_money(own), _money(start / FEN), rates[0])

    def _assistance(self) -> str:
        if not self.amounts["maf_pay"]:
            return ""
        share = float(self.rules.assistance_share[int(self.claim.bills().assistance[0])])
        paid = sum(self.amounts[name] for name in ("hifp_pay", "hifmi_pay", "hifob_pay"))
        most = _money(self.rules.assistance_limit / FEN)
        of = self._times(_money(self.amounts["inscp_scp_amt"] - paid), share)
        return of + ("; at most {} a year", "；年度限额 {}")[self.tongue].format(most)

    def _less(self, whole: str, part: str) -> str:
        sums = _money(self.amounts[whole]), _money(self.amounts[part])
        return ("({} - {})", "（{} - {}）")[self.tongue].format(*sums)

    def _times(self, amount: str | float, share: float) -> str:
        of = amount if isinstance(amount, str) else _money(amount)
        return f"{of} {'×' if self.tongue else 'x'} {_percent(share, self.tongue)}"


def _money(cny: float) -> str:
    return f"{cny:,.2f}"


def _percent(share: float, tongue: int) -> str:
    return f"{int(millionths(np.array(share))) / 10_000:g}{'' if tongue else ' '}%"
