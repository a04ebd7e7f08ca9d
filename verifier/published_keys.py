"""The keys that a party's own document publishes: an issuer's for signing, a holder's for presenting.

The rule of Controlled Identifiers 1.0, section 3.3 "Retrieve Verification Method": a key counts if the
document of its controller lists it under the purpose in question. Nothing that a proof or token says about
its own key is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.memory import Memory
from credentials.sentence import sentence, sentence_of
from keys import did, jwk
from keys.errors import KeysError, UnsupportedKey
from keys.public_key import PublicKey
from verifier.resolve import content_of

ASSERTION = "assertionMethod"
AUTHENTICATION = "authentication"

_OBJECT = (dict, Mapping)
_FOR = {
    ASSERTION: sentence("for signing credentials"),
    AUTHENTICATION: sentence("to show who presents something"),
}


class NoSuchKey(Exception):  # noqa: N818
    """The document does not publish such a key for signing credentials; the message is a sentence's part."""


class UnknownKind(NoSuchKey):
    """The document publishes the key, and it is of a kind that this verifier does not know."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as its controller publishes it. `withdrawn`: when it is to be believed no longer, if ever."""

    id: str
    controller: str
    public_key: PublicKey
    withdrawn: datetime | None


# An issuer's document is looked into for each of its badges and status lists, and has 1 to 5 kB.
_keys: Memory[tuple[bytes, str, str], PublishedKey] = Memory(most=1024, heavy=4 * 1024 * 1024)
_MOST_CHARACTERS = 4096


def key_named(document: Mapping[str, Any], method_id: str, *, purpose: str = ASSERTION) -> PublishedKey:
    """The key of that id under the purpose. Raises `NoSuchKey` with the reason."""
    content = content_of(document)
    if content is None or len(method_id) > _MOST_CHARACTERS:
        return _key_named(document, method_id, purpose)
    key = _keys.get((content, method_id, purpose))
    if key is None:
        key = _key_named(document, method_id, purpose)
        _keys.keep((content, method_id, purpose), key, weight=len(content) + len(method_id))
    return key


def _key_named(document: Mapping[str, Any], method_id: str, purpose: str) -> PublishedKey:
    base = str(document.get("id", ""))
    wanted = _absolute(base, method_id)
    matches: list[Mapping[str, Any]] = []
    for method in _methods(document, purpose):
        if _absolute(base, method["id"]) == wanted and method not in matches:  # listed twice is still one key
            matches.append(method)
    if not matches:
        if any(_absolute(base, method["id"]) == wanted for method in _known_methods(document)):
            raise NoSuchKey(
                sentence(
                    "{base} publishes the key {wanted}, but not {purpose}",
                    base=base,
                    wanted=wanted,
                    purpose=_FOR[purpose],
                )
            )
        raise NoSuchKey(sentence("{base} does not publish the key {wanted}", base=base, wanted=wanted))
    if len(matches) > 1:
        raise NoSuchKey(sentence("{base} publishes two keys by the name {wanted}", base=base, wanted=wanted))
    return _published(base, matches[0])


def key_equal_to(document: Mapping[str, Any], public_key: PublicKey, *, purpose: str = ASSERTION) -> PublishedKey:
    """The published key with exactly that material (a JWT header's `jwk`). Raises `NoSuchKey`."""
    base = str(document.get("id", ""))
    for method in _methods(document, purpose):
        try:
            published = _published(base, method)
        except NoSuchKey:
            continue  # some other key of the issuer that cannot be read is no concern of this signature
        if published.public_key == public_key:
            return published
    raise NoSuchKey(sentence("{base} does not publish the key that the token brings along", base=base))


def key_in_set(key_set: Any, issuer: str, method_id: str, brought: PublicKey | None) -> PublishedKey:
    """The key of an issuer's JWK set that has this name, or exactly the material of `brought` if there is no name.

    The set must say that it is this issuer's (`iss`), since other parties may have their ids at the same host
    (Open Badges 3.0 implementation guide, “Key provenance”). Raises `NoSuchKey`.
    """
    if not isinstance(key_set, _OBJECT) or key_set.get("iss") != issuer:
        raise NoSuchKey(sentence("the key set at its host does not say that it is of {issuer}", issuer=issuer))
    base, _, fragment = method_id.partition("#")
    names = {method_id, fragment} if base == issuer and fragment else {method_id}
    found: list[PublicKey] = []
    for each in _list(key_set.get("keys")):
        if not isinstance(each, _OBJECT) or (method_id and each.get("kid") not in names):
            continue
        try:
            key = jwk.from_jwk(each)
        except KeysError:
            continue  # a key of another kind is no concern of this signature
        if brought in (None, key) and key not in found:
            found.append(key)
    if len(found) != 1:
        raise NoSuchKey(sentence("the key set of {issuer} does not hold the key of this signature", issuer=issuer))
    return PublishedKey(method_id or issuer, issuer, found[0], None)


def _methods(document: Mapping[str, Any], purpose: str) -> Iterator[Mapping[str, Any]]:
    """The methods listed under the purpose, embedded there or referred to by id."""
    base = str(document.get("id", ""))
    known: dict[str, list[Mapping[str, Any]]] = {}
    for method in _known_methods(document):
        known.setdefault(_absolute(base, method["id"]), []).append(method)
    for entry in _list(document.get(purpose)):
        if isinstance(entry, str):
            yield from known.get(_absolute(base, entry), ())
        elif isinstance(entry, _OBJECT) and isinstance(entry.get("id"), str):
            yield entry


def _known_methods(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for method in _list(document.get("verificationMethod")):
        if isinstance(method, _OBJECT) and isinstance(method.get("id"), str):
            yield method


def _published(base: str, method: Mapping[str, Any]) -> PublishedKey:
    method_id = _absolute(base, method["id"])
    controller = method.get("controller", base)
    if controller != base:
        raise NoSuchKey(
            sentence(
                "the document of {base} says that the key {method_id} belongs to somebody else",
                base=base,
                method_id=method_id,
            )
        )
    try:
        public_key = did.verification_method_key(method)
    except UnsupportedKey as error:
        raise UnknownKind(
            sentence("the key {method_id} cannot be used here: {why}", method_id=method_id, why=sentence_of(error))
        ) from None
    except KeysError as error:
        raise NoSuchKey(
            sentence("the key {method_id} cannot be used: {why}", method_id=method_id, why=sentence_of(error))
        ) from None
    return PublishedKey(method_id, base, public_key, _withdrawn(method, method_id))


def _withdrawn(method: Mapping[str, Any], method_id: str) -> datetime | None:
    """The earlier of `revoked` and `expires`: both say “from then on believe nothing signed with it”."""
    instants = []
    for member in ("revoked", "expires"):
        if member in method:
            try:
                instants.append(parse_instant(method[member]))
            except (TypeError, ValueError):
                raise NoSuchKey(
                    sentence("the key {method_id} has an unreadable `{member}`", method_id=method_id, member=member)
                ) from None
    return min(instants, default=None)


def _absolute(base: str, identifier: str) -> str:
    return base + identifier if identifier.startswith("#") else identifier


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
