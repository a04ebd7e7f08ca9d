"""The public URLs of everything an issuer publishes, as a pure function of its base URL.

    {base}/credentials/{uuid}                       a credential
    {base}/credentials/{uuid}.json, .jwt            its exact bytes in one form
    {base}/credentials/{uuid}/refresh               the newest that has replaced it
    {base}/achievements/{uuid}                      a level (its newest version)
    {base}/achievements/{uuid}/{version}            one version of it
    {base}/achievements/{uuid}/{version}/image      the image of that version
    {base}/status-lists/{uuid}                      a status list
    {base}/token-status-lists/{uuid}                the same as a Token Status List
    {base}/programs/{slug}                          a program of the default issuer
    {base}/issuers/{slug}/programs/{slug}           of any other
    {base}/issuer, {base}/issuers/{slug}            an issuer's profile: the default one, any other
    {base}/issuer/image, {base}/issuers/{slug}/image    its picture
    {base}/.well-known/did.json                     the default issuer's DID document, if the base URL has no path
    {base}/did.json                                 … if it has one (did:web, read, step 2)
    {base}/issuers/{slug}/did.json                  any other issuer's DID document

`parse` is the inverse: every URL built here is read back as what it was built from, but for a program's, which leads
to a page for people and to nothing that a verifier fetches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from issuer.errors import Fault, Refused

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
VERSION = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,30}[0-9A-Za-z])?")

_ID = r"(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_SLUG = f"(?P<slug>{SLUG.pattern})"
_VERSION = f"(?P<version>{VERSION.pattern})"


class AddressRefused(Refused):
    """A base URL or a name from which no address can be made."""


class Kind(StrEnum):
    """What an address leads to."""

    CREDENTIAL = "credential"
    RENDERING = "rendering of a credential"
    REFRESH = "refresh service of a credential"
    ACHIEVEMENT = "achievement"
    ACHIEVEMENT_IMAGE = "achievement image"
    STATUS_LIST = "status list"
    ISSUER = "issuer"
    ISSUER_IMAGE = "issuer image"
    DID_DOCUMENT = "DID document"


_PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.CREDENTIAL, f"/credentials/{_ID}"),
        (Kind.RENDERING, rf"/credentials/{_ID}\.(?P<form>json|jwt)"),
        (Kind.REFRESH, f"/credentials/{_ID}/refresh"),
        (Kind.STATUS_LIST, f"/status-lists/{_ID}"),
        (Kind.ACHIEVEMENT, f"/achievements/{_ID}"),
        (Kind.ACHIEVEMENT, f"/achievements/{_ID}/{_VERSION}"),
        (Kind.ACHIEVEMENT_IMAGE, f"/achievements/{_ID}/{_VERSION}/image"),
        (Kind.ISSUER, "/issuer"),
        (Kind.ISSUER, f"/issuers/{_SLUG}"),
        (Kind.ISSUER_IMAGE, "/issuer/image"),
        (Kind.ISSUER_IMAGE, f"/issuers/{_SLUG}/image"),
        (Kind.DID_DOCUMENT, f"/issuers/{_SLUG}/did.json"),
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """A public URL of ours, read.

    `id` is that of a credential, level or list, `version` an achievement's (None: the newest), `slug` an issuer's
    (None: the default one), `form` a rendering's (`json`, `jwt`).
    """

    kind: Kind
    id: UUID | None = None
    version: str | None = None
    slug: str | None = None
    form: str | None = None


def checked_base_url(base_url: str) -> str:
    """The base URL in the one form in which it is kept: no slash at the end, host in lower case.

    Raises AddressRefused unless it is http(s) with a host and without user, query and fragment.
    """
    right = "write it as https://badges.example.org or http://localhost:8000"
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("the base URL", [Fault("", f"{base_url!r}: {error}", right)]) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise AddressRefused("the base URL", [Fault("", f"{base_url!r} is no web address", right)])
    if parts.username or parts.password or parts.query or parts.fragment or re.search(r"[^!-~]", base_url.strip()):
        raise AddressRefused("the base URL", [Fault("", f"{base_url!r} has more than host and path", right)])
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    netloc = shown if port in {None, usual} else f"{shown}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def checked_slug(slug: str, what: str) -> str:
    """`slug` itself; raises AddressRefused if it cannot stand in a URL as it is."""
    if not SLUG.fullmatch(slug):
        raise AddressRefused(
            f"the {what}",
            [
                Fault(
                    "", f"{slug!r} cannot stand in an address", "use lower-case letters, digits and hyphens, at most 64"
                )
            ],
        )
    return slug


def credential_url(base_url: str, credential_id: UUID) -> str:
    """The credential's id and public page."""
    return f"{base_url}/credentials/{credential_id}"


def rendering_url(url: str, format_: str) -> str:
    """Where the exact bytes of the credential at `url` are served in one form (`json`, `jwt`), whoever asks how."""
    return f"{url}.{format_}"


def refresh_url(url: str) -> str:
    """The refresh service of the credential at `url`."""
    return f"{url}/refresh"


def achievement_url(base_url: str, level_id: UUID) -> str:
    """The achievement's stable id, the same for every version."""
    return f"{base_url}/achievements/{level_id}"


def achievement_image_url(base_url: str, level_id: UUID, version: str) -> str:
    """The image of one version."""
    return f"{base_url}/achievements/{level_id}/{version}/image"


def program_url(base_url: str, issuer: str | None, program: str) -> str:
    """The page of a program, which an endorsement of the program is about; `issuer` None for the default issuer."""
    within = "" if issuer is None else f"/issuers/{issuer}"
    return f"{base_url}{within}/programs/{program}"


def status_list_url(base_url: str, list_id: UUID) -> str:
    """The status list credential."""
    return f"{base_url}/status-lists/{list_id}"


def token_status_list_url(base_url: str, list_id: UUID) -> str:
    """The same list as a Token Status List of the IETF."""
    return f"{base_url}/token-status-lists/{list_id}"


def issuer_url(base_url: str, slug: str | None) -> str:
    """The issuer's profile; `slug` None for the default issuer."""
    return f"{base_url}/issuer" if slug is None else f"{base_url}/issuers/{slug}"


def issuer_image_url(base_url: str, slug: str | None) -> str:
    """The issuer's picture."""
    return f"{issuer_url(base_url, slug)}/image"


def did_path(slug: str | None) -> tuple[str, ...]:
    """What stands after the base URL in the issuer's did:web."""
    return () if slug is None else ("issuers", slug)


def did_document_url(base_url: str, slug: str | None) -> str:
    """Where did:web looks for the DID document (Read, did:web method)."""
    if slug is not None:
        return f"{base_url}/issuers/{slug}/did.json"
    return f"{base_url}/did.json" if urlsplit(base_url).path else f"{base_url}/.well-known/did.json"


def parse(base_url: str, url: str) -> Address | None:
    """What `url` leads to below `base_url`, or None if it is none of ours. A fragment or query is not ours.

    http and https count as the same: did:web says https even where a host is served without TLS.
    """
    scheme = base_url.partition(":")[0]
    url = f"{scheme}:{url.partition(':')[2]}" if url.startswith(("http:", "https:")) else url
    if url == did_document_url(base_url, None):
        return Address(Kind.DID_DOCUMENT)
    path = url.removeprefix(base_url)
    for kind, pattern in _PATTERNS:
        if path != url and (match := pattern.fullmatch(path)):
            found = match.groupdict()
            identifier = UUID(found["id"]) if "id" in found else None
            return Address(
                kind, id=identifier, version=found.get("version"), slug=found.get("slug"), form=found.get("form")
            )
    return None
