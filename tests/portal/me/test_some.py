"""A holder shows only some of a credential: what is in the file, who gets it, and that strangers can verify it."""

from __future__ import annotations

import json
import re
import secrets
from datetime import date
from uuid import UUID

from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import add_key
from issuer.status import revoke
from keys.public_key import KeyType
from tests.portal.me.conftest import ANA, BEN, NOW, PROGRAM, Workshop, words


def offering(workshop: Workshop) -> UUID:
    """A credential of Ana's by a program that offers it."""
    ring = workshop.service.keyring
    assert ring is not None
    add_key(
        workshop.db, ring, issuer=None, key_type=KeyType.P256, actor="test", now=NOW, randomness=secrets.token_bytes
    )
    program = read_program(PROGRAM + b"proofs: [ecdsa-rdfc-2019, ecdsa-sd-2023]\n")
    apply_program(workshop.db, issuer=None, definition=program, actor="test", now=NOW)
    return workshop.award("ana", "journeyman", date(2026, 11, 2), evidence=True)


def test_what_is_not_chosen_is_not_in_the_file_and_the_rest_verifies(workshop: Workshop) -> None:
    one = offering(workshop)
    ana, ring = workshop.signed_in(ANA), workshop.service.keyring
    assert ring is not None
    own = f"/me/credentials/{one}"
    assert f'href="{own}/some"' in ana.get(own).text
    page = ana.get(f"{own}/some")
    for told in ("My name: Ana Núñez", "A check value of my e-mail address", "A result: 81", "The migration"):
        assert told in words(page.text), told
    chosen = re.findall(r'value="(/credentialSubject/result[^"]*)"', page.text)
    answer = ana.post(f"{own}/some", show=chosen[0])
    assert answer.headers["content-disposition"].endswith('.shown.json"')
    shown = json.loads(answer.text)
    assert "identifier" not in shown["credentialSubject"]
    assert shown["credentialSubject"]["result"][0]["value"] == "81"
    for hidden in ("Ana", "migration", "night shift"):
        assert hidden not in answer.text
    verdict = workshop.service.verify(answer.text.encode())
    assert verdict.verified, verdict.sentence

    base = ana.post(f"{own}/some", whole="yes")
    assert base.headers["content-disposition"].endswith('.selective.json"')
    assert "Núñez" in base.text
    assert "the copy that its holder keeps" in workshop.service.verify(base.text.encode()).sentence

    revoke(workshop.db, ring, credential_id=one, reason="wrong", actor="test", now=workshop.clock())
    ana.get(f"{own}/some")
    assert "no such file can be made now" in ana.post(f"{own}/some", show=chosen[0]).text


def test_it_is_for_its_holder_and_where_the_program_says_so(workshop: Workshop) -> None:
    one = offering(workshop)
    ben, own = workshop.signed_in(BEN), f"/me/credentials/{one}/some"
    ben.get("/me")
    token = re.search(r'csrf_token" value="([^"]+)"', ben.page)
    assert ben.get(own).status_code == 404
    assert token is not None
    assert ben.post(own, csrf=token[1]).status_code == 404
