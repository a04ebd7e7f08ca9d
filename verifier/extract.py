"""The credential inside whatever somebody has: a file, an image, a pasted text, the text of a QR code.

Pure: an address is returned as an address, and `verify` fetches it. Only sizes and forms are judged here.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from credentials import strict_json
from credentials.problems import PARSING_ERROR, UNSUPPORTED_PROOF, Problem, Unacceptable, own_type, pointer
from credentials.proofs import compact_jws, jose
from credentials.proofs.envelope import Envelope, of_jwt
from credentials.sentence import sentence, sentence_of
from verifier.presented_form import defines_envelopes

MAX_INPUT_BYTES = 12 * 1024 * 1024
MAX_TEXT_BYTES = strict_json.LIMITS.max_bytes

UNSUPPORTED_FORM = own_type("unsupported-form")
NOTHING_FOUND = own_type("no-credential-found")

_PNG = b"\x89PNG\r\n\x1a\n"
_OPENED = (b"%PDF", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+={0,2}(?:\.[A-Za-z0-9_-]*={0,2})*")
_DATA_JWT = re.compile(r"data:application/(?:vc\+jwt|vc-ld\+jwt|jwt)(?:;[^,]*)?,(.+)", re.DOTALL)
_COSE = b"\xd2\x84"
_VERSION_2 = frozenset({"https://w3id.org/openbadges/v2", "http://w3id.org/openbadges/v2"})
_OLDER_BADGES = re.compile(r"https?://(?:w3id\.org/openbadges/v[12]|openbadgespec\.org)")


class NotExtracted(Exception):  # noqa: N818
    """There is no credential to judge. `unsupported`: it is one, of a kind that this verifier does not read."""

    def __init__(self, problem: Problem, *, unsupported: bool = False) -> None:
        self.problem = problem
        self.unsupported = unsupported
        super().__init__(problem.detail)


class OlderBadge(NotExtracted):
    """It is an Open Badges 2.0 badge: `text` is its JSON, its JWS or its address, for `verifier.older` to judge."""

    def __init__(self, problem: Problem, *, text: str, form: str) -> None:
        self.text = text
        self.form = form
        super().__init__(problem, unsupported=True)


@dataclass(frozen=True, slots=True)
class Address:
    """The text was an address on the web; the credential is to be fetched from there. form: qr if a code held it."""

    url: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """A credential as it was found, nothing about it verified.

    form: json, jwt, sd-jwt, cose, png, svg, pdf or qr (how it came). document: the credential's JSON; for a token
    without the claims. envelope: the token or message if it is secured by one, else None and the proof is embedded.
    text: the exact secured text; for a message its data URL.
    """

    form: str
    document: dict[str, Any]
    envelope: Envelope | None
    text: str


def extract(data: bytes | str, *, opening: bool = False) -> Extracted | Address:
    """The credential in the data, or the address it names. Raises `NotExtracted` with a sentence.

    opening: PDFs are opened for what is attached to them, and pictures looked at for a QR code, by programs of others
    in processes of their own; then also raises `TakesLong` for a caller in haste.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_INPUT_BYTES:
        raise _nothing(
            sentence(
                "This is larger than {max_input_bytes} MB, which no badge is.",
                max_input_bytes=MAX_INPUT_BYTES // 1024 // 1024,
            )
        )
    if raw.startswith(_PNG):
        return _from_image(raw, opening=opening)
    if raw.startswith(_COSE):
        from verifier import extract_enveloped

        return extract_enveloped.from_message(raw, "cose")
    if opening and raw.startswith(_OPENED):
        return _opened(raw)
    text = _text(raw)
    if text.startswith("<"):
        return _from_markup(raw, text, opening=opening)
    if raw.startswith(b"{") and raw.endswith(b"}") and len(raw) <= MAX_TEXT_BYTES:  # `from_text` would encode it anew
        return from_value(_json(raw), text, "json")
    return from_text(text)


def from_text(text: str, form: str = "") -> Extracted | Address:
    """The credential in a text that is JSON, a compact JWT, or an address. Raises `NotExtracted`."""
    text = text.strip()
    if not text:
        raise _nothing(sentence("There is nothing in it: the file or text is empty."))
    if len(text) > MAX_TEXT_BYTES:
        raise _nothing(
            sentence(
                "The text is longer than the {max_text_bytes} characters that are read.", max_text_bytes=MAX_TEXT_BYTES
            )
        )
    if text.startswith(("{", "[")):
        return from_value(_json(text), text, form or "json")
    if _is_address(text):
        return Address(text, form)
    if text.startswith("did:") or text.startswith("data:image/"):
        raise _nothing(sentence("This is an address of another kind. Give the badge itself or its https address."))
    if text.startswith("data:application/"):
        return _from_data_url(text, form)
    if "~" in text and _TOKEN.match(text):
        from verifier import extract_enveloped

        return extract_enveloped.from_sd_jwt(text, form or "sd-jwt")
    if _TOKEN.fullmatch(text) and (text.startswith("ey") or text.count(".") == 2):
        return _from_token(text, form or "jwt")
    raise _nothing(sentence("This is neither a badge (JSON, JWT, PNG, SVG) nor the address of one."))


def from_value(value: Any, text: str, form: str) -> Extracted:
    """The credential in a parsed JSON value. Raises `NotExtracted`."""
    if isinstance(value, list):
        raise _nothing(sentence("This is a list of things. Give one credential at a time."))
    if not isinstance(value, dict):
        raise _nothing(sentence("This JSON is not a credential: a credential is an object with a type."))
    types = _strings(value.get("type"))
    if "EnvelopedVerifiableCredential" in types:
        return _enveloped(value, form)
    _recognize_other_kinds(value, types, text, form)
    if "VerifiableCredential" not in types and not {"@context", "credentialSubject"} <= value.keys():
        raise _nothing(
            sentence("This JSON is not a credential: its type does not name VerifiableCredential."), pointer("type")
        )
    return Extracted(form, value, None, text)


def _recognize_other_kinds(value: dict[str, Any], types: list[str], text: str = "", form: str = "json") -> None:
    """Say what it is, when it is something that people mistake for a badge that can be verified here.

    text: the whole text it came in, if there is one.
    """
    contexts = _strings(value.get("@context"))
    if text and "Assertion" in types and any(context in _VERSION_2 for context in contexts):
        raise _older(text, form)
    if any(_OLDER_BADGES.match(context) for context in contexts) or {"Assertion", "BadgeClass"} & set(types):
        raise _unsupported(
            sentence(
                "This is an Open Badges 2.0 badge or older. This verifier reads Open Badges 3.0; ask the "
                "issuer's site or an Open Badges 2.0 verifier about it."
            )
        )
    if {"VerifiablePresentation", "EnvelopedVerifiablePresentation"} & set(types):
        raise _unsupported(
            sentence(
                "This is a presentation that holds credentials. Give it by itself, or one of the credentials in it."
            )
        )
    if "verificationMethod" in value and "type" not in value:
        raise _nothing(sentence("This is the document of an issuer's keys, not a credential."))
    if not value.get("type") and "proof" not in value and "credentialSubject" not in value:
        raise _nothing(sentence("This JSON is not a credential: it has neither type nor subject nor proof."))


def _enveloped(value: dict[str, Any], form: str) -> Extracted:
    """VCDM 2.0, section 4.13 "Enveloped Verifiable Credentials": the token is in the data URL of the id."""
    if set(value) - {"@context", "id", "type"}:
        raise _nothing(sentence("An envelope may say nothing beside the token in it, and this one does."))
    if not defines_envelopes(value):
        raise _nothing(
            sentence("The @context of an envelope must be that of the W3C data model 2.0."), pointer("@context")
        )
    identifier = value.get("id")
    return _from_data_url(identifier if isinstance(identifier, str) else "", form)


def _from_data_url(url: str, form: str) -> Extracted:
    match = _DATA_JWT.fullmatch(url)
    if match is not None:
        return _from_token(match[1], form or "jwt")
    from verifier import extract_enveloped

    return extract_enveloped.from_data_url(url, form)


def _opened(raw: bytes) -> Extracted | Address:
    from verifier import extract_enclosed
    from wallet_export.qr_reading import picture_kind

    kind = picture_kind(raw)
    return extract_enclosed.from_picture(raw, kind) if kind else extract_enclosed.from_pdf(raw)


def _from_image(raw: bytes, *, opening: bool = False) -> Extracted | Address:
    from wallet_export import baking
    from wallet_export.errors import NothingBaked, WalletExportError

    try:
        unbaked = baking.unbake(raw)
    except NothingBaked as nothing:
        if not opening:
            raise _nothing(sentence_of(nothing)) from None
        if raw.startswith(_PNG):
            return _opened(raw)
        from verifier import extract_enclosed

        return extract_enclosed.from_drawing(raw, sentence_of(nothing))
    except WalletExportError as error:
        raise _nothing(sentence_of(error)) from None
    if unbaked.generation == baking.Generation.V2:
        raise _older(unbaked.text.strip(), unbaked.form)
    if not unbaked.generation.startswith("3"):
        raise _unsupported(
            sentence(
                "This image holds an Open Badges {generation} badge. This verifier reads Open Badges 3.0.",
                generation=unbaked.generation,
            )
        )
    found = from_text(unbaked.text, unbaked.form)
    if isinstance(found, Address):
        raise _nothing(sentence("This image holds only an address, not a credential."))
    return found


def _from_markup(raw: bytes, text: str, *, opening: bool) -> Extracted | Address:
    beginning = text[:4096].lower().partition("<svg")[0]
    if "<!doctype html" in beginning or "<html" in beginning:
        raise _nothing(
            sentence("This is a web page (HTML), not a badge. Look on it for a download of the badge itself.")
        )
    return _from_image(raw, opening=opening)


def _from_token(text: str, form: str) -> Extracted:
    parts = text.rstrip(".").count(".") + 1
    if parts < 3 and not (text.count(".") == 2 and compact_jws.says_unsigned(_part(text, 0))):
        raise _nothing(
            sentence(
                "This looks like the beginning of a JWT: it has {parts} of three parts. Copy the whole "
                "text; it was cut off.",
                parts=parts,
            )
        )
    try:
        token = jose.parse(text)
    except Unacceptable as refusal:
        _recognize_signed_older_badge(text, form)
        problem = refusal.problems[0]
        raise NotExtracted(problem, unsupported=problem.type == UNSUPPORTED_PROOF and is_a_signature(text)) from None
    _recognize_signed_older_badge(text, form)
    require_credential(token.credential)
    return Extracted(form, token.credential, of_jwt(token), text)


def require_credential(document: dict[str, Any]) -> None:
    """Returns if what a token holds may be a credential. Raises `NotExtracted` saying what else it is."""
    types = _strings(document.get("type"))
    _recognize_other_kinds(document, types)
    if "EnvelopedVerifiableCredential" in types:
        raise _nothing(sentence("This is an envelope within an envelope, which nobody needs to make."))


def _recognize_signed_older_badge(text: str, form: str) -> None:
    """An Open Badges 2.0 badge can be a JWS too; whoever has one deserves a better answer than “malformed”."""
    value = _part(text, 1)
    if any(_OLDER_BADGES.match(context) for context in _strings(value.get("@context"))):
        _recognize_other_kinds(value, _strings(value.get("type")), text, form)


def is_a_signature(text: str) -> bool:
    """Whether the token claims a signature at all: `none` and keyed hashes (HMAC) prove nothing to a stranger."""
    algorithm = _part(text, 0).get("alg")
    return isinstance(algorithm, str) and not algorithm.upper().startswith(("NONE", "HS"))


def _part(text: str, number: int) -> dict[str, Any]:
    """A part of a token as an object, for a better answer only; empty if it is none."""
    part = text.split(".")[number]
    try:
        value = strict_json.parse(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (Unacceptable, binascii.Error, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_address(text: str) -> bool:
    return text[:8].lower().startswith(("https://", "http://")) and not re.search(r"\s", text)


def _text(raw: bytes) -> str:
    if raw.startswith((b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"RIFF")):
        raise _nothing(
            sentence(
                "This is a picture or file of a kind that badges do not travel in. Badges are PNG or SVG "
                "images, JSON or JWT files, or come in a PDF or as a QR code."
            )
        )
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise _nothing(
            sentence("This is neither readable text nor a PNG image; perhaps the file is damaged.")
        ) from None


def _json(text: bytes | str) -> Any:
    try:
        return strict_json.parse(text)
    except Unacceptable as refusal:
        raise NotExtracted(refusal.problems[0]) from None


def _strings(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _nothing(detail: str, place: str = "") -> NotExtracted:
    return NotExtracted(Problem(NOTHING_FOUND if not place else PARSING_ERROR, "No credential found", detail, place))


def _older(text: str, form: str) -> OlderBadge:
    detail = sentence("This is an Open Badges 2.0 badge, which is not read here.")
    return OlderBadge(Problem(UNSUPPORTED_FORM, "Cannot be read here", detail), text=text, form=form)


def _unsupported(detail: str) -> NotExtracted:
    return NotExtracted(Problem(UNSUPPORTED_FORM, "Cannot be read here", detail), unsupported=True)
