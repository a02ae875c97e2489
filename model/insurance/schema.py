"""What a rule book file may say: the grammar of `data/rulebooks/*.yaml`.

A statement is `{value, unit, source, status}`; `source` and `status` may be given once for the
dated entry around it. An entry holds from its `from` until the next one of its list begins.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from model.parameters import Label, Status
from model.terms import Tier

Number = TypeVar("Number")
Value = TypeVar("Value")
Unit = TypeVar("Unit")
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Money = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]
Category = Literal["low_income", "special_hardship"]
BenefitName = Literal[
    "outpatient", "chronic", "inpatient", "maternity", "pharmacy", "hypertension_diabetes"
]
Scope = Literal["nothing", "in_catalogue", "everything"]
Unitless = Literal[""]
OfOne = Literal["share"]
Yearly = Literal["CNY/year"]


class Part(BaseModel):
    """A piece of a rule book; a key that the grammar does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Statement(Part, Generic[Value, Unit]):
    """A value with its unit, source and status."""

    value: Value
    unit: Unit
    source: str | None = None
    status: Status | None = None


class Clause(Statement[Value, Unitless], Generic[Value]):
    """A statement that has no unit."""

    unit: Unitless = ""


class Tiers(Part, Generic[Number]):
    """One number a tier; `every_tier: x` says the same of all four."""

    clinic: Number
    centre: Number
    secondary: Number
    tertiary: Number

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        if not isinstance(value, dict | Tiers):
            raise ValueError("one number a tier is wanted, or every_tier")
        if isinstance(value, dict) and set(value) == {"every_tier"}:
            return {tier.word: value["every_tier"] for tier in Tier}
        return value

    def numbers(self) -> list[Number]:
        """The four numbers in the order of `terms.Tier`."""
        return [self.clinic, self.centre, self.secondary, self.tertiary]


class Repeats(Part):
    """Share of the deductible that the second and the later stays of a year bear."""

    second: Share
    later: Share


class AreaCuts(Part):
    """Taken from the rate out of area: filed, referred or emergency; none of these."""

    filed: Share
    unfiled: Share


class Band(Part):
    """From `above` (CNY beyond the layer's deductible) on, `share` is paid."""

    above: Money
    share: Share


def _rising(bands: tuple[Band, ...]) -> tuple[Band, ...]:
    marks = [band.above for band in bands]
    if not marks or marks[0] != 0 or any(b <= a for a, b in pairwise(marks)):
        raise ValueError("bands must begin at 0 and rise")
    return bands


def _complete(keys: Iterable[str], wanted: tuple[str, ...]) -> None:
    if set(keys) != set(wanted):
        raise ValueError(f"all of {', '.join(wanted)} must be given")


def _perhaps_none(value: Any) -> Any:
    if value is None:
        raise ValueError("write `none` where there is no limit")
    return None if value == "none" else value


def _every_category(shares: dict[Category, float]) -> dict[Category, float]:
    _complete(shares, get_args(Category))
    return shares


def _every_benefit(scopes: dict[BenefitName, Scope]) -> dict[BenefitName, Scope]:
    _complete(scopes, get_args(BenefitName))
    return scopes


TierShares = Statement[Tiers[Share], OfOne]
Deductibles = Statement[Tiers[Money], Literal["CNY/visit", "CNY/stay", "CNY/year"]]
Limit = Statement[Annotated[Money | None, BeforeValidator(_perhaps_none)], Yearly]
Bands = Statement[Annotated[tuple[Band, ...], AfterValidator(_rising)], OfOne]
CategoryShares = Annotated[dict[Category, Share], AfterValidator(_every_category)]
AccountScopes = Annotated[dict[BenefitName, Scope], AfterValidator(_every_benefit)]
Counts = Clause[tuple[BenefitName, ...]]


class Pool(Clause[Literal["county", "municipal", "provincial"]]):
    """Area over which the fund is pooled; inside it nothing is out of area."""

    source: str
    status: Status


Said = Statement[Any, Any]


class Entry(Part):
    """Rules from a date on, until `to` or the day before the next entry."""

    from_: date = Field(alias="from")
    to: date | None = None
    source: str | None = None
    status: Status | None = None

    def statements(self) -> dict[str, Said]:
        """What the entry says, each statement with its own source and status or the entry's."""
        return {
            name: said.model_copy(
                update={
                    "source": said.source or self.source,
                    "status": said.status or self.status,
                }
            )
            for name in type(self).model_fields
            if isinstance(said := getattr(self, name), Statement)
        }


class BenefitEntry(Entry):
    """One benefit of one scheme; what a local book leaves out, the book it extends must say."""

    out_of_catalogue: TierShares | None = None
    prior_payment: TierShares | None = None
    deductible: Deductibles | None = None
    repeat_deductible: Statement[Repeats, OfOne] | None = None
    reimbursement_rate: TierShares | None = None
    retiree_bonus: TierShares | None = None
    unreferred_cut: TierShares | None = None
    out_of_area_cut: Statement[AreaCuts, OfOne] | None = None
    annual_cap: Limit | None = None
    contract_waives_deductible: Clause[bool] | None = None


class CeilingEntry(Entry):
    """The most that the pooled fund pays a member in a year for stays and special outpatients."""

    limit: Limit | None = None


class CriticalEntry(Entry):
    """A layer above basic insurance, paid on the year's own burden inside the catalogue."""

    deductible: Statement[Money, Yearly] | None = None
    bands: Bands | None = None
    limit: Limit | None = None
    counts: Counts | None = None
    assisted_deductible: Statement[Share, OfOne] | None = None
    assisted_bonus: Statement[Share, OfOne] | None = None


class AssistanceEntry(Entry):
    """Medical assistance on what remains inside the catalogue."""

    share: Statement[CategoryShares, OfOne] | None = None
    limit: Limit | None = None
    counts: Counts | None = None


class AccountEntry(Entry):
    """Individual accounts of employees' insurance."""

    pays: Clause[AccountScopes] | None = None
    mutual_aid: Clause[bool] | None = None
    inflow_active: Statement[Share, Literal["share of contribution base"]] | None = None
    inflow_retired: Statement[Money, Yearly] | None = None


class SchemeSection(Part):
    """A scheme's benefits, each a dated list."""

    ceiling: tuple[CeilingEntry, ...] = ()
    outpatient: tuple[BenefitEntry, ...] = ()
    chronic: tuple[BenefitEntry, ...] = ()
    inpatient: tuple[BenefitEntry, ...] = ()
    maternity: tuple[BenefitEntry, ...] = ()
    pharmacy: tuple[BenefitEntry, ...] = ()
    hypertension_diabetes: tuple[BenefitEntry, ...] = ()


class BookFile(Part):
    """A rule book as its file states it."""

    id: str
    title: Label
    from_: date = Field(alias="from")
    extends: str | None = None
    pool: Pool | None = None
    EBMI_ACTIVE: SchemeSection = SchemeSection()
    EBMI_RETIRED: SchemeSection = SchemeSection()
    RBMI: SchemeSection = SchemeSection()
    critical_illness: tuple[CriticalEntry, ...] = ()
    catastrophic_subsidy: tuple[CriticalEntry, ...] = ()
    medical_assistance: tuple[AssistanceEntry, ...] = ()
    individual_account: tuple[AccountEntry, ...] = ()
