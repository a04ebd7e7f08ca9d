"""The settings of an installation: `guildmark.toml` in its home directory, and GUILDMARK_… in the environment.

What the environment says wins. A name that does not exist is refused, so that a misspelt setting is never
silently a default. Relative paths are relative to the home directory.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from issuer.addresses import AddressRefused, checked_base_url
from issuer.errors import Fault
from issuer.plain_text import is_email_address
from keys.key_encryption_key import read_key_encryption_key
from keys.private_file import read_private_file
from keys.unlock import KeyEncryptionKey, Passphrase, Unlock
from portal.europass.settings import EuropassSettings
from portal.home import FILE_NAME, HOME_VARIABLE
from portal.metrics.settings import MetricsSettings
from portal.sign_in.settings_faults import length, pairs, sign_in_fault
from portal.signers.settings import SignerSettings
from verifier.web_address import MalformedAddress, parse, parse_origin

PREFIX = "GUILDMARK_"
_LONGEST_PASSPHRASE = 1024  # bytes of a passphrase file
_PORT = 8000


class SettingsRefused(Exception):  # noqa: N818  (a verdict on a file, like the issuer's refusals)
    """The settings have faults; `faults` lists every one, and the message is all of them as sentences."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def _base_url(value: str) -> str:
    try:
        return checked_base_url(value)
    except AddressRefused as error:
        raise PydanticCustomError("base_url", "{reason}", {"reason": str(error.faults[0])}) from error


def _origin(value: str) -> str:
    try:
        return parse_origin(value)
    except MalformedAddress as error:
        raise PydanticCustomError("origin", "{reason}", {"reason": str(error)}) from error


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError) as error:
        reason = f"{value!r} is no time zone; write one such as UTC or Europe/Berlin"
        raise PydanticCustomError("zone", "{reason}", {"reason": reason}) from error
    return value


def _listed(value: object) -> object:
    """A list as the environment can write one: separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _mail_address(value: str) -> str:
    if not is_email_address(value):
        reason = f"{value!r} is no e-mail address; write one alone, like badges@example.org"
        raise PydanticCustomError("mail_address", "{reason}", {"reason": reason})
    return value


def _issuer_id(value: str) -> str:
    if not re.fullmatch(r"(did:[a-z0-9]+:|https://)[\x21-\x7e]{1,500}", value):
        reason = f"{value!r} identifies no issuer; write its did:… or its https address, as its credentials name it"
        raise PydanticCustomError("issuer", "{reason}", {"reason": reason})
    return value


def _page_url(value: str) -> str:
    try:
        found = parse(value)
    except MalformedAddress as error:
        raise PydanticCustomError("page", "{reason}", {"reason": str(error)}) from error
    if found.scheme != "https":
        raise PydanticCustomError("page", "{reason}", {"reason": f"{value!r} does not begin with https://"})
    return value


PageUrl = Annotated[str, AfterValidator(_page_url)]
IssuerId = Annotated[str, AfterValidator(_issuer_id)]
ListedName = Annotated[str, Field(min_length=1, max_length=200)]
Origin = Annotated[str, AfterValidator(_origin)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]


class Settings(SignerSettings, EuropassSettings, MetricsSettings, BaseModel):
    """Everything an operator can set. Made by `load_settings`; frozen.

    database_url: `sqlite:///…` or `postgresql://…`; by default `guildmark.db` in the home directory.
    base_url: the public address of this server, of which every credential's id is made.
    keys_directory: where the sealed private keys lie.
    key_encryption_key_file, key_encryption_key, passphrase_file, passphrase: what unseals them; at most one.
    allowed_origins: origins such as `http://badges.internal:8080` that the verifier may fetch from although they
        are not public https addresses.
    issuer: short name of the issuer that this installation is about, where its database holds several.
    host, port: where `serve` listens; by default 127.0.0.1 and the port that a base_url of this machine names (8000).
    time_zone: the zone in which pages show dates where the program does not say one.
    smtp_host: the server that takes our mail; without it, messages wait. smtp_port: by default that of smtp_security,
        which is starttls (587), tls (465) or none (25). smtp_ca_file: what the server's certificate is checked with,
        if not with the system's authorities. smtp_username with smtp_password or smtp_password_file.
    mail_from: the address that mail comes from, and where what cannot be delivered comes back to. mail_reply_to: where
        answers go. mail_rate: at most so many mails a minute.
    trusted_issuers: the issuers that the verify page says to be on this installation's list, as a table
        `"did:web:academy.example" = "The Academy"`; in the environment `did:web:academy.example=The Academy,…`.
    jobs: whether `serve` does the jobs itself where the database is SQLite; false: `guildmark worker` does them.
    oidc_issuer: the address of the company's OpenID Connect provider, as its own metadata writes it; people sign in
        there. oidc_client_id, and oidc_client_secret or oidc_client_secret_file: how it knows this server.
        oidc_scopes: what is asked of it. oidc_trusts_addresses: its addresses count although it does not say that they
        are verified (true only of a provider in which nobody can choose his address himself).
    oidc_groups_claim: the claim that holds a person's groups. oidc_roles: the role that each group gives, as a table
        `"badge-admins" = "admin"` (admin, auditor, assessor); in the environment `badge-admins=admin,…`.
    sign_in_by_mail: whether people sign in by a link that is mailed to them; by default if mail is set and no provider.
    session_idle, session_longest: how long somebody stays signed in without doing anything, and at most (`8 hours`).
    log_public: whether strangers may read the transparency log at /log; it is kept in any case.
    wall_public: whether strangers may look at the wall too, at what people agreed to show to everybody.
    verify_per_minute: so many documents one network may have verified in a minute, over all processes; 0: any number.
    linkedin_organization: the number of the company's page at LinkedIn, for entries in profiles; else its name.
    wallet_attestation_keys_file: a JWK Set with the keys of those who attest what protects the keys in wallets.
        wallet_attestation_roots_file: root certificates (PEM) of those who attest with an `x5c`.
        wallet_attestations_required: whether a wallet must bring such an attestation; wallet_key_storage: what it must
        promise, one of (`iso_18045_high`, …).
    certificate_template: a typst file by which certificates are set instead of ours (docs/certificate.md);
        certificate_fonts: a folder with fonts for them; certificate_paper: a4 or letter.
    apple_pass_certificate_file, apple_pass_key_file, apple_wwdr_certificate_file: the certificate of a pass type, its
        key without a password, and Apple's intermediate: with them passes for Apple Wallet are signed.
    google_wallet_issuer: our number as an issuer of Google Wallet; google_wallet_key_file: a service account's key.
    terms_url, privacy_url: where people read under which terms this server is used, and what becomes of their data;
        applications are told so.
    behind_proxy: whether a proxy stands in front of this server: then its X-Forwarded-For says who asks.
    Beside these, those of `SignerSettings`, `EuropassSettings` and `MetricsSettings`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path
    database_url: str = ""
    base_url: Annotated[str, AfterValidator(_base_url)] = "http://localhost:8000"
    keys_directory: Path = Path("keys")
    key_encryption_key_file: Path | None = None
    key_encryption_key: SecretStr | None = None
    passphrase_file: Path | None = None
    passphrase: SecretStr | None = None
    allowed_origins: Annotated[tuple[Origin, ...], BeforeValidator(_listed)] = ()
    issuer: str | None = None
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    smtp_host: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_ca_file: Path | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    mail_from: MailAddress | None = None
    mail_reply_to: MailAddress | None = None
    mail_rate: int | None = Field(default=None, ge=1, le=10_000)
    jobs: bool = True
    trusted_issuers: Annotated[dict[IssuerId, ListedName], BeforeValidator(pairs)] = {}
    oidc_issuer: str | None = Field(default=None, max_length=500)
    oidc_client_id: str | None = Field(default=None, min_length=1, max_length=500)
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: Path | None = None
    oidc_scopes: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ("openid", "email", "profile")
    oidc_trusts_addresses: bool = False
    oidc_groups_claim: str = Field(default="groups", min_length=1, max_length=200)
    oidc_roles: Annotated[dict[str, Literal["admin", "auditor", "assessor"]], BeforeValidator(pairs)] = {}
    sign_in_by_mail: bool | None = None
    session_idle: Annotated[timedelta, BeforeValidator(length)] = timedelta(hours=8)
    session_longest: Annotated[timedelta, BeforeValidator(length)] = timedelta(days=7)
    log_public: bool = True
    wall_public: bool = False
    verify_per_minute: Annotated[int, Field(ge=0)] = 1_200
    linkedin_organization: Annotated[int, Field(ge=1)] | None = None
    wallet_attestation_keys_file: Path | None = None
    wallet_attestation_roots_file: Path | None = None
    wallet_attestations_required: bool = False
    wallet_key_storage: Annotated[tuple[ListedName, ...], BeforeValidator(_listed)] = ()
    certificate_template: Path | None = None
    certificate_fonts: Path | None = None
    certificate_paper: Literal["a4", "letter"] = "a4"
    apple_pass_certificate_file: Path | None = None
    apple_pass_key_file: Path | None = None
    apple_wwdr_certificate_file: Path | None = None
    google_wallet_issuer: Annotated[str, Field(pattern=r"^[0-9]{10,25}$")] | None = None
    google_wallet_key_file: Path | None = None
    terms_url: PageUrl | None = None
    privacy_url: PageUrl | None = None
    behind_proxy: bool = False

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        given = [name for name in SECRETS if getattr(self, name) is not None]
        if len(given) > 1:
            reason = f"{' and '.join(given)} are both set; keys are unsealed by one of them, so remove the others"
            raise PydanticCustomError("secrets", "{reason}", {"reason": reason})
        return self

    @model_validator(mode="after")
    def _mail_can_go_out(self) -> Self:
        if reason := _mail_fault(self):
            raise PydanticCustomError("mail", "{reason}", {"reason": reason})
        return self

    @model_validator(mode="after")
    def _people_can_sign_in(self) -> Self:
        if reason := sign_in_fault(self):
            raise PydanticCustomError("sign_in", "{reason}", {"reason": reason})
        return self

    @model_validator(mode="after")
    def _passes_can_be_made(self) -> Self:
        for names in (APPLE, GOOGLE):
            missing = [name for name in names if getattr(self, name) is None]
            if missing and len(missing) < len(names):
                reason = f"{' and '.join(names)} belong together; {' and '.join(missing)} is missing"
                raise PydanticCustomError("passes", "{reason}", {"reason": reason})
        return self

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'guildmark.db'}"

    @property
    def keys(self) -> Path:
        """The directory of the sealed keys."""
        return self.home / self.keys_directory

    @property
    def listening_port(self) -> int:
        """The port that `serve` listens at, with the default filled in."""
        if self.port is not None:
            return self.port
        address = urlsplit(self.base_url)
        here = address.scheme == "http" and address.hostname in LOOPBACK
        return address.port if here and address.port else _PORT

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which pages show dates."""
        return ZoneInfo(self.time_zone)

    @property
    def mails_links(self) -> bool:
        """Whether people sign in by a link that is mailed to them."""
        if self.sign_in_by_mail is not None:
            return self.sign_in_by_mail
        return self.smtp_host is not None and self.oidc_issuer is None

    @property
    def oidc_secret(self) -> str:
        """The secret for the provider, "" without one. Raises KeysError if others may read its file, or nobody."""
        return self._secret(self.oidc_client_secret, self.oidc_client_secret_file) or ""

    @property
    def europass_secret(self) -> str:
        """The password of the seal, "" without one. Raises KeysError if its file cannot be read, or others may."""
        return self._secret(self.europass_seal_password, self.europass_seal_password_file) or ""

    @property
    def smtp_secret(self) -> str | None:
        """The password for the mail server. Raises KeysError if its file cannot be read, or others may read it."""
        return self._secret(self.smtp_password, self.smtp_password_file)

    @property
    def metrics_token(self) -> str | None:
        """What who asks for figures must know. Raises KeysError as `smtp_secret`."""
        return self._secret(None, self.metrics_token_file)

    def _secret(self, given: SecretStr | None, file: Path | None) -> str | None:
        if file is not None:
            text = read_private_file(self.home / file, max_bytes=_LONGEST_PASSPHRASE)
            return text.decode("utf-8", errors="replace").rstrip("\r\n")
        return given.get_secret_value() if given is not None else None

    def unlock(self) -> Unlock | None:
        """What unseals the keys, or None if nothing is set: then this server verifies but cannot sign.

        Raises KeysError (KeyFileInsecure, KeyFileUnreadable, WrongPassphrase) if it cannot be read.
        """
        if self.key_encryption_key_file is not None:
            return read_key_encryption_key(self.home / self.key_encryption_key_file)
        if self.key_encryption_key is not None:
            return KeyEncryptionKey.from_text(self.key_encryption_key.get_secret_value())
        if self.passphrase_file is not None:
            text = read_private_file(self.home / self.passphrase_file, max_bytes=_LONGEST_PASSPHRASE)
            return Passphrase(text.decode("utf-8", errors="replace").rstrip("\r\n"))
        return Passphrase(self.passphrase.get_secret_value()) if self.passphrase is not None else None


def _mail_fault(settings: Settings) -> str | None:
    """What is wrong with the mail settings taken together."""
    if settings.smtp_password is not None and settings.smtp_password_file is not None:
        return "smtp_password and smtp_password_file are both set; remove one of them"
    secret = settings.smtp_password is not None or settings.smtp_password_file is not None
    if (settings.smtp_username is not None) != secret:
        return "smtp_username and smtp_password (or smtp_password_file) belong together; set both or neither"
    if settings.smtp_host is None:
        return None
    if settings.mail_from is None:
        return "smtp_host is set, but not mail_from; set the address that mail is to come from"
    if secret and settings.smtp_security == "none" and settings.smtp_host not in LOOPBACK:
        return "smtp_security is none, so the password would travel unprotected; set it to starttls or tls"
    return None


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRETS = ("key_encryption_key_file", "key_encryption_key", "passphrase_file", "passphrase")
APPLE = ("apple_pass_certificate_file", "apple_pass_key_file", "apple_wwdr_certificate_file")
GOOGLE = ("google_wallet_issuer", "google_wallet_key_file")
NAMES = tuple(name for name in Settings.model_fields if name != "home")
FILES = tuple(name for name in NAMES if name.endswith("_file"))
"""Files that an installation reads besides its own: secrets, certificates, keys of others."""


def load_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of the installation in `home`; a missing file is an empty one.

    Raises SettingsRefused with a sentence for every fault: where it stands, what is wrong, what is right.
    """
    path = home / FILE_NAME
    from_file = _read(path)
    from_environment = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != HOME_VARIABLE
    }
    sources = {str(path): from_file, "the environment": from_environment}
    unknown = tuple(_unknown(where, name) for where, given in sources.items() for name in given if name not in NAMES)
    if unknown:
        raise SettingsRefused(unknown)
    try:
        return Settings.model_validate({**from_file, **from_environment, "home": home})
    except ValidationError as error:
        faults = (_fault(path, set(from_environment), detail) for detail in error.errors(include_url=False))
        raise SettingsRefused(tuple(faults)) from None  # the chain could show a passphrase


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = Fault(str(path), f"cannot be read as TOML: {error}", 'write settings as name = "value"')
        raise SettingsRefused((fault,)) from error


def _unknown(where: str, name: str) -> Fault:
    near = difflib.get_close_matches(name, NAMES, n=1)
    right = f"did you mean {near[0]}?" if near else f"there are: {', '.join(NAMES)}"
    shown = PREFIX + name.upper() if where == "the environment" else name
    return Fault(where, f"there is no setting {shown}", right)


def _fault(path: Path, in_environment: set[str], detail: ErrorDetails) -> Fault:
    name = str(detail["loc"][0]) if detail["loc"] else ""
    where = PREFIX + name.upper() if name in in_environment else f"{path}, {name}" if name else str(path)
    return Fault(where, detail["msg"])
