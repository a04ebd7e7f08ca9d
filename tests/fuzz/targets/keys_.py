"""Keys and their names: text forms, JWKs, DIDs, sealed files."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from keys import base58btc, base64url, envelope, jwk, multibase, multikey, sealed_secret, sealed_words
from keys.algorithms import KeyType
from keys.did import offline, syntax, web
from keys.did.verification_method import verification_method_key
from keys.ed25519_point import decode_point
from keys.errors import (
    KeyFileUnreadable,
    MalformedDid,
    MalformedKey,
    MalformedKeyUri,
    SignatureMismatch,
    UnsupportedKey,
    WrongPassphrase,
)
from keys.pkcs11_uri import parse_pkcs11_uri
from keys.public_key import PublicKey
from keys.unlock import KeyEncryptionKey
from tests.fuzz.fixed import private_key, signer
from tests.fuzz.mutators import json_tree, spliced
from tests.fuzz.target import NOTHING, object_of, require, taken, target, text_of
from verifier import bounded_body, resolve
from verifier.public_addresses import is_public
from verifier.web_address import MalformedAddress, parse, parse_origin

KEYS = ("Keyring",)
VERIFY = ("Verification",)
KEK = KeyEncryptionKey(bytes(range(32)))


@cache
def _publics() -> tuple[PublicKey, ...]:
    return tuple(signer("acme.example", kind).public_key for kind in KeyType)


def _texts() -> Iterator[bytes]:
    yield from (b"", b"1", b"11z", b"zQ3s", b"AAEC", b"-_8")
    for key in _publics()[:2]:
        yield multikey.encode(key).encode()


@target("keys.base58btc:decode", "keys.base64url:decode", "keys.multibase:decode", entries=VERIFY, seeds=_texts)
def encodings(data: bytes) -> None:
    """A text has one reading, and that reading one text."""
    text = text_of(data)
    for module in (base58btc, base64url):
        read = taken(ValueError, module.decode, text)
        require(read is NOTHING or module.encode(read) == text, "one spelling", module.__name__, text)
    read = taken(ValueError, multibase.decode, text, max_characters=200)
    require(read is NOTHING or multibase.encode(read) == text, "one spelling", text)
    require(read is NOTHING or multibase.is_text(text), "is_text agrees", text)


@target("keys.multikey:decode", entries=VERIFY, seeds=_texts)
def multikeys(data: bytes) -> None:
    """A key that is read is written as it was."""
    text = text_of(data)
    key = taken((MalformedKey, UnsupportedKey), multikey.decode, text)
    if key is not NOTHING:
        require(multikey.encode(key) == text, "one spelling", text)
        require(jwk.from_jwk(jwk.to_jwk(key)) == key, "the same key as a JWK", text)


def _jwks() -> Iterator[bytes]:
    for key in _publics():
        yield json.dumps(jwk.to_jwk(key)).encode()
        yield json.dumps({**jwk.to_jwk(key), "use": "sig", "key_ops": ["verify"], "alg": key.algorithm.jose}).encode()
        for kind, member in (("Multikey", {"publicKeyMultibase": multikey.encode(key)}), ("JsonWebKey", {})):
            method = {"id": "did:web:a.example#1", "type": kind, "controller": "did:web:a.example", **member}
            yield json.dumps(method if member else {**method, "publicKeyJwk": jwk.to_jwk(key)}).encode()


@target(
    "keys.jwk:from_jwk",
    "keys.did.verification_method:verification_method_key",
    entries=VERIFY,
    seeds=_jwks,
    mutator=json_tree,
)
def public_keys(data: bytes) -> None:
    """A JWK or a verification method: a key that verifies, and no two readings."""
    value = object_of(data)
    if value is None:
        return
    for reader in (jwk.from_jwk, verification_method_key):
        key = taken((MalformedKey, UnsupportedKey), reader, value)
        if key is not NOTHING:
            require(jwk.from_jwk(jwk.to_jwk(key)) == key, "the same key", value)
            try:
                key.verify(bytes(64), b"")
            except SignatureMismatch:
                continue
            require(False, "zeros sign nothing", value)


@target(
    "keys.ed25519_point:decode_point", entries=VERIFY, seeds=lambda: (bytes(32), b"\xff" * 32, _publics()[0].material)
)
def points(data: bytes) -> None:
    """A point that is taken has one encoding."""
    point = taken(MalformedKey, decode_point, data)
    if point is not NOTHING:
        x, y = point
        require((y | (x & 1) << 255).to_bytes(32, "little") == data, "one encoding", data)


def _signatures() -> Iterator[bytes]:
    for kind in KeyType:
        yield bytes([list(KeyType).index(kind)]) + signer("acme.example", kind).sign(b"message")
        yield bytes([list(KeyType).index(kind)]) + bytes(64)


@target("keys.public_key:PublicKey.verify", entries=VERIFY, seeds=_signatures, most_bytes=600)
def signatures(data: bytes) -> None:
    """Any bytes in place of a signature over another message are none."""
    kind = list(KeyType)[data[0] % len(KeyType)] if data else KeyType.ED25519
    try:
        signer("acme.example", kind).public_key.verify(data[1:], b"another message")
    except SignatureMismatch:
        return
    require(False, "nobody signed this", kind, data)


def _dids() -> Iterator[bytes]:
    for key in _publics():
        yield offline.did_key(key).encode()
        yield offline.did_jwk(key).encode()
    yield from (
        b"did:web:acme.example",
        b"did:web:acme.example%3A8443:a:b",
        b"did:web:%C3%A9.example",
        b"did:example:1#key",
    )


@target(
    "keys.did.offline:resolve_offline",
    "keys.did.web:did_web_url",
    "keys.did.syntax:did_of",
    "keys.did.syntax:is_did",
    "verifier.resolve:resolve_offline",
    "keys.did.syntax:specific_id",
    entries=VERIFY,
    seeds=_dids,
    mutator=spliced(b"did:web:", b"%3A", b":", b"%2F", b"..", b"#", b"?", b"[::1]", b"did:jwk:ey"),
)
def dids(data: bytes) -> None:
    """An offline DID's document is about it; a did:web's address is written as that DID again."""
    text = text_of(data)
    document = taken((MalformedDid, UnsupportedKey), offline.resolve_offline, text)
    require(document is NOTHING or document["id"] == text, "about itself", text)
    taken(resolve.Unresolved, resolve.resolve_offline, text)
    base = taken(MalformedDid, syntax.did_of, text)
    require(base is NOTHING or (syntax.is_did(base) and text.startswith(base)), "a DID", text)
    taken(MalformedDid, syntax.specific_id, text, "web")
    url = taken(MalformedDid, web.did_web_url, text)
    if url is not NOTHING:
        require(url.startswith("https://"), "https", text, url)
        address = taken(MalformedAddress, parse, url)
        require(address is NOTHING or address.scheme == "https", "an address", text, url)


@target(
    "verifier.web_address:parse",
    "verifier.web_address:parse_origin",
    "verifier.public_addresses:is_public",
    entries=(*VERIFY, "Answers of servers that documents name"),
    seeds=lambda: (
        b"https://acme.example:8443/a?b=c#d",
        b"http://[::1]/",
        b"https://a.example",
        b"10.0.0.1",
        b"::ffff:1.1.1.1",
    ),
    mutator=spliced(
        b"https://", b"@", b"[", b"]", b":443", b"\\", b"%", b"xn--", b"..", b"#", b"?", b"0x7f.1", b"\xc2\xad"
    ),
)
def addresses(data: bytes) -> None:
    """An address has one spelling, which is read again as the same."""
    text = text_of(data)
    address = taken(MalformedAddress, parse, text)
    if address is not NOTHING:
        again = parse(address.origin + address.target)
        require(again == address, "the same address", text, address, again)
    origin = taken(MalformedAddress, parse_origin, text)
    require(origin is NOTHING or parse_origin(origin) == origin, "one spelling", text, origin)
    require(is_public(text) in (True, False), "an answer")


@target(
    "keys.pkcs11_uri:parse_pkcs11_uri",
    entries=KEYS,
    seeds=lambda: (
        b"pkcs11:token=acme;object=badges-2026",
        b"pkcs11:token=a;serial=01ab;slot-id=3;id=%01%02;type=private",
    ),
    mutator=spliced(
        b"pkcs11:", b";token=", b";object=", b";id=%", b"slot-id=", b"?pin-value=", b"%C3", b"manufacturer=", b"model="
    ),
)
def pkcs11_uris(data: bytes) -> None:
    """What is read is written as a URI of the same."""
    uri = taken(MalformedKeyUri, parse_pkcs11_uri, text_of(data))
    require(uri is NOTHING or parse_pkcs11_uri(str(uri)) == uri, "the same key", data, uri)


def _sealed() -> Iterator[bytes]:
    private = private_key("acme.example")
    count = iter(range(100))
    yield envelope.seal(private, KEK, randomness=lambda size: bytes([next(count)]) * size)
    yield sealed_secret.seal_secret(b"secret", KEK, purpose="fuzz", randomness=lambda size: bytes([next(count)]) * size)


@target(
    "keys.envelope:unseal",
    "keys.envelope:public_key_of",
    "keys.sealed_secret:open_secret",
    entries=KEYS,
    seeds=_sealed,
    mutator=json_tree,
)
def sealed_files(data: bytes) -> None:
    """What opens is what was sealed, and nothing else opens."""
    key = taken((WrongPassphrase, KeyFileUnreadable), envelope.unseal, data, KEK)
    expected = signer("acme.example", KeyType.ED25519).public_key
    require(key is NOTHING or PublicKey.of(key.public_key()) == expected, "the key that was sealed", data)
    taken(KeyFileUnreadable, envelope.public_key_of, data)
    secret = taken((WrongPassphrase, KeyFileUnreadable), sealed_secret.open_secret, data, KEK, purpose="fuzz")
    require(secret in (NOTHING, b"secret"), "the secret that was sealed", data)


_WORDS = {"q": "Ana Núñez", "team": "Platform"}
_SECRET = bytes(range(32))


def _links() -> Iterator[bytes]:
    for words in (_WORDS, {"q": ""}):
        yield sealed_words.seal_words(words, _SECRET, purpose="people", owner=b"ana").encode()


@target("keys.sealed_words:open_words", entries=("Pages of people",), seeds=_links)
def words_in_links(data: bytes) -> None:
    """Nobody without the secret makes one that opens, and none opens for anybody else or elsewhere."""
    text = text_of(data)
    words = sealed_words.open_words(text, _SECRET, purpose="people", owner=b"ana")
    require(words in (None, _WORDS, {"q": ""}), "what was sealed", text, words)
    for other in ({"purpose": "team", "owner": b"ana"}, {"purpose": "people", "owner": b"bo"}):
        require(sealed_words.open_words(text, _SECRET, **other) is None, "for its owner and purpose alone", text)  # type: ignore[arg-type]


class _Response:
    """As httpcore2's, with a body in pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def iter_stream(self) -> Iterator[bytes]:
        yield from (self._body[at : at + 7] for at in range(0, len(self._body), 7))


@target(
    "verifier.bounded_body:read_body",
    entries=("Answers of servers that documents name",),
    seeds=lambda: (b"\x00plain", b"\x01" + zlib.compress(b"x" * 100), b"\x02" + zlib.compress(b"y" * 500, wbits=31)),
)
def bodies(data: bytes) -> None:
    """No more comes out than was asked for, compressed or not."""
    encodings_ = ("", "deflate", "gzip", "br")
    headers = {"content-encoding": encodings_[(data[0] if data else 0) % 4], "content-length": str(len(data))}
    response: Any = _Response(data[1:])
    body = taken(bounded_body.BodyRefused, bounded_body.read_body, response, headers, 400)
    require(body is NOTHING or len(body) <= 400, "bounded", data)
