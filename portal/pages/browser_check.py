"""What a page needs to let the visitor's browser check a credential by itself, asking its issuer and not us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from keys import did
from keys.errors import KeysError
from portal.pages.reading import mappings
from portal.pages.rendering import Site, product_version
from portal.service import Service
from portal.static_files import static_files
from verifier.parties import is_older, issuer_id
from verifier.web_address import MalformedAddress, WebAddress, parse

MODULE = "credential_check.js"
_LONGEST_ADDRESS = 2_000  # characters
_MOST_LISTS = 8
LONGEST = 256 * 1024  # characters of a credential that a page carries along
_MOST_ORIGINS = 4
_INSIDE = (".local", ".localhost", ".internal", ".home.arpa", ".lan")


@dataclass(frozen=True, slots=True)
class BrowserCheck:
    """module: the address of the built script. signs: where the seals are that it shows. The credential is `text`, or
    lies at `source`. plain: origins that are asked over http, among them our own if it is one. asks: the hosts that the
    browser will ask; barred: those that it would have to ask, and is not led to. reaches: what the page's policy must
    allow for it."""

    module: str
    signs: str
    plain: tuple[str, ...]
    text: str
    source: str
    asks: tuple[str, ...]
    barred: tuple[str, ...]
    reaches: tuple[str, ...]


def browser_check(
    service: Service, site: Site, document: Mapping[str, Any], *, text: str = "", source: str = ""
) -> BrowserCheck | None:
    """None if the script was not built, or there is nothing to check, or too much of it."""
    if MODULE not in static_files() or not (text or source) or len(text) > LONGEST or is_older(document):
        return None
    origins, barred = origins_of(service, document)
    own = _own_origin(service)
    return BrowserCheck(
        module=site.static(MODULE),
        signs=site.at(f"/verify/signs/{product_version() or 0}"),
        plain=tuple(one for one in dict.fromkeys((own, *origins)) if one.startswith("http://")),
        text=text,
        source=source,
        asks=tuple(origin.partition("://")[2] for origin in origins),
        barred=barred,
        reaches=tuple(dict.fromkeys(("'self'", own, *origins))),
    )


def origins_of(service: Service, document: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where a credential's issuer publishes its keys and status lists, as far as a visitor's browser may be sent there;
    and the hosts to which it may not.

    A document is what somebody gave us: it leads no browser to names and addresses inside its own network, but for
    what the operator allows by name.
    """
    lists = (entry.get("statusListCredential") for entry in mappings(document, "credentialStatus")[:_MOST_LISTS])
    given = (issuer_id(document), *lists)
    addresses = tuple(one for one in given if isinstance(one, str) and len(one) <= _LONGEST_ADDRESS)
    return _origins(_own_origin(service), service.settings.allowed_origins, addresses)


@lru_cache(maxsize=256)
def _origins(own: str, allowed: tuple[str, ...], given: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kept: all badges of an issuer have the same, and addresses take a while to take apart."""
    known = (own, *allowed)
    found, barred = [], []
    for address in _addresses(given):
        if (plain := f"http://{address.authority}") in known:
            found.append(plain)
        elif address.origin in known or (address.scheme == "https" and _is_public_name(address.host)):
            found.append(address.origin)
        else:
            barred.append(address.authority)
    return tuple(dict.fromkeys(found))[:_MOST_ORIGINS], tuple(dict.fromkeys(barred))


def _addresses(given: tuple[str, ...]) -> Iterator[WebAddress]:
    for identifier in given:
        try:
            url = did.did_web_url(identifier) if identifier.startswith("did:web:") else identifier
            if url.startswith(("https://", "http://")):
                yield parse(url)
        except (KeysError, MalformedAddress):
            continue


def _is_public_name(host: str) -> bool:
    if "." not in host or host.endswith(_INSIDE):
        return False
    try:
        ip_address(host)
    except ValueError:
        return not host.rpartition(".")[2].isdigit()
    return False


def _own_origin(service: Service) -> str:
    parts = urlsplit(service.base_url)
    return f"{parts.scheme}://{parts.netloc}"
