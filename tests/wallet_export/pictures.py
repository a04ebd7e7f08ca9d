"""Pictures and credentials that the tests of this room bake, damage and read back."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

from hypothesis import strategies as st
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIn0.c2lnbmF0dXJl_-A"
OTHER_JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InVybjp1dWlkOjEifQ.AAAA"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'


def signed_json(**members: Any) -> str:
    """A credential as the baker sees it: JSON with a proof. Its signature is not this room's business."""
    return json.dumps({"type": ["VerifiableCredential"], **members, "proof": [{"proofValue": "z1"}]}, indent=2)


JSON_CREDENTIAL = signed_json(name="Zoë Müller {lead} ]]> & <friends> 张伟 😀")


def png(size: tuple[int, int] = (7, 5), mode: str = "RGB", colour: Any = None) -> bytes:
    """A small PNG as Pillow writes it."""
    out = io.BytesIO()
    Image.new(mode, size, colour if colour is not None else 0).save(out, "PNG")
    return out.getvalue()


def noisy_png(size: tuple[int, int]) -> bytes:
    """A PNG that does not compress: its size in bytes is nearly that of its pixels."""
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, "PNG")
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk with the right length and checksum, made without the code under test."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks_of(image: bytes) -> list[tuple[bytes, bytes]]:
    """(type, whole chunk) of every chunk, read without the code under test."""
    found = []
    position = len(SIGNATURE)
    while position < len(image):
        length = struct.unpack_from(">I", image, position)[0]
        found.append((image[position + 4 : position + 8], image[position : position + 12 + length]))
        position += 12 + length
    return found


def with_chunks(image: bytes, *extra: bytes) -> bytes:
    """The PNG with whole chunks put in directly after IHDR."""
    return image[:33] + b"".join(extra) + image[33:]


def itxt(keyword: bytes, text: bytes, *, flag: int = 0, language: bytes = b"", translated: bytes = b"") -> bytes:
    """An iTXt chunk with any of its fields set, compressed if the flag says so."""
    payload = zlib.compress(text) if flag else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([flag, 0]) + language + b"\0" + translated + b"\0" + payload)


_json_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | _json_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_json_text, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_styles: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"indent": 3}, {"ensure_ascii": False}, {"ensure_ascii": False, "indent": "\t"}]
)


@st.composite
def json_credentials(draw: st.DrawFn) -> str:
    """Any JSON object with a proof, in any of the usual spellings."""
    members = draw(st.dictionaries(_json_text, _json_values, max_size=5))
    return json.dumps({**members, "proof": [{"type": "DataIntegrityProof"}]}, **draw(_styles))


_base64url = st.text("ABCZabcz0189-_", min_size=1, max_size=60)
jwt_credentials = st.builds("{}.{}.{}".format, _base64url, _base64url, _base64url)
credentials = json_credentials() | jwt_credentials


@st.composite
def pngs(draw: st.DrawFn) -> bytes:
    """Small PNGs of every colour mode that Pillow writes, with or without chunks that only others know."""
    size = (draw(st.integers(1, 12)), draw(st.integers(1, 12)))
    image = png(size, draw(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])))
    extra = [
        chunk(draw(st.sampled_from([b"tEXt", b"prVt", b"eXIf", b"iTXt"])), b"Title\0" + draw(st.binary(max_size=20)))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return with_chunks(image, *extra)
