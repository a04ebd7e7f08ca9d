"""Changes that keep the form, so that fuzzing gets behind the first check: JSON by its tree, tokens by their parts,
PNG by chunks with right checksums, CBOR by its values."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import re
import zlib
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import cbor2

from tests.fuzz.target import Mutator

Plain = Callable[[bytes, int], bytes]

_TEXTS = (
    "",
    " ",
    "#",
    "~",
    ".",
    "..",
    "/",
    "%",
    "%00",
    "\x00",
    "\n",
    "\u2028",
    "\ufeff",
    "a" * 300,
    "é",
    "e\u0301",
    "\U0010ffff",
    "did:web:",
    "did:jwk:",
    "did:key:z",
    "did:web:acme.example",
    "https://",
    "http://[",
    "https://acme.example/a?b#c",
    "_:b0",
    "@id",
    "@type",
    "@context",
    "@graph",
    "urn:uuid:1",
    "0000-00-00T00:00:00Z",
    "2026-11-22T10:00:00Z",
    "2026-02-30",
    "9999-12-31T24:00:00Z",
    "none",
    "EdDSA",
    "ES256",
    "HS256",
    "revocation",
    "true",
    "null",
    "NaN",
    "1e999",
    "data:application/vc+jwt,",
    "=1+1",
    "VerifiableCredential",
    "z",
    "u",
    "ey",
    "=",
    "==",
    "²",
    "٣",
)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**53 - 1,
    -(2**53) + 1,
    0.5,
    -0.0,
    1e300,
    5e-324,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": ""},
    [""],
    {"id": "x"},
    {"type": []},
    {"@value": "x"},
    10**12,
    253402300800,
    -62135596801,
)
_NAMES = (
    "id",
    "type",
    "@context",
    "@id",
    "@type",
    "@value",
    "proof",
    "issuer",
    "alg",
    "kid",
    "jwk",
    "x5c",
    "crit",
    "b64",
    "exp",
    "nbf",
    "iat",
    "aud",
    "iss",
    "sub",
    "nonce",
    "name",
    "value",
    "values",
    "",
    "x",
    "credentialStatus",
    "vc",
    "vp",
    "_sd",
    "...",
    "constructor",
    "$ref",
    "path",
    "op",
    "schemas",
)

Place = tuple[Any, Any]


def _places(root: list[Any]) -> list[Place]:
    """Every holder with a name or number in it."""
    found: list[Place] = []
    waiting: list[Any] = [root]
    while waiting and len(found) < 5000:
        holder = waiting.pop()
        for name, inner in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            found.append((holder, name))
            if isinstance(inner, dict | list):
                waiting.append(inner)
    return found


def _text(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    kind = random.randrange(6)
    if kind == 0:
        return text[:at] + random.choice(_TEXTS) + text[at:]
    if kind == 1:
        return text[:at] + text[at + random.randint(1, 4) :]
    if kind == 2:
        return text[:at]
    if kind == 3 and text:
        at = min(at, len(text) - 1)
        return text[:at] + chr(max(0, min(ord(text[at]) + random.choice((-1, 1, 32, -32)), 0xD7FF))) + text[at + 1 :]
    if kind == 4:
        return text + text
    return random.choice(_TEXTS)


def _new(old: Any, random: Random) -> Any:
    if isinstance(old, str) and random.random() < 0.7:
        return _text(old, random)
    if isinstance(old, bytes) and old:
        return bytes(_flipped(bytearray(old), random))
    if isinstance(old, int) and not isinstance(old, bool) and random.random() < 0.6:
        return random.choice((old + 1, old - 1, -old, old * 2, float(old), str(old), 2**53 - 1))
    if random.random() < 0.1:
        return [old]
    if isinstance(old, list) and len(old) == 1 and random.random() < 0.4:
        return old[0]
    return copy.deepcopy(random.choice(_VALUES)) if random.random() < 0.6 else random.choice(_TEXTS)


def _flipped(data: bytearray, random: Random) -> bytearray:
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        data[random.randrange(len(data))] = random.choice((0, 0xFF, 0x80, 0x7F, random.randrange(256)))
    return data


def _change(root: list[Any], random: Random) -> None:
    """One change somewhere below the root."""
    places = _places(root)
    holder, name = random.choice(places)
    kind = random.randrange(10)
    if kind <= 4:
        holder[name] = _new(holder[name], random)
    elif kind == 5 and holder is not root:
        del holder[name]
    elif kind == 6:
        source, known = random.choice(places)
        holder[name] = copy.deepcopy(source[known])
    elif kind == 7 and isinstance(holder, dict):
        value = holder.pop(name)
        known = [other for _, other in places if isinstance(other, str)]
        holder[random.choice(known if random.random() < 0.5 else _NAMES)] = value
    elif kind == 8 and isinstance(holder[name], dict):
        holder[name][random.choice(_NAMES)] = copy.deepcopy(random.choice((*_VALUES, *_TEXTS)))
    elif kind == 9 and isinstance(holder[name], list):
        inner = holder[name]
        inner.insert(random.randint(0, len(inner)), copy.deepcopy(random.choice(inner)) if inner else "")
    else:
        holder[name] = _new(holder[name], random)


def changed(value: Any, random: Random) -> Any:
    """The value with some changes in its tree."""
    root = [copy.deepcopy(value)]
    for _ in range(random.choice((1, 1, 2, 3))):
        _change(root, random)
    return root[0]


def _written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def json_tree(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """JSON changed by its tree; now and then by its bytes."""
    random = Random(seed)
    if random.random() < 0.15:
        return plain(data, most)
    try:
        value = json.loads(data)
        made = _written(changed(value, random))
    except (ValueError, RecursionError):
        return plain(data, most)
    return made if len(made) <= most else plain(data, most)


def _decoded(part: bytes) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


def token(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """A token of dots and tildes: a part that is JSON changed by its tree, parts doubled, dropped, moved; else JSON."""
    random = Random(seed)
    parts = re.split(rb"([.~])", data)
    if len(parts) < 3 or data.lstrip()[:1] in (b"{", b"["):
        return json_tree(data, most, seed, plain)
    at = random.randrange(len(parts))
    kind = random.randrange(8)
    if kind <= 4:
        readable = [n for n, part in enumerate(parts) if _is_json(part)]
        if not readable:
            return plain(data, most)
        at = random.choice(readable)
        parts[at] = base64.urlsafe_b64encode(_written(changed(_decoded(parts[at]), random))).rstrip(b"=")
    elif kind == 5:
        parts[at:at] = parts[at : at + 2]
    elif kind == 6:
        del parts[at : at + 2]
    else:
        return plain(data, most)
    made = b"".join(parts)
    return made if len(made) <= most else plain(data, most)


def _is_json(part: bytes) -> bool:
    try:
        _decoded(part)
    except (ValueError, RecursionError):
        return False
    return True


_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(image):
        length = int.from_bytes(image[at : at + 4])
        yield image[at + 4 : at + 8], image[at + 8 : at + 8 + length]
        at += 12 + length


def png(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """A PNG changed by its chunks, with right checksums; now and then by its bytes."""
    random = Random(seed)
    if not data.startswith(_SIGNATURE) or random.random() < 0.2:
        return plain(data, most)
    chunks = list(_chunks(data)) or [(b"IEND", b"")]
    at = random.randrange(len(chunks))
    kind, body = chunks[at]
    deed = random.randrange(6)
    if deed <= 2:
        with contextlib.suppress(ValueError):
            body = plain(body, max(len(body) + 64, 1)) if body else random.choice((b"\x00", b"openbadgecredential\x00"))
        chunks[at] = kind, body
    elif deed == 3:
        chunks[at] = random.choice((b"iTXt", b"tEXt", b"zTXt", b"IDAT", b"IHDR", b"acTL", b"eXIf", b"IEND")), body
    elif deed == 4:
        chunks.insert(random.randint(0, len(chunks)), random.choice(chunks))
    else:
        del chunks[at]
    made = _SIGNATURE + b"".join(
        len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4) for kind, body in chunks
    )
    return made if len(made) <= most else plain(data, most)


def cbor(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
    """CBOR changed by its tree, with what it holds in byte strings; now and then by its bytes."""
    random = Random(seed)
    if random.random() < 0.3:
        return plain(data, most)
    try:
        value = cbor2.loads(data)
        tag = value.tag if isinstance(value, cbor2.CBORTag) else None
        value = _thawed(value.value if tag is not None else value)
        value = changed(value, random)
        made = cbor2.dumps(value if tag is None else cbor2.CBORTag(tag, value))
    except Exception:  # noqa: BLE001  (no CBOR, or none that can be written again)
        return plain(data, most)
    return made if len(made) <= most else plain(data, most)


def _thawed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_thawed(one) for one in value]
    if isinstance(value, bytes) and value[:1] and value[0] >> 5 == 5:
        with contextlib.suppress(Exception):
            return cbor2.dumps(_thawed(cbor2.loads(value)))
    if hasattr(value, "items"):
        return {name: _thawed(one) for name, one in value.items()}
    return value


def spliced(*words: bytes) -> Mutator:
    """Texts: now and then one of these words is put in."""

    def mutate(data: bytes, most: int, seed: int, plain: Plain) -> bytes:
        random = Random(seed)
        if random.random() < 0.6:
            return plain(data, most)
        at = random.randint(0, len(data))
        made = data[:at] + random.choice(words) + data[at + random.choice((0, 0, 1, 4)) :]
        return made if len(made) <= most else plain(data, most)

    return mutate
