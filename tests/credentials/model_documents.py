"""Strategies that build conforming documents class by class, and ways to spoil them one place at a time."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

TEXTS = st.sampled_from(["", "Weld inspector", "Prüfer für Nähte", "鑑定士", "# Title\n\nText", "a/b~c", "<b>", "🏅"])
URIS = st.sampled_from(
    [
        "https://badges.example.org/credentials/1",
        "http://example.org/?q=a%20b#c",
        "did:web:badges.example.org",
        "urn:uuid:f6ab24cd-86e8-4eaf-b8c6-ded74e8fd41c",
        "mailto:ana@example.org",
        "data:image/png;base64,iVBORw0KGgo=",
        "https://bücher.example/ü",
    ]
)
INSTANTS = st.sampled_from(
    [
        "2020-02-29T00:00:00Z",
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00.123+05:30",
        "2030-01-01T00:00:00-08:00",
    ]
)
NUMBERS = st.sampled_from([0, 1, 3.5, 42.0, -1, 36])
JWS = st.sampled_from(["eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln", "a..b"])
EXTRAS = st.dictionaries(
    st.sampled_from(["x", "context", "extension", "model_config", "as_json", "a/b", "é"]),
    st.recursive(
        st.sampled_from([True, 1, 2.5, "text"]),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=3,
    ),
    max_size=1,
)


def _many(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=2)


@st.composite
def _object(
    draw: st.DrawFn,
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]],
    *,
    closed: bool = False,
) -> Json:
    """An object with all required and some optional members, and perhaps an extension."""
    chosen = draw(st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)) if optional else []
    made = {name: draw(value) for name, value in required.items()}
    made.update({name: draw(optional[name]) for name in chosen})
    if not closed:
        made = {**draw(EXTRAS), **made}
    return made


def _types(name: str) -> st.SearchStrategy[list[str]]:
    return st.sampled_from([[name], [name, "ext:Special"], ["https://example.org/types#Special", name]])


def _texts(*names: str) -> dict[str, st.SearchStrategy[str]]:
    return dict.fromkeys(names, TEXTS)


IMAGES = _object({"id": URIS, "type": st.just("Image")}, _texts("caption"), closed=True)
IDENTIFIER_TYPES = st.sampled_from(["emailAddress", "sourcedId", "ext:badge.number_1"])
IDENTIFIER_ENTRIES = _object(
    {"type": st.just("IdentifierEntry"), "identifier": TEXTS, "identifierType": IDENTIFIER_TYPES},
    {},
    closed=True,
)
IDENTITIES = st.one_of(
    _object(
        {
            "type": st.just("IdentityObject"),
            "hashed": st.just(False),
            "identityHash": TEXTS,
            "identityType": IDENTIFIER_TYPES,
        },
        _texts("salt"),
        closed=True,
    ),
    _object(
        {
            "type": st.just("IdentityObject"),
            "hashed": st.just(True),
            "identityHash": st.sampled_from(["sha256$" + "0aF9" * 16, "md5$" + "ABCDEF01" * 4]),
            "identityType": IDENTIFIER_TYPES,
        },
        _texts("salt"),
        closed=True,
    ),
)
GEO = _object({"type": st.just("GeoCoordinates"), "latitude": NUMBERS, "longitude": NUMBERS}, {})
ADDRESSES = _object(
    {"type": _types("Address")},
    {
        **_texts("addressCountry", "addressCountryCode", "addressRegion", "addressLocality", "postalCode"),
        "geo": GEO,
    },
)
ALIGNMENTS = _object(
    {"type": _types("Alignment"), "targetName": TEXTS, "targetUrl": URIS},
    {
        **_texts("targetCode", "targetDescription", "targetFramework"),
        "targetType": st.sampled_from(["CFItem", "ceasn:Competency", "ext:Skill"]),
    },
)
EVIDENCE = _object(
    {"type": _types("Evidence")},
    {"id": URIS, **_texts("narrative", "name", "description", "genre", "audience")},
)
_PERSON_NAMES = ("familyName", "givenName", "additionalName", "patronymicName", "honorificPrefix")


@st.composite
def profiles(draw: st.DrawFn, depth: int = 1) -> Json:
    """A Profile, with endorsements and a parent organization as long as the depth allows."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        **_texts("name", "phone", "description", "email", "official", *_PERSON_NAMES),
        "url": URIS,
        "image": IMAGES,
        "address": ADDRESSES,
        "otherIdentifier": _many(IDENTIFIER_ENTRIES),
        "endorsementJwt": _many(JWS),
        "dateOfBirth": st.sampled_from(["1990-05-17", "2000-02-29"]),
    }
    if depth:
        optional |= {"endorsement": _many(endorsement_credentials()), "parentOrg": profiles(0)}
    return draw(_object({"id": URIS, "type": _types("Profile")}, optional))


PROOFS = _object(
    {"type": st.just("DataIntegrityProof")},
    {
        **_texts("cryptosuite", "challenge", "domain", "nonce", "proofValue"),
        "created": INSTANTS,
        "proofPurpose": st.just("assertionMethod"),
        "verificationMethod": URIS,
    },
)
TYPED = _object({"id": URIS, "type": st.just("ext:Service")}, {})


def _contexts() -> st.SearchStrategy[list[Any]]:
    first = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    return st.sampled_from([first, [*first, "https://example.org/context"], [*first, {"x": "https://example.org/x"}]])


@st.composite
def _credential(draw: st.DrawFn, required: Json, optional: Json, schema: str) -> Json:
    """What both kinds of credentials have, in the canonical form."""
    schema_url = f"https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_{schema}_schema.json"
    schemas = [{"id": schema_url, "type": "1EdTechJsonSchemaValidator2019"}]
    return draw(
        _object(
            {"@context": _contexts(), "id": URIS, "validFrom": st.just("2020-02-29T00:00:00Z"), **required},
            {
                "description": TEXTS,
                "awardedDate": INSTANTS,
                "validUntil": INSTANTS,
                "proof": _many(PROOFS),
                "credentialSchema": st.just(schemas),
                "credentialStatus": TYPED,
                "refreshService": TYPED,
                "termsOfUse": _many(TYPED),
                **optional,
            },
        )
    )


@st.composite
def endorsement_credentials(draw: st.DrawFn, depth: int = 0) -> Json:
    """An EndorsementCredential in the canonical form."""
    subject = _object({"id": URIS, "type": _types("EndorsementSubject")}, _texts("endorsementComment"))
    required = {
        "type": st.just(["VerifiableCredential", "EndorsementCredential"]),
        "name": TEXTS,
        "issuer": URIS | profiles(depth),
        "credentialSubject": subject,
    }
    return draw(_credential(required, {}, "endorsementcredential"))


@st.composite
def _results(draw: st.DrawFn) -> tuple[list[Json], list[Json]]:
    """Result descriptions and results that refer to them rightly."""
    level = draw(
        _object(
            {"id": st.just("urn:level:1"), "type": _types("RubricCriterionLevel"), "name": TEXTS},
            {**_texts("description", "level", "points"), "alignment": _many(ALIGNMENTS)},
        )
    )
    rubric = {
        "rubricCriterionLevel": [level],
        "requiredLevel": "urn:level:1",
        "resultType": "RubricCriterionLevel",
    }
    grades = {"allowedValue": ["C", "B", "A"], "requiredValue": "B", "resultType": "LetterGrade"}
    points = {"valueMin": "0", "valueMax": "100", "requiredValue": "80.5", "resultType": "Percent"}
    chosen = draw(st.sampled_from([rubric, grades, points, {"resultType": "Status"}, {"resultType": "ext:Belt"}]))
    described = draw(
        _object(
            {"id": st.just("urn:result:1"), "type": _types("ResultDescription"), "name": TEXTS},
            {"alignment": _many(ALIGNMENTS)},
        )
    )
    result = draw(_object({"type": _types("Result")}, {"alignment": _many(ALIGNMENTS), "value": st.just("A")}))
    result |= {"resultDescription": "urn:result:1"}
    if chosen is rubric:
        result["achievedLevel"] = "urn:level:1"
    if chosen["resultType"] == "Status":
        result["status"] = draw(st.sampled_from(["Completed", "Withdrew"]))
    return [described | chosen], [result]


_BADGE_TYPES = [
    ["VerifiableCredential", "OpenBadgeCredential"],
    ["AchievementCredential", "VerifiableCredential"],
]


@st.composite
def achievement_credentials(draw: st.DrawFn) -> Json:
    """An OpenBadgeCredential in the canonical form that keeps every rule of the standard."""
    descriptions, results = draw(_results())
    related = _object(
        {"id": URIS, "type": _types("Related")},
        {"inLanguage": st.sampled_from(["de", "zh-Hant-TW"]), **_texts("version")},
    )
    achievement = _object(
        {
            "id": URIS,
            "type": _types("Achievement"),
            "criteria": _object({}, {"id": URIS, "narrative": TEXTS}),
            "description": TEXTS,
            "name": TEXTS,
            "resultDescription": st.just(descriptions),
        },
        {
            **_texts("fieldOfStudy", "humanCode", "specialization", "version"),
            "alignment": _many(ALIGNMENTS),
            "achievementType": st.sampled_from(["Certification", "ext:Black.Belt"]),
            "creator": profiles(),
            "creditsAvailable": NUMBERS,
            "endorsement": _many(endorsement_credentials(1)),
            "endorsementJwt": _many(JWS),
            "image": IMAGES,
            "inLanguage": st.sampled_from(["en", "pt-BR", "es-419"]),
            "otherIdentifier": _many(IDENTIFIER_ENTRIES),
            "related": _many(related),
            "tag": _many(TEXTS),
        },
    )
    subject = _object(
        {
            "type": _types("AchievementSubject"),
            "achievement": achievement,
            "id": URIS,
            "result": st.just(results),
        },
        {
            **_texts("licenseNumber", "narrative", "role", "term"),
            "activityStartDate": INSTANTS,
            "activityEndDate": INSTANTS,
            "creditsEarned": NUMBERS,
            "identifier": _many(IDENTITIES),
            "image": IMAGES,
            "source": profiles(),
        },
    )
    required = {
        "type": st.sampled_from(
            [
                ["VerifiableCredential", "OpenBadgeCredential"],
                ["AchievementCredential", "VerifiableCredential"],
            ]
        ),
        "issuer": URIS | profiles(),
        "credentialSubject": subject,
    }
    optional = {
        "name": TEXTS,
        "image": IMAGES,
        "endorsement": _many(endorsement_credentials()),
        "endorsementJwt": _many(JWS),
        "evidence": _many(EVIDENCE),
    }
    return draw(_credential(required, optional, "achievementcredential"))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value beneath the document, outermost first."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, member in members for found in ((*path, name), *places(member, (*path, name)))]


_JUNK: list[Any] = [None, True, 0, -1.5, "", "text", "two words", "ext:term", "https://example.org/", [], {}]
_JUNK += ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00", "2026-11-22", "2026-02-30T10:00:00Z", "1990-05-17"]
_JUNK += [["text"], [1], [None], [[]], ["Profile"], "Profile", "VerifiableCredential", {"id": "x"}]
_JUNK += [{"type": "Profile"}, {"type": ["Profile"], "id": "urn:a:b"}]


@st.composite
def spoiled(draw: st.DrawFn, documents: st.SearchStrategy[Json]) -> Json:
    """A document with one to three places changed: removed, replaced, wrapped, renamed, added to."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 3))):
        found = places(document)
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        holder: Any = document
        for step in way:
            holder = holder[step]
        _change(draw, holder, last)
    return document


def _change(draw: st.DrawFn, holder: Any, last: Any) -> None:
    change = draw(st.sampled_from(["remove", "replace", "wrap", "unwrap", "rename", "add"]))
    value = holder[last]
    if change == "remove":
        del holder[last]
    elif change == "replace":
        holder[last] = copy.deepcopy(draw(st.sampled_from(_JUNK)))
    elif change == "wrap":
        holder[last] = [value]
    elif change == "unwrap" and isinstance(value, list) and value:
        holder[last] = value[0]
    elif change == "rename" and isinstance(holder, dict):
        holder[f"{last}X"] = holder.pop(last)
    elif isinstance(value, dict):
        value["added"] = copy.deepcopy(draw(st.sampled_from(_JUNK)))
