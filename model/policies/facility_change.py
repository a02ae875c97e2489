"""What a policy file says of single facilities: opened, closed, moved up a tier, staffed anew."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

TierWord = Literal["clinic", "centre", "secondary", "tertiary"]
Amount = float | str  # a number, or a formula of the levers and of `doctors` and `beds` as they are
VERBS = ("open", "close", "move", "set")


class NewFacility(BaseModel):
    """A facility of the county that is not there yet; without lon and lat at the seat."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    name_zh: str | None = None
    tier: TierWord
    kind: str
    settlement: str | None = None
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    doctors: Amount
    beds: Amount = 0.0

    @model_validator(mode="after")
    def _somewhere(self) -> "NewFacility":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("needs both lon and lat, or neither")
        if self.settlement is None and self.lon is None:
            raise ValueError("needs a settlement, or lon and lat")
        return self


class FacilityChange(BaseModel):
    """Exactly one of `open: {...}`, `close: ID`, `move: ID` to a tier, `set: ID` to new numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    open: NewFacility | None = None
    close: str | None = None
    move: str | None = None
    set: str | None = None
    tier: TierWord | None = None
    kind: str | None = None
    doctors: Amount | None = None
    beds: Amount | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> "FacilityChange":
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(VERBS)}")
        if (self.tier is not None) != (given == ["move"]):
            raise ValueError("needs tier where it moves a facility, and nowhere else")
        if self.kind is not None and given != ["move"]:
            raise ValueError("kind stands beside move alone, or inside open")
        numbers = (self.doctors, self.beds) != (None, None)
        if numbers and given[0] in ("open", "close"):
            raise ValueError("doctors and beds stand beside set or move, or inside open")
        if given == ["set"] and not numbers:
            raise ValueError("set needs doctors or beds")
        return self

    @property
    def verb(self) -> str:
        """What is done."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def facility(self) -> str:
        """Id of the facility that is there already, or of the new one."""
        return self.open.id if self.open is not None else str(getattr(self, self.verb))

    @property
    def told(self) -> str:
        """What is done, in the words of the file."""
        said = self.model_dump(exclude_none=True, exclude={self.verb})
        if self.open is not None:
            said = self.open.model_dump(exclude_none=True, exclude={"id"})
        return ", ".join([self.verb, *(f"{key} {value}" for key, value in said.items())])

    @property
    def new_id(self) -> str | None:
        """Id of the row that it adds, if any: a facility moved to a tier is a new row."""
        if self.open is not None:
            return self.open.id
        return None if self.move is None else f"{self.move}-{self.tier}"
