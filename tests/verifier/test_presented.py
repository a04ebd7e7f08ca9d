"""Presentations given to the command: recognized in every form, judged with each credential, bound to a question."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.test_enveloped_presentation import FORMS, document, signed
from tests.world import Issuer, World
from verifier import __main__ as command
from verifier.presented import presentation_in

Run = Callable[..., tuple[int, Any]]
ASKED = ("--challenge", "c-42", "--domain", "verify.example")


@pytest.fixture
def world() -> World:
    return World(datetime.now(UTC))


@pytest.fixture
def holder(world: World) -> Issuer:
    return world.issuer("ada.example", method="key")


@pytest.fixture
def badge(world: World) -> str:
    return world.issuer("key.example", method="key").issue(status=()).json.decode()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    def call(given: str | bytes, *options: str) -> tuple[int, Any]:
        file = tmp_path / "given"
        file.write_bytes(given if isinstance(given, bytes) else given.encode())
        code = command.main(["--offline", "--json", *options, str(file)])
        return code, json.loads(capsys.readouterr().out)

    return call


def embedded(holder: Issuer, badge: str, **proof: str) -> str:
    options = {"proofPurpose": "authentication", "challenge": "c-42", "domain": "verify.example", **proof}
    return holder.sign_anything(document(holder, badge), **options).decode()


def token(form: str, holder: Issuer, badge: str) -> str | bytes:
    payload = {**document(holder, badge), "nonce": "c-42", "aud": "verify.example"}
    return signed(form, payload, holder.key, holder.verification_method)


@pytest.mark.parametrize("form", ["embedded", "envelope", *FORMS])
def test_every_form_is_judged_with_its_credentials(form: str, run: Run, holder: Issuer, badge: str) -> None:
    given: str | bytes
    if form == "embedded":
        given = embedded(holder, badge)
    elif form == "envelope":
        contexts = ["https://www.w3.org/ns/credentials/v2"]
        inner = f"data:application/vp+jwt,{token('vp+jwt', holder, badge)!s}"
        given = json.dumps({"@context": contexts, "type": "EnvelopedVerifiablePresentation", "id": inner})
    else:
        given = token(form, holder, badge)
    for options in ((), ASKED):
        code, told = run(given, *options)
        assert (code, told["status"], told["holder"]["outcome"]) == (0, "valid", "passed"), told
        assert [one["status"] for one in told["credentials"]] == ["valid"]
    for options in (("--challenge", "another"), ("--domain", "somebody.else")):
        code, told = run(given, *options)
        assert (code, told["status"], told["holder"]["outcome"]) == (1, "invalid", "failed")


def test_a_presentation_as_a_data_url_of_any_kind_is_one(holder: Issuer, badge: str) -> None:
    message = token("vp+cose", holder, badge)
    assert isinstance(message, bytes)
    url = f"data:application/vp+cose;base64,{base64.b64encode(message).decode()}"
    assert presentation_in(url) == url
    assert presentation_in(message) == message


def test_what_a_credential_cannot_answer_is_not_passed_over(run: Run, badge: str) -> None:
    code, told = run(badge, "--challenge", "c-42")
    assert (code, told["status"]) == (1, "invalid")
    assert "only an SD-JWT can carry the holder's signature" in told["sentence"]


def test_one_bad_credential_and_a_changed_one_spoil_it(run: Run, holder: Issuer, badge: str) -> None:
    changed = json.dumps({**json.loads(badge), "name": "Another"})
    for one, holder_stands in ((embedded(holder, changed), True), (embedded(holder, badge)[:-9] + "x", None)):
        code, told = run(one)
        assert code == 1, told
        assert (told.get("holder", {}).get("outcome") == "passed") is bool(holder_stands)


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\xd2\x84",
        b"\xff\xfe",
        "{",
        '{"type": "VerifiablePresentation"',
        "eyJ.e30.x",
        "ey~",
        "[1]",
        "https://a.b/",
    ],
)
def test_anything_else_is_no_presentation(given: bytes | str) -> None:
    assert presentation_in(given) is None


def test_the_words_name_the_holder_and_each_credential(
    capsys: pytest.CaptureFixture[str], holder: Issuer, badge: str, tmp_path: Path
) -> None:
    file = tmp_path / "shown.json"
    file.write_text(embedded(holder, badge))
    assert command.main(["--offline", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"VALID  {file}\n  A presentation of 1 credential\n  ok      holder-proof")
    assert "  VALID  credential 1 of 1\n" in out
