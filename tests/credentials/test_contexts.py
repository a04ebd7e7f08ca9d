"""The contexts are the published ones, come from packages but for one, and are noticed when they change."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from credentials import contexts
from credentials.problems import UNKNOWN_CONTEXT, Unacceptable
from tests.conftest import vectors

SHA256_OF_2021 = "9768f9aa81ab6c3e2ad96b2d669eaba67afe13fff0140a853f1e3d313fab13b6"


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("url", "published"),
    [
        (contexts.CREDENTIALS_V2, "vcdm2-contexts/v2"),
        (contexts.OPEN_BADGES_3_0_3, "ob3/contexts/ob/context-3.0.3.json"),
        (contexts.OPEN_BADGES_3_0_2, "ob3/contexts/ob/context-3.0.2.json"),
        (contexts.OPEN_BADGES_3_0_1, "ob3/contexts/ob/context-3.0.1.json"),
        (contexts.CREDENTIALS_V1, "ob3/contexts/third-party/2018-credentials-v1.jsonld"),
        (contexts.OPEN_BADGES_EXTENSIONS, "ob3/contexts/ob/extensions.json"),
        (contexts.DATA_INTEGRITY_V2, "vcdm2-contexts/data-integrity-v2.json"),
        (contexts.MULTIKEY_V1, "vcdm2-contexts/multikey-v1.json"),
        (contexts.ED25519_2020_V1, "ob3/contexts/third-party/security-suites-ed25519-2020-v1.jsonld"),
    ],
)
def test_each_context_is_the_published_document(url: str, published: str) -> None:
    assert contexts.load(url) == json.loads(vectors(*published.split("/")).read_text())


def test_the_context_that_is_written_here_stays_as_it_is() -> None:
    """What was signed with it must verify for ever. The test with peers compares it with the published document."""
    written = json.dumps(contexts.load(contexts.STATUS_LIST_2021_V1), sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(written.encode()).hexdigest() == SHA256_OF_2021
    assert contexts.STATUS_LIST_2021_V1 in contexts.known()
    assert contexts.published_bytes(contexts.STATUS_LIST_2021_V1) is None
    contexts.know_also(contexts.STATUS_LIST_2021_V1, {"@context": {}})
    assert contexts.STATUS_LIST_2021_V1 not in contexts._added


def test_its_terms_are_read_when_they_are_needed() -> None:
    program = (
        "import sys; from credentials import contexts; before = 'credentials.terms_of_2021' in sys.modules; "
        "contexts.load(contexts.STATUS_LIST_2021_V1); print(before, 'credentials.terms_of_2021' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_an_unknown_context_is_named() -> None:
    with pytest.raises(Unacceptable, match=r"https://example\.org/context") as refusal:
        contexts.load("https://example.org/context")
    assert refusal.value.problems[0].type == UNKNOWN_CONTEXT


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sha256": "0" * 64}, "reinstall openbadgeslib"),
        ({"file": "openbadgeslib/nowhere.json"}, "cannot be read"),
        ({"distribution": "no-such-package"}, "no-such-package.* is not installed"),
    ],
)
def test_a_changed_or_missing_file_is_noticed(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    source = replace(contexts._SOURCES[contexts.CREDENTIALS_V2], **changes)
    monkeypatch.setitem(contexts._SOURCES, contexts.CREDENTIALS_V2, source)
    contexts.load.cache_clear()
    try:
        with pytest.raises(contexts.ContextDamaged, match=words):
            contexts.load(contexts.CREDENTIALS_V2)
    finally:
        contexts.load.cache_clear()
