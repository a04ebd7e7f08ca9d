"""The recertification rules of a level, as its author writes them and as a published version keeps them.

recertification:
  window: 90 days            # opens so long before expiry
  due: 14 days               # to be done so long before expiry; left out: at expiry
  grace: 30 days             # renewing is still possible so long after expiry
  counts_from: expiry        # or completion, or a day of the year: 31 March
  takes: reassessment        # or {steps: [exam]}, {declaration: "I have …"}, {credits: 20, over: 24 months}
  late: from completion      # or from expiry, or start over: what renewing within grace means
  dependents: nothing        # or suspend, or require again within 60 days
  refresh_service: true      # the credential says where its successor is to be had
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from credentials.sentence import Sentence, sentence
from issuer.plain_text import safe_text
from issuer.validity import Validity, parse_validity


def _length(value: object) -> Validity:
    if isinstance(value, Validity):
        return value
    if isinstance(value, dict) and len(value) == 1:
        unit, number = next(iter(value.items()))
        if unit in {"months", "days"} and isinstance(number, int):
            return Validity(**{unit: number})
        value = f"{number} {unit}"
    try:
        found = parse_validity(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        if not isinstance(value, str):
            raise ValueError(sentence("this is no length of time; write it like 90 days or 3 months"))
        raise ValueError(sentence("{value!r} is no length of time; write it like 90 days or 3 months", value=value))
    return found


Length = Annotated[Validity, BeforeValidator(_length), PlainSerializer(Validity.as_dict)]
"""A length of calendar months or of days; written `90 days` or `{days: 90}`."""

_ANNUAL = re.compile(r"(\d{1,2})\s+([A-Za-z]+)")
_MONTH_NAMES = (
    sentence("January"), sentence("February"), sentence("March"), sentence("April"), sentence("May"),
    sentence("June"), sentence("July"), sentence("August"), sentence("September"), sentence("October"),
    sentence("November"), sentence("December"),
)  # fmt: skip
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}


class Basis(StrEnum):
    """From which day the successor's expiry is counted."""

    COMPLETION = "completion"
    EXPIRY = "expiry"
    FIXED = "fixed"


def _basis(value: object) -> object:
    if isinstance(value, str) and value not in set(Basis):
        raise ValueError(
            sentence("{value!r} is no day to count from; write completion, expiry or a day like 31 March", value=value)
        )
    return value


class Late(StrEnum):
    """What renewing after expiry, within grace, means."""

    FROM_COMPLETION = "from completion"
    FROM_EXPIRY = "from expiry"
    START_OVER = "start over"


class Effect(StrEnum):
    """What becomes of levels that demand this one, when a holder lets this one lapse."""

    NOTHING = "nothing"
    SUSPEND = "suspend"
    REQUIRE_AGAIN = "require again"


class Work(StrEnum):
    """The kind of work that renewing takes."""

    REASSESSMENT = "reassessment"
    STEPS = "steps"
    DECLARATION = "declaration"
    CREDITS = "credits"


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class AnnualDate(_Rules):
    """A day of every year; 29 February is the 28th in common years."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)

    @model_validator(mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = _ANNUAL.fullmatch(value.strip())
        month = _MONTHS.get(match[2].lower()) if match else None
        if match is None or month is None or not 1 <= int(match[1]) <= calendar.monthrange(2024, month)[1]:
            raise ValueError(sentence("{value!r} is no day of the year; write it like 31 March", value=value))
        return {"month": month, "day": int(match[1])}

    @model_validator(mode="after")
    def _exists(self) -> AnnualDate:
        if self.day > calendar.monthrange(2024, self.month)[1]:
            raise ValueError(sentence("{day} is no day of the year; write it like 31 March", day=f"{self}"))
        return self

    @property
    def words(self) -> Sentence:
        """`31 March`."""
        return sentence("{day} {month}", day=str(self.day), month=_MONTH_NAMES[self.month - 1])

    def __str__(self) -> str:
        return f"{self.day} {calendar.month_name[self.month]}"


_WAYS = sentence(
    "write one of: {names}", names="reassessment, {steps: [exam]}, {declaration: …}, {credits: 20, over: 24 months}"
)


class Renewing(_Rules):
    """What renewing takes. `steps` are ids of the level's results and evidence; `credits` are hours over a time."""

    kind: Work = Work.REASSESSMENT
    steps: tuple[str, ...] = ()
    declaration: Annotated[str, AfterValidator(safe_text)] | None = None
    credits: Decimal | None = Field(default=None, gt=0, le=10_000, decimal_places=2)
    over: Length | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value != Work.REASSESSMENT:
                raise ValueError(sentence("{value!r} is no way of renewing; {ways}", value=value, ways=_WAYS))
            return {"kind": value}
        if isinstance(value, dict) and value and "kind" not in value:
            named = [kind for kind in (Work.STEPS, Work.DECLARATION, Work.CREDITS) if kind.value in value]
            if len(named) != 1:
                if named:
                    raise ValueError(sentence("this says two things that renewing takes; {ways}", ways=_WAYS))
                raise ValueError(sentence("this says nothing that renewing takes; {ways}", ways=_WAYS))
            return {**value, "kind": named[0]}
        return value

    @model_validator(mode="after")
    def _fits(self) -> Renewing:
        given = {
            Work.STEPS: bool(self.steps),
            Work.DECLARATION: self.declaration is not None,
            Work.CREDITS: self.credits is not None,
        }
        if [kind for kind, there in given.items() if there] != ([self.kind] if self.kind in given else []):
            raise ValueError(sentence("this does not say what renewing takes; {ways}", ways=_WAYS))
        if (self.over is not None) != (self.kind is Work.CREDITS):
            raise ValueError(
                sentence(
                    "credits are counted over a length of time, and nothing else is; write {form}",
                    form="{credits: 20, over: 24 months}",
                )
            )
        return self


class Dependents(_Rules):
    """What a lapse does to levels that demand this one: nothing, suspend, or require again within a length."""

    effect: Effect = Effect.NOTHING
    within: Length | None = None

    @model_validator(mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        effect, _, within = value.partition(" within ")
        if effect not in set(Effect):
            raise ValueError(
                sentence(
                    "{value!r} is not known here; write nothing, suspend or require again within 60 days", value=value
                )
            )
        return {"effect": effect, "within": within or None}

    @model_validator(mode="after")
    def _fits(self) -> Dependents:
        if (self.within is not None) != (self.effect is Effect.REQUIRE_AGAIN):
            raise ValueError(sentence("only “require again” says within what time; write require again within 60 days"))
        return self


class Recertification(_Rules):
    """How one credential of a level leads to its successor: see the module.

    Stored as `model_dump(mode="json", exclude_defaults=True)`, so that a rule added later changes no older version.
    """

    window: Length
    due: Length | None = None
    grace: Length | None = None
    counts_from: Annotated[Basis, BeforeValidator(_basis)] = Basis.COMPLETION
    fixed: AnnualDate | None = None
    takes: Renewing = Renewing()
    late: Late = Late.FROM_COMPLETION
    dependents: Dependents = Dependents()
    refresh_service: bool = False

    @model_validator(mode="before")
    @classmethod
    def _fixed_date(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("counts_from"), str) and "fixed" not in value:
            text = value["counts_from"]
            if text not in {Basis.COMPLETION, Basis.EXPIRY} and _ANNUAL.fullmatch(text.strip()):
                return {**value, "counts_from": Basis.FIXED, "fixed": text}
        return value

    @model_validator(mode="after")
    def _fits(self) -> Recertification:
        if (self.fixed is not None) != (self.counts_from is Basis.FIXED):
            raise ValueError(sentence("nothing says which day; write counts_from: 31 March"))
        return self
