"""Who we are by law, and the seal: what files for Europass require and badges do not know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from wallet_export.europass_codes import COUNTRIES

_REQUIRED: Final = ("europass_legal_name", "europass_country", "europass_registration")
_PASSWORDS: Final = ("europass_seal_password", "europass_seal_password_file")


def _country(value: str) -> str:
    if value not in COUNTRIES:
        reason = f"{value!r} is no country of Europass; there are {', '.join(sorted(COUNTRIES))}"
        raise PydanticCustomError("country", "{reason}", {"reason": reason})
    return value


Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]


class EuropassSettings(BaseModel):
    """Part of the settings of an installation; see docs/europass.md.

    europass_legal_name, europass_country, europass_registration: the organization's name by law, its country as three
        letters (`DEU`), and its number in that country's register: with them files for Europass are made.
    europass_eidas: its identifier by the eIDAS regulation, if it has one.
    europass_seal_file: an electronic seal as PKCS #12; europass_seal_password or europass_seal_password_file: its
        password. Without a seal, the files have none.
    """

    europass_legal_name: Line | None = None
    europass_country: Annotated[str, AfterValidator(_country)] | None = None
    europass_registration: Line | None = None
    europass_eidas: Line | None = None
    europass_seal_file: Path | None = None
    europass_seal_password: SecretStr | None = None
    europass_seal_password_file: Path | None = None

    @model_validator(mode="after")
    def _europass_knows_us(self) -> Self:
        missing = [name for name in _REQUIRED if getattr(self, name) is None]
        others = self.europass_eidas is not None or self.europass_seal_file is not None
        passwords = [name for name in _PASSWORDS if getattr(self, name) is not None]
        reason = ""
        if missing and (others or len(missing) < len(_REQUIRED)):
            reason = f"files for Europass require {' and '.join(_REQUIRED)}; {' and '.join(missing)} is missing"
        elif self.europass_seal_file is not None and len(passwords) != 1:
            reason = f"europass_seal_file needs its password: set one of {' and '.join(_PASSWORDS)}"
        elif passwords and self.europass_seal_file is None:
            reason = f"{passwords[0]} is set, but not europass_seal_file"
        if reason:
            raise PydanticCustomError("europass", "{reason}", {"reason": reason})
        return self
