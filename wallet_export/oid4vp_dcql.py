"""What is asked of a wallet, in the Digital Credentials Query Language (OpenID4VP 1.0, sections 6 and 7). Pure.

A query is read strictly, ours like anybody's: what is not understood is refused and never passed over. Whether an
answer is one is decided here too, by the claims as they stand in what was shown; who signed it is another's question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

LDP_VC, JWT_VC, SD_JWT_VC = "ldp_vc", "jwt_vc_json", "dc+sd-jwt"
FORMATS: Final = (LDP_VC, JWT_VC, SD_JWT_VC)
OPEN_BADGE: Final = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"

_ID = re.compile(r"[A-Za-z0-9_-]+")
_AUTHORITIES = ("aki", "etsi_tl", "openid_federation")
_EXPANDED: Final = {
    "VerifiableCredential": "https://www.w3.org/2018/credentials#VerifiableCredential",
    "OpenBadgeCredential": OPEN_BADGE,
    "AchievementCredential": OPEN_BADGE,
}
"""Types of Open Badges 3.0 as its context expands them: two names for one type."""

Path = tuple[str | int | None, ...]


class QueryFault(ValueError):  # noqa: N818  (a verdict)
    """The query is none of the language; the message says where and what."""


class Unanswered(Exception):  # noqa: N818  (a verdict)
    """What was shown is not what was asked; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ClaimQuery:
    """A claim that must be there; with one of `values`, if there are any."""

    path: Path
    values: tuple[str | int | bool, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One credential that is asked for. `types` are alternatives, each of them a set of types; `vcts` too."""

    id: str
    format: str
    types: tuple[tuple[str, ...], ...]
    vcts: tuple[str, ...]
    claims: tuple[ClaimQuery, ...]
    claim_sets: tuple[tuple[str, ...], ...]
    multiple: bool
    bound: bool
    authorities: bool


@dataclass(frozen=True, slots=True)
class SetQuery:
    """One of `options` must be answered whole, if it is required."""

    options: tuple[tuple[str, ...], ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Query:
    """All that is asked; without sets, every credential."""

    credentials: Mapping[str, CredentialQuery]
    sets: tuple[SetQuery, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential that was shown: `claims` is what its claims are looked for in, `types` as its context knows them."""

    format: str
    claims: Mapping[str, Any]
    types: tuple[str, ...] = ()
    vct: str = ""


def badge_query(achievements: Sequence[str], vcts: Sequence[str]) -> dict[str, Any]:
    """Asks for one Open Badge, in whichever form; of one of these achievements, if there are any.

    vcts: the types of SD-JWT VCs that are asked for; without any, none is.
    """
    types = [[OPEN_BADGE], ["OpenBadgeCredential"], ["AchievementCredential"]]
    of_subject = ["credentialSubject", "achievement", "id"]
    asked: list[dict[str, Any]] = [
        {
            "id": f"badge_{name}",
            "format": kind,
            "meta": {"type_values": types},
            "claims": [_of(of_subject, achievements)],
        }
        for name, kind in (("ldp", LDP_VC), ("jwt", JWT_VC))
    ]
    if vcts:
        claims = [
            {"id": "badge", **_of(["achievement", "id"], achievements)},
            {"id": "holder", "path": ["recipient_name"]},
        ]
        sets = [["badge", "holder"], ["badge"]]  # the name is his to show or not
        meta = {"vct_values": list(vcts)}
        asked.append({"id": "badge_sd_jwt", "format": SD_JWT_VC, "meta": meta, "claims": claims, "claim_sets": sets})
    return {"credentials": asked, "credential_sets": [{"options": [[one["id"]] for one in asked]}]}


def _of(path: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    return {"path": list(path), "values": list(values)} if values else {"path": list(path)}


def read_query(query: Any) -> Query:
    """The query as it must be. Raises QueryFault."""
    _known(query, ("credentials", "credential_sets"), "the query")
    credentials = [_credential(one) for one in _list(query, "credentials", "the query")]
    ids = [one.id for one in credentials]
    if len(set(ids)) != len(ids):
        raise QueryFault("two credentials have the same id")
    sets = tuple(_set(one, ids) for one in _list(query, "credential_sets", "the query", required=False))
    return Query(dict(zip(ids, credentials, strict=True)), sets)


def require_answer(query: Query, shown: Mapping[str, Sequence[Shown]]) -> None:
    """Returns if what was shown answers the query, and nothing besides. Raises Unanswered."""
    for name, presented in shown.items():
        asked = query.credentials.get(name)
        if asked is None:
            raise Unanswered(f"no credential “{name[:40]}” was asked for")
        if not presented or (len(presented) > 1 and not asked.multiple):
            raise Unanswered(f"for “{name}” exactly one presentation was asked for")
        for one in presented:
            _require_match(asked, one)
    if not query.sets:
        missing = [name for name in query.credentials if name not in shown]
        if missing:
            raise Unanswered(f"nothing was shown for “{missing[0]}”")
    for wanted in query.sets:
        if wanted.required and not any(all(name in shown for name in option) for option in wanted.options):
            raise Unanswered("none of the ways to answer was taken")


def _require_match(asked: CredentialQuery, shown: Shown) -> None:
    if shown.format != asked.format:
        raise Unanswered(f"“{asked.id}” was asked for as {asked.format}, and is {shown.format}")
    if asked.authorities:
        raise Unanswered(f"“{asked.id}” must be of an authority, which is not checked here")
    named = {*shown.types, *(_EXPANDED[one] for one in shown.types if one in _EXPANDED)}
    if asked.types and not any(named.issuperset(option) for option in asked.types):
        raise Unanswered(f"“{asked.id}” is of another type")
    if asked.vcts and shown.vct not in asked.vcts:
        raise Unanswered(f"“{asked.id}” is of another type")
    fitting = {one.id or str(n): _fits(one, shown.claims) for n, one in enumerate(asked.claims)}
    wanted = asked.claim_sets or (tuple(fitting),)
    if not any(all(fitting[name] for name in option) for option in wanted):
        raise Unanswered(f"“{asked.id}” does not say what was asked for")


def _fits(asked: ClaimQuery, claims: Mapping[str, Any]) -> bool:
    found = select(claims, asked.path)
    if not asked.values:
        return bool(found)
    return any(type(value) is type(one) and value == one for value in found for one in asked.values)


def select(claims: Any, path: Path) -> list[Any]:
    """What a path leads to (section 7.1): a name in objects, a number in arrays, null for all of an array."""
    found = [claims]
    for step in path:
        if isinstance(step, str):
            found = [one[step] for one in found if isinstance(one, Mapping) and step in one]
        elif step is None:
            found = [inner for one in found if isinstance(one, list) for inner in one]
        else:
            found = [one[step] for one in found if isinstance(one, list) and step < len(one)]
    return found


def _credential(value: Any) -> CredentialQuery:
    names = ("id", "format", "multiple", "meta", "trusted_authorities", "require_cryptographic_holder_binding",
             "claims", "claim_sets")  # fmt: skip
    _known(value, names, "a credential")
    name, kind = _id(value), value.get("format")
    if not isinstance(kind, str) or not kind:
        raise QueryFault(f"“{name}” has no format")
    meta = value.get("meta")
    if not isinstance(meta, dict):
        raise QueryFault(f"“{name}” has no meta")
    claims = tuple(_claim(one, name) for one in _list(value, "claims", name, required=False))
    known = [one.id for one in claims if one.id]
    if len(set(known)) != len(known):
        raise QueryFault(f"“{name}” has two claims with the same id")
    sets = tuple(_names(one, known, name) for one in _list(value, "claim_sets", name, required=False))
    if sets and len(known) != len(claims):
        raise QueryFault(f"“{name}” has claim_sets, and claims without an id")
    return CredentialQuery(
        name,
        kind,
        _types(meta, name) if kind in (LDP_VC, JWT_VC) else (),
        _texts(meta.get("vct_values"), name) if kind == SD_JWT_VC else (),
        claims,
        sets,
        _flag(value, "multiple", default=False),
        _flag(value, "require_cryptographic_holder_binding", default=True),
        bool([_authority(one) for one in _list(value, "trusted_authorities", name, required=False)]),
    )


def _types(meta: Mapping[str, Any], name: str) -> tuple[tuple[str, ...], ...]:
    given = meta.get("type_values")
    if not isinstance(given, list) or not given:
        raise QueryFault(f"“{name}” has no type_values")
    return tuple(_texts(one, name) for one in given)


def _claim(value: Any, name: str) -> ClaimQuery:
    _known(value, ("id", "path", "values"), name)
    path = _list(value, "path", name)
    if not all(one is None or isinstance(one, str) or (type(one) is int and one >= 0) for one in path):
        raise QueryFault(f"“{name}” has a path that leads nowhere")
    values = _list(value, "values", name, required=False)
    if not all(isinstance(one, str | int) for one in values):  # true and false are numbers to Python
        raise QueryFault(f"“{name}” has values that no claim is compared with")
    return ClaimQuery(tuple(path), tuple(values), _id(value) if "id" in value else "")


def _set(value: Any, ids: Sequence[str]) -> SetQuery:
    _known(value, ("options", "required", "purpose"), "a credential set")
    options = tuple(_names(one, ids, "a credential set") for one in _list(value, "options", "a credential set"))
    return SetQuery(options, _flag(value, "required", default=True))


def _authority(value: Any) -> str:
    _known(value, ("type", "values"), "a trusted authority")
    if value.get("type") not in _AUTHORITIES:
        raise QueryFault("a trusted authority is of a type that is not known")
    _texts(value.get("values"), "a trusted authority")
    return str(value["type"])


def _known(value: Any, names: Sequence[str], where: str) -> None:
    if not isinstance(value, dict):
        raise QueryFault(f"{where} is no object")
    if unknown := [name for name in value if name not in names]:
        raise QueryFault(f"{where} has a member “{unknown[0][:40]}”, which is not known")


def _id(value: Mapping[str, Any]) -> str:
    name = value.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise QueryFault("an id must be letters, digits, _ and -")
    return name


def _list(value: Mapping[str, Any], name: str, where: str, *, required: bool = True) -> list[Any]:
    if name not in value and not required:
        return []
    found = value.get(name)
    if not isinstance(found, list) or not found:
        raise QueryFault(f"{where}: {name} must be an array that is not empty")
    return found


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise QueryFault(f"{where}: texts are missing")
    return tuple(value)


def _names(value: Any, known: Sequence[str], where: str) -> tuple[str, ...]:
    names = _texts(value, where)
    if unknown := [one for one in names if one not in known]:
        raise QueryFault(f"{where} names “{unknown[0][:40]}”, which is not there")
    return names


def _flag(value: Mapping[str, Any], name: str, *, default: bool) -> bool:
    found = value.get(name, default)
    if not isinstance(found, bool):
        raise QueryFault(f"{name} must be true or false")
    return found
