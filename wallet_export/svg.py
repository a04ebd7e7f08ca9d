"""Credentials baked into SVG images: one `<openbadges:credential>` (Open Badges 3.0, 5.3.2)."""

from __future__ import annotations

from credentials.sentence import sentence
from wallet_export.credential_text import MAX_TEXT_BYTES, CredentialText, credential_text
from wallet_export.errors import ImageRefused, NotAnImage, NothingBaked
from wallet_export.halves import Halves, kept
from wallet_export.svg_outline import (
    BADGE_NAMESPACE,
    SVG_NAMESPACE,
    BadgeElement,
    Outline,
    Span,
    StartTag,
    outline,
)

_PREFIX = b"xmlns:openbadges"
_NAMESPACE = f'"{BADGE_NAMESPACE}"'.encode()


def bake_svg(image: bytes, credential: str | CredentialText) -> bytes:
    """The same SVG with the credential baked in; raises NotAnImage, ImageRefused or NotACredential.

    Guaranteed: the prefix `openbadges` is declared on the root element, exactly one credential stands in the file,
    directly after the root's start tag: a compact JWS in the attribute `verify` of an empty element, JSON in a CDATA
    section. Every other byte stays as and where it was; only credentials that were baked in before, of Open Badges 2.0
    as well, are taken out.
    """
    text = credential_text(credential) if isinstance(credential, str) else credential
    return _halves(image).join(text)


@kept
def _halves(image: bytes) -> Halves:
    """The SVG before and after the credential's element; raises NotAnImage or ImageRefused."""
    found = outline(image)
    if found.namespace != SVG_NAMESPACE:
        raise NotAnImage(
            sentence(
                'The root element <svg> must be in the SVG namespace: xmlns="{svg_namespace}".',
                svg_namespace=SVG_NAMESPACE,
            )
        )
    return Halves(_start(image, found.root), _rest(image, found), _element)


def unbake_svg(image: bytes) -> str:
    """The text of the first baked credential; raises NotAnImage, ImageRefused or NothingBaked."""
    text, _ = find_in_svg(image)
    return text


def find_in_svg(image: bytes) -> tuple[str, tuple[BadgeElement, ...]]:
    """The first credential's text and all badge elements, its own first; raises as `unbake_svg` does.

    The first element in the namespace of Open Badges 3.0 counts, under any prefix; without
    one the first of Open Badges 2.0. The attribute `verify` goes before the characters inside.
    """
    badges = outline(image).badges
    # Sorting is stable: generation 3.0 first, and the file's order within each generation.
    badges = tuple(sorted(badges, key=lambda badge: badge.namespace != BADGE_NAMESPACE))
    if not badges:
        raise NothingBaked(sentence("No badge is baked into the SVG: it is sound, but has no <openbadges:credential>."))
    text = badges[0].verify.strip() or badges[0].characters.strip()
    if not text:
        raise NothingBaked(sentence("The SVG has an element for a badge, and the element is empty."))
    if len(text) > MAX_TEXT_BYTES:
        raise ImageRefused(
            sentence(
                "The text baked into the SVG is longer than {max_text_bytes} characters.", max_text_bytes=MAX_TEXT_BYTES
            )
        )
    return text, tuple(badge for badge in badges if badge.namespace == badges[0].namespace)


def _element(credential: CredentialText) -> tuple[bytes, ...]:
    if credential.form == "jwt":
        return b'<openbadges:credential verify="', credential.ascii, b'"/>'
    return b"<openbadges:credential><![CDATA[", credential.ascii, b"]]></openbadges:credential>"


def _start(image: bytes, root: StartTag) -> bytes:
    """Everything up to the end of the root's start tag, with the prefix declared and the root left open."""
    declared = root.attributes.get(_PREFIX)
    name_end = root.span.start + 1 + len(root.name)
    place = declared or Span(name_end, name_end)
    declaration = _NAMESPACE if declared else b" " + _PREFIX + b"=" + _NAMESPACE
    tag_end = image[place.end : root.span.end]
    if root.self_closing:
        tag_end = tag_end[: tag_end.rindex(b"/")] + b">"
    if declared and image[declared.start + 1 : declared.end - 1] == BADGE_NAMESPACE.encode():
        declaration = image[declared.start : declared.end]
    return image[: place.start] + declaration + tag_end


def _rest(image: bytes, found: Outline) -> bytes:
    """Everything after the root's start tag but the old credentials; the end tag of a self-closing root."""
    parts = [b"</" + found.root.name + b">"] if found.root.self_closing else []
    position = found.root.span.end
    for badge in found.badges:
        parts.append(image[position : badge.span.start])
        position = badge.span.end
    parts.append(image[position:])
    return b"".join(parts)
