"""How a holder tells others of a credential: a post, a mail, the foot of every mail, and what a renewal changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from credentials.sentence import sentence
from issuer import addresses
from issuer.sharing import Shown
from portal import credential_forms
from portal.language.language import Language
from portal.pages.succession_view import Chain
from portal.service import Service
from wallet_export.linkedin import feed_link
from wallet_export.signature import Signature


@dataclass(frozen=True, slots=True)
class Telling:
    """newer: the path of the holder's page of the newest one, "" if this is it; replaces: it follows an earlier one.

    feed, letter: links that begin a post on LinkedIn, and a mail.
    """

    newer: str
    replaces: bool
    feed: str
    letter: str
    signature: Signature


def telling_of(
    service: Service,
    chain: Chain,
    seen: Shown,
    document: Mapping[str, Any],
    *,
    name: str,
    organization: str,
    language: Language,
) -> Telling:
    """What the page offers."""
    credential, successor = chain.credential, chain.successor
    url = addresses.credential_url(service.base_url, credential.id)
    alt = language.say(sentence("Badge: {name}", name=name))
    return Telling(
        newer=f"/me/credentials/{successor.id}" if successor is not None else "",
        replaces=chain.predecessor is not None,
        feed=feed_link(url),
        letter=_letter(url, name, organization, language),
        signature=Signature(name, organization, url, _picture(service, document, url, seen), alt),
    )


def _picture(service: Service, document: Mapping[str, Any], url: str, seen: Shown) -> str:
    """The level's image, if it is a PNG: mail programs show no SVG. Of that, the badge, while all of it is shown."""
    picture = credential_forms.picture_of(service, document)
    if picture is None:
        return ""
    if picture.media_type == "image/png":
        return service.base_url + picture.path
    return f"{url}.png" if seen.whole else ""


def _letter(url: str, name: str, organization: str, language: Language) -> str:
    """A mail to nobody yet (RFC 6068)."""
    subject = language.say(sentence("My badge “{name}”", name=name))
    body = sentence(
        "I hold “{name}”, awarded by {issuer}. Whoever opens its page sees it verified at that moment: {url}",
        name=name,
        issuer=organization,
        url=url,
    )
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(language.say(body), safe='')}"
