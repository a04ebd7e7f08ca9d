"""How holders of keys are reached. Which key is whose stands in the database; nothing here names one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from portal.sign_in.settings_faults import length
from verifier.web_address import MalformedAddress, parse_origin

LOOPBACK_ORIGINS = ("http://localhost", "http://127.0.0.1", "http://[::1]")


def _origin(value: str) -> str:
    try:
        origin = parse_origin(value)
    except MalformedAddress as error:
        raise PydanticCustomError("origin", "{reason}", {"reason": str(error)}) from error
    if not origin.startswith("https://") and origin.rpartition(":")[0] not in LOOPBACK_ORIGINS:
        reason = f"{value!r} is not https: what lets us sign would travel unprotected"
        raise PydanticCustomError("origin", "{reason}", {"reason": reason})
    return origin


Address = Annotated[str, AfterValidator(_origin)]


class SignerSettings(BaseModel):
    """Part of the settings of an installation; see docs/keys.md.

    pkcs11_module: the library of the tokens. pkcs11_pin or pkcs11_pin_file: what opens them.
    vault_address: origin of Vault or OpenBao; vault_token or vault_token_file (read before every call, since agents
        renew it); vault_namespace; vault_ca_file: what its certificate is checked with.
    awskms_endpoint: where AWS KMS is, if not at its usual address. Who we are there, boto3 finds out as ever.
    gcpkms_endpoint: where Google's Cloud KMS is, if not at its usual address. gcpkms_credentials_file: the key of a
        service account; without it the metadata server of the machine is asked.
    signer_deadline: how long a holder has for one signature. signer_at_once: so many are asked for together; of a
        token always one by each process.
    """

    pkcs11_module: Path | None = None
    pkcs11_pin: SecretStr | None = None
    pkcs11_pin_file: Path | None = None
    vault_address: Address | None = None
    vault_token: SecretStr | None = None
    vault_token_file: Path | None = None
    vault_namespace: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_.-]{1,200}$")] | None = None
    vault_ca_file: Path | None = None
    awskms_endpoint: Address | None = None
    gcpkms_endpoint: Address | None = None
    gcpkms_credentials_file: Path | None = None
    signer_deadline: Annotated[timedelta, BeforeValidator(length)] = timedelta(seconds=5)
    signer_at_once: int = Field(default=8, ge=1, le=64)

    @model_validator(mode="after")
    def _holders_can_be_reached(self) -> Self:
        for one, other in (("pkcs11_pin", "pkcs11_pin_file"), ("vault_token", "vault_token_file")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                reason = f"{one} and {other} are both set; remove one of them"
                raise PydanticCustomError("signers", "{reason}", {"reason": reason})
        if not timedelta(milliseconds=100) <= self.signer_deadline <= timedelta(minutes=1):
            reason = "signer_deadline is between a tenth of a second and a minute"
            raise PydanticCustomError("signers", "{reason}", {"reason": reason})
        return self
