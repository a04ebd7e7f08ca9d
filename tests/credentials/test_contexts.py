"""The contexts are the published ones, come from packages, and are noticed when they change."""

from __future__ import annotations

import json

import pytest

from credentials import contexts
from credentials.problems import UNKNOWN_CONTEXT, Unacceptable
from tests.conftest import vectors


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("url", "published"),
    [
        (contexts.CREDENTIALS_V2, "vcdm2-contexts/v2"),
        (contexts.OPEN_BADGES_3_0_3, "ob3/contexts/ob/context-3.0.3.json"),
        (contexts.OPEN_BADGES_3_0_2, "ob3/contexts/ob/context-3.0.2.json"),
        (contexts.OPEN_BADGES_EXTENSIONS, "ob3/contexts/ob/extensions.json"),
        (contexts.DATA_INTEGRITY_V2, "vcdm2-contexts/data-integrity-v2.json"),
        (contexts.MULTIKEY_V1, "vcdm2-contexts/multikey-v1.json"),
    ],
)
def test_each_context_is_the_published_document(url: str, published: str) -> None:
    assert contexts.load(url) == json.loads(vectors(*published.split("/")).read_text())


def test_the_validators_edition_of_3_0_3_has_two_terms_more() -> None:
    published = contexts.load(contexts.OPEN_BADGES_3_0_3)["@context"]
    edition = contexts.edition_of_the_validator(contexts.OPEN_BADGES_3_0_3)["@context"]
    assert set(edition) - set(published) == {"jti", "endorsementJwt"}
    assert {name: edition[name] for name in published} == published


def test_an_unknown_context_is_named() -> None:
    with pytest.raises(Unacceptable, match=r"https://example\.org/context") as refusal:
        contexts.load("https://example.org/context")
    assert refusal.value.problems[0].type == UNKNOWN_CONTEXT


def test_a_changed_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    source = contexts._SOURCES[contexts.CREDENTIALS_V2]
    monkeypatch.setitem(
        contexts._SOURCES,
        contexts.CREDENTIALS_V2,
        contexts._Source(source.distribution, source.file, "0" * 64),
    )
    contexts.load.cache_clear()
    try:
        with pytest.raises(contexts.ContextDamaged, match="reinstall openbadgeslib"):
            contexts.load(contexts.CREDENTIALS_V2)
    finally:
        contexts.load.cache_clear()
