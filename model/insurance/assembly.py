"""From what a rule book says on one day to the arrays of `Rules`; nothing may be left unsaid."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from model.insurance.benefits import NO_LIMIT, AccountPays, Benefit, Category
from model.insurance.rules import Rules
from model.insurance.schema import Said
from model.insurance.tables import POOLED
from model.terms import Floats, InputError, Ints, Scheme, Tier

Statements = Mapping[str, Said]
INSURED = (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED, Scheme.RBMI)
CRITICAL = {
    Scheme.EBMI_ACTIVE: "catastrophic_subsidy",
    Scheme.EBMI_RETIRED: "catastrophic_subsidy",
    Scheme.RBMI: "critical_illness",
}
CAPPED = (Benefit.OUTPATIENT, Benefit.HYPERTENSION_DIABETES)
STAYS = (Benefit.INPATIENT, Benefit.MATERNITY)
SAB = len(Scheme), len(Benefit)


class Assembly:
    """The rules in force on `day`, read from `statements` (path -> what is said there)."""

    def __init__(self, statements: Statements, book: str, day: date, file: Path) -> None:
        self.statements, self.book, self.day, self.file = statements, book, day, file

    def rules(self) -> Rules:
        """All arrays; a statement that is missing or impossible is an error with path and date."""
        tier, stay = (*SAB, len(Tier)), (*SAB, len(Tier), 3)
        out_of_catalogue, prior, rate, unreferred = (np.zeros(tier) for _ in range(4))
        deductible = np.zeros(stay, dtype=np.int64)
        yearly, waives = np.zeros(SAB, dtype=bool), np.zeros(SAB, dtype=bool)
        away, cap = np.zeros((*SAB, 2)), np.full(SAB, NO_LIMIT)
        drugs = np.array([self._has_drugs(scheme) for scheme in Scheme])
        for scheme in INSURED:
            for benefit in Benefit:
                at, own = (scheme, benefit), benefit
                if benefit == Benefit.HYPERTENSION_DIABETES and not drugs[scheme]:
                    own = Benefit.CHRONIC
                path = f"{scheme.word}.{own.word}"
                out_of_catalogue[at] = self._tiers(path, "out_of_catalogue")
                prior[at] = self._tiers(path, "prior_payment")
                deductible[at], yearly[at] = self._deductible(path, own)
                rate[at] = self._rate(path, scheme)
                unreferred[at] = self._tiers(path, "unreferred_cut")
                away[at] = self._away(path)
                cap[at] = self._cap(path, scheme, own)
                waives[at] = self._waives(path)
                self._check_cuts(path, rate[at], np.append(unreferred[at], away[at]))
                self._check_cap(path, cap[at], deductible[at])
        out_of_catalogue[Scheme.NONE] = out_of_catalogue[Scheme.RBMI]
        prior[Scheme.NONE] = prior[Scheme.RBMI]
        return Rules(
            book=self.book,
            out_of_catalogue=out_of_catalogue,
            prior_payment=prior,
            deductible=deductible,
            deductible_yearly=yearly,
            rate=rate,
            unreferred_cut=unreferred,
            away_cut=away,
            cap=cap,
            contract_waives=waives,
            has_drug_benefit=drugs,
            statements=self.statements,
            **self._critical(),
            **self._assistance(),
            **self._account(),
        )

    def _said(self, path: str) -> Any:
        if path not in self.statements:
            raise self._error(path, "is missing")
        return self.statements[path].value

    def _error(self, path: str, problem: str, **more: Any) -> InputError:
        return InputError(f"{path} on {self.day}: {problem}", file=self.file, **more)

    def _tiers(self, path: str, name: str) -> Floats:
        return np.array(self._said(f"{path}.{name}").numbers())

    def _has_drugs(self, scheme: Scheme) -> bool:
        prefix = f"{scheme.word}.{Benefit.HYPERTENSION_DIABETES.word}."
        return any(path.startswith(prefix) for path in self.statements)

    def _fen(self, path: str, cny: float | None) -> int:
        if cny is None:
            return NO_LIMIT
        fen = round(cny * 100)
        if abs(cny * 100 - fen) > 1e-6:
            raise self._error(path, "money has at most two decimals", found=cny)
        return fen

    def _deductible(self, path: str, benefit: Benefit) -> tuple[Ints, bool]:
        at = f"{path}.deductible"
        first = np.array([self._fen(at, cny) for cny in self._said(at).numbers()])
        unit = self.statements[at].unit
        wrong = {"CNY/visit"} if benefit in STAYS else {"CNY/stay"}
        if unit in wrong:
            raise self._error(at, "has the wrong unit for this service", found=unit)
        if unit != "CNY/stay":
            return np.stack([first] * 3, axis=1), unit == "CNY/year"
        again = self._said(f"{path}.repeat_deductible")
        shares = np.array([1.0, again.second, again.later])
        return np.floor(first[:, None] * shares + 0.5 + 1e-6).astype(np.int64), False

    def _rate(self, path: str, scheme: Scheme) -> Floats:
        rate = self._tiers(path, "reimbursement_rate")
        if scheme != Scheme.EBMI_RETIRED:
            self._forbid(f"{path}.retiree_bonus", "is for EBMI_RETIRED only")
        else:
            rate = rate + self._tiers(path, "retiree_bonus")
        if (rate > 1).any():
            raise self._error(path, "rate with retiree bonus is above 1", found=max(rate.tolist()))
        return rate

    def _forbid(self, path: str, problem: str) -> None:
        if path in self.statements:
            raise self._error(path, problem)

    def _away(self, path: str) -> Sequence[float]:
        cut = self._said(f"{path}.out_of_area_cut")
        return [cut.filed, cut.unfiled]

    def _cap(self, path: str, scheme: Scheme, benefit: Benefit) -> int:
        if benefit in CAPPED:
            path = f"{path}.annual_cap"
            return self._fen(path, self._said(path))
        self._forbid(f"{path}.annual_cap", "has no cap of its own here")
        path = f"{scheme.word}.ceiling.limit"
        if benefit not in POOLED:
            path = f"{scheme.word}.outpatient.annual_cap"
        return self._fen(path, self._said(path))

    def _waives(self, path: str) -> bool:
        clause = self.statements.get(f"{path}.contract_waives_deductible")
        return clause is not None and bool(clause.value)

    def _check_cuts(self, path: str, rate: Floats, cuts: Floats) -> None:
        if rate.any() and cuts.max() > rate.min():
            raise self._error(path, "a cut is larger than the rate", found=float(cuts.max()))

    def _check_cap(self, path: str, cap: int, deductible: Ints) -> None:
        if cap < deductible.max():
            raise self._error(
                path, "ceiling below the deductible (CNY)", found=cap / 100,
                allowed=f"at least {deductible.max() / 100:g}",
            )  # fmt: skip

    def _counts(self, path: str) -> list[bool]:
        return [benefit.word in self._said(f"{path}.counts") for benefit in Benefit]

    def _critical(self) -> dict[str, Any]:
        bands = {scheme: self._said(f"{path}.bands") for scheme, path in CRITICAL.items()}
        most = max(len(some) for some in bands.values())
        start = np.full((len(Scheme), len(Category)), NO_LIMIT)
        mark = np.full((len(Scheme), most), NO_LIMIT)
        share = np.zeros((len(Scheme), len(Category), most))
        limit, counts = np.zeros(len(Scheme), dtype=np.int64), np.zeros(SAB, dtype=bool)
        for scheme, path in CRITICAL.items():
            cny = self._said(f"{path}.deductible")
            bonus = self._said(f"{path}.assisted_bonus")
            start[scheme] = self._fen(
                path, round(cny * self._said(f"{path}.assisted_deductible"), 2)
            )
            start[scheme, Category.NONE] = self._fen(path, cny)
            for k, band in enumerate(bands[scheme]):
                mark[scheme, k] = self._fen(path, band.above)
                share[scheme, :, k] = min(band.share + bonus, 1.0)
                share[scheme, Category.NONE, k] = band.share
            limit[scheme] = self._fen(path, self._said(f"{path}.limit"))
            counts[scheme] = self._counts(path)
        return {
            "critical_start": start,
            "critical_mark": mark,
            "critical_share": share,
            "critical_limit": limit,
            "critical_counts": counts,
        }

    def _assistance(self) -> dict[str, Any]:
        share = self._said("medical_assistance.share")
        path = "medical_assistance.limit"
        return {
            "assistance_share": np.array([0.0, share["low_income"], share["special_hardship"]]),
            "assistance_limit": self._fen(path, self._said(path)),
            "assistance_counts": np.array(self._counts("medical_assistance")),
        }

    def _account(self) -> dict[str, Any]:
        at = "individual_account"
        pays = self._said(f"{at}.pays")
        codes = [AccountPays[pays[benefit.word].upper()] for benefit in Benefit]
        return {
            "account_pays": np.array(codes, dtype=np.int8),
            "mutual_aid": bool(self._said(f"{at}.mutual_aid")),
            "account_inflow_share": float(self._said(f"{at}.inflow_active")),
            "account_inflow_retired": self._fen(at, self._said(f"{at}.inflow_retired")),
        }
