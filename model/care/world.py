"""The world of a run: what stands still (region, options, values in force) and what changes."""

from dataclasses import dataclass

from model.care.admission import AdmissionParameters
from model.care.charges import ChargeParameters, OnlineParameters
from model.care.illness import IllnessParameters, Onsets
from model.care.membership import Membership, SupplyParameters
from model.care.parts import Levels, PartParameters, charge_levels
from model.care.queue import QueueParameters
from model.care.referral import GateParameters, ReferralParameters
from model.care.treatment import TreatmentParameters
from model.care.trust import TrustParameters
from model.care.utility import ChoiceParameters
from model.insurance.funds import FundParameters
from model.insurance.incentives import Incentives, incentives
from model.insurance.payment import PaymentParameters, Providers
from model.insurance.premium import PremiumParameters
from model.insurance.rules import Rules
from model.insurance.settlement import YearToDate
from model.parameters import Parameters
from model.region.options import Options
from model.state import Calendar, Episodes, FacilityState, Memory, Residents
from model.terms import Bools, Bytes, Floats, Ints, Ints32


@dataclass(frozen=True, slots=True)
class CareParameters:
    """The values of every mechanism of care, bound from the parameter files or made of them."""

    illness: IllnessParameters
    choice: ChoiceParameters
    queue: QueueParameters
    treatment: TreatmentParameters
    referral: ReferralParameters
    gate: GateParameters
    supply: SupplyParameters
    admission: AdmissionParameters
    charges: ChargeParameters
    online: OnlineParameters
    trust: TrustParameters
    payment: PaymentParameters
    premium: PremiumParameters
    funds: FundParameters
    practice: Incentives  # what payment makes of practice
    levels: Levels  # what prices and practice make of charges


def bind_care(parameters: Parameters) -> CareParameters:
    """The parameter files bound to the dataclasses of the mechanisms."""
    payment = parameters.bind(PaymentParameters, "payment")
    practice = incentives(payment)
    return CareParameters(
        illness=parameters.bind(IllnessParameters, "illness"),
        choice=parameters.bind(ChoiceParameters, "choice"),
        queue=parameters.bind(QueueParameters, "queue"),
        treatment=parameters.bind(TreatmentParameters, "treatment"),
        referral=parameters.bind(ReferralParameters, "referral"),
        gate=parameters.bind(GateParameters, "gate"),
        supply=parameters.bind(SupplyParameters, "supply"),
        admission=parameters.bind(AdmissionParameters, "admission"),
        charges=parameters.bind(ChargeParameters, "charges"),
        online=parameters.bind(OnlineParameters, "online"),
        trust=parameters.bind(TrustParameters, "trust"),
        payment=payment,
        premium=parameters.bind(PremiumParameters, "premium"),
        funds=parameters.bind(FundParameters, "funds"),
        practice=practice,
        levels=charge_levels(parameters.bind(PartParameters, "parts"), practice),
    )


@dataclass(frozen=True, slots=True)
class FacilityTable:
    """Facilities as the day needs them; shape (facilities,)."""

    tier: Bytes
    area: Bytes
    settlement: Ints32  # -1 outside the county
    doctors: Floats  # scaled to the sample of residents
    beds: Ints
    quality: Floats
    line: Ints  # doctors who share one line of patients
    capacity: Floats  # visits a day
    up: Ints32  # facility to which it refers upward, -1 for none
    consortium: Ints  # number of the one that it belongs to, -1 for none
    practice: Bytes  # column of `Incentives` that it follows: its area, but for who left out


@dataclass(slots=True)
class World:
    """Everything that a day reads and writes."""

    seed: int
    p: CareParameters
    rules: Rules
    facility: FacilityTable
    options: Options
    home_centre: Ints32  # (places,)
    classes: list[tuple[int, int]]  # price classes: pairs of tier and area
    class_at: Ints  # (options, places): price class of an option
    offered: Bools  # (tiers, places): some facility of the tier is in reach
    providers: Providers  # whom the pools pay
    residents: Residents
    membership: Membership  # what policies change of the residents, as it was synthesised
    memory: Memory
    ties: Ints32  # (residents,): whom each tells
    year: YearToDate
    onsets: Onsets
    episodes: Episodes
    state: FacilityState
    follow_ups: Calendar  # of residents; those of kind k are k x residents + their row
    decisions: Calendar  # episodes that decide again on a day
    stays: Calendar  # episodes whose stay ends on a day
    online: Calendar  # episodes whose consultation by video is on a day
    waiting: Ints  # episodes in the queues for a visit
    waiting_bed: Ints  # episodes that wait for a bed
    n_spells: int = 0  # onsets so far, the next identity
