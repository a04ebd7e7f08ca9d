"""Cryptosuites of choice: keys beside the main one, proof sets, base proofs, and the roads that are taken by many."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from credentials.proofs import data_integrity
from credentials.proofs.selective import ecdsa_sd_2023
from issuer import own_output
from issuer.bulk_status import change_many
from issuer.catalogue import rendering
from issuer.doctor import examine
from issuer.documents import DocumentOptions, issue_document
from issuer.ending_keys import mark_compromised, retire_key
from issuer.errors import NoFittingKey, ProgramRefused, TransitionRefused
from issuer.issue import issue
from issuer.program_document import settings_document
from issuer.program_file import read_program
from issuer.programs import apply_program, load_catalogue
from issuer.selective_copies import choosable, is_offered, selective_copy
from issuer.signing_keys import KeyState, Rotation, SigningKey, Use, add_key, issuer_did_document, list_keys, rotate
from issuer.status_transitions import Change
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.tables import StatusListRow
from issuer.wallet_copies import CopyRefused
from keys.did import verification_method_key
from keys.did.key_set import key_set
from keys.public_key import KeyType
from tests.issuer.conftest import NOW, PROGRAM, House

DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "name": "A course",
    "credentialSubject": {"id": "did:example:ana", "name": "Ana"},
}


def by(house: House) -> dict[str, Any]:
    return {"issuer": None, "actor": "t", "now": NOW, "randomness": house.randomness}


def added(house: House, key_type: KeyType, *, replace: bool = False) -> Rotation:
    return add_key(house.db, house.keyring, key_type=key_type, replace=replace, **by(house))


def asking(house: House, *proofs: str) -> None:
    text = PROGRAM + f"proofs: [{', '.join(proofs)}]\n".encode()
    apply_program(house.db, issuer=None, definition=read_program(text), actor="t", now=NOW)


def awarded(house: House, count: int = 1, first: int = 1) -> list[UUID]:
    requests = [house.request(number) for number in range(first, first + count)]
    return [one.id for one in issue(house.db, house.keyring, requests=requests, **by(house)).new]


def document_of(house: House, credential_id: UUID) -> dict[str, Any]:
    found = rendering(house.db, credential_id, "json")
    assert found is not None
    return dict(json.loads(found.body))


def verified(house: House, credential_id: UUID) -> list[str]:
    """The cryptosuites of its proofs, each verified with what the issuer publishes."""
    document = document_of(house, credential_id)
    methods = {one["id"]: one for one in issuer_did_document(house.db)["verificationMethod"]}
    for proof in document["proof"]:
        data_integrity.verify_proof(document, proof, verification_method_key(methods[proof["verificationMethod"]]))
    return [proof["cryptosuite"] for proof in document["proof"]]


def active(house: House) -> list[tuple[Use, KeyType, bool]]:
    return [(key.use, key.type, key.further) for key in list_keys(house.db) if key.state is KeyState.ACTIVE]


def test_a_further_key_is_published_rotated_and_retired_like_the_others(house: House) -> None:
    first = added(house, KeyType.P256)
    assert first.retired is None
    assert active(house)[2:] == [(Use.DATA_INTEGRITY, KeyType.P256, True)]
    with pytest.raises(TransitionRefused, match=r"replace it, with `guildmark keys rotate --further P-256`"):
        added(house, KeyType.P256)
    with pytest.raises(TransitionRefused, match=r"`guildmark keys add P-384` makes one"):
        added(house, KeyType.P384, replace=True)
    second = added(house, KeyType.P256, replace=True)
    assert second.retired is not None
    assert second.retired.fragment == first.new.fragment
    added(house, KeyType.P384)

    published = issuer_did_document(house.db)
    assert len(published["assertionMethod"]) == 5
    named = {key["kid"]: key["alg"] for key in key_set(published)["keys"]}
    assert named[first.new.verification_method] == named[second.new.verification_method] == "ES256"
    assert sorted(named.values()) == ["ES256", "ES256", "ES384", "EdDSA", "RS256"]

    with pytest.raises(TransitionRefused, match="retire it first"):
        mark(house, second.new)
    gone = retire_key(house.db, issuer=None, fragment=second.new.fragment, actor="t", now=NOW)
    assert gone.state is KeyState.RETIRED
    assert len(issuer_did_document(house.db)["assertionMethod"]) == 5
    assert mark(house, second.new).state is KeyState.COMPROMISED


def mark(house: House, key: SigningKey) -> SigningKey:
    return mark_compromised(house.db, issuer=None, fragment=key.fragment, reason="lost", actor="t", now=NOW)


def test_the_main_key_is_only_rotated_and_not_doubled(house: House) -> None:
    main = list_keys(house.db)[0]
    with pytest.raises(TransitionRefused, match="is the main one: rotate"):
        retire_key(house.db, issuer=None, fragment=main.fragment, actor="t", now=NOW)
    with pytest.raises(TransitionRefused, match="is of the type Ed25519 already"):
        added(house, KeyType.ED25519)
    added(house, KeyType.P256)
    rotate(house.db, house.keyring, use=Use.DATA_INTEGRITY, **by(house))
    assert (Use.DATA_INTEGRITY, KeyType.P256, True) in active(house), "rotating the main key leaves the others"


def test_a_program_asks_only_for_proofs_that_a_key_makes(house: House) -> None:
    with pytest.raises(ProgramRefused, match=r"(?s)no key for ecdsa-rdfc-2019.*guildmark keys add P-256"):
        asking(house, "ecdsa-rdfc-2019")
    with pytest.raises(ProgramRefused, match="is no cryptosuite; known are: eddsa-rdfc-2022"):
        asking(house, "rsa-2048")
    with pytest.raises(ProgramRefused, match="stands here twice"):
        asking(house, "eddsa-rdfc-2022", "eddsa-rdfc-2022")
    key = added(house, KeyType.P256).new
    asking(house, "ecdsa-rdfc-2019", "ecdsa-sd-2023")
    program = load_catalogue(house.db).programs["cloud"]
    assert settings_document(program.settings)["proofs"] == ["ecdsa-rdfc-2019", "ecdsa-sd-2023"]
    with pytest.raises(TransitionRefused, match="these programs ask for: cloud"):
        retire_key(house.db, issuer=None, fragment=key.fragment, actor="t", now=NOW)
    assert key.fragment in [one.fragment for one in list_keys(house.db) if one.state is KeyState.ACTIVE]


@pytest.mark.parametrize(
    ("key_type", "proofs", "expected"),
    [
        (KeyType.P256, ["ecdsa-rdfc-2019"], ["ecdsa-rdfc-2019"]),
        (KeyType.P384, ["ecdsa-jcs-2019"], ["ecdsa-jcs-2019"]),
        (KeyType.P256, ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"], ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"]),
        (KeyType.P384, ["ecdsa-rdfc-2019", "eddsa-jcs-2022"], ["ecdsa-rdfc-2019", "eddsa-jcs-2022"]),
        (KeyType.P256, ["ecdsa-sd-2023"], ["eddsa-rdfc-2022"]),
    ],
)
def test_awards_carry_what_their_program_asks_for(
    house: House, key_type: KeyType, proofs: list[str], expected: list[str]
) -> None:
    added(house, key_type)
    asking(house, *proofs)
    (one,) = awarded(house)
    assert verified(house, one) == expected
    assert examine(house.db, now=NOW).sound


@pytest.mark.parametrize("main", [KeyType.P256, KeyType.P384])
def test_an_issuer_may_sign_everything_with_ecdsa(house: House, main: KeyType) -> None:
    rotate(house.db, house.keyring, use=Use.DATA_INTEGRITY, key_type=main, **by(house))
    rotate(house.db, house.keyring, use=Use.JWT, key_type=main, **by(house))
    ids = awarded(house, 2)
    assert verified(house, ids[0]) == ["ecdsa-rdfc-2019"]
    change_many(
        house.db, house.keyring, credential_ids=ids[:1], change=Change.REVOKED, reason="wrong", actor="t", now=NOW
    )
    with house.db.read() as session:
        (body,) = [row.body for row in session.query(StatusListRow) if row.body]
    published = json.loads(body)
    (proof,) = published["proof"]
    key = next(one for one in list_keys(house.db) if one.verification_method == proof["verificationMethod"])
    assert (key.type, proof["cryptosuite"]) == (main, "ecdsa-rdfc-2019")
    data_integrity.verify_proof(published, proof, key.public_key)
    assert examine(house.db, now=NOW).sound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key_type", "proofs", "quick"),
    [
        (None, [], True),
        (KeyType.P256, ["ecdsa-rdfc-2019"], True),
        (KeyType.P384, ["ecdsa-rdfc-2019"], False),
        (KeyType.P256, ["ecdsa-jcs-2019"], False),
        (KeyType.P256, ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"], False),
    ],
)
def test_many_go_the_quick_road_only_where_it_says_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, key_type: KeyType | None, proofs: list[str], quick: bool
) -> None:
    if key_type is not None:
        added(house, key_type)
        asking(house, *proofs)
    slowly = []
    whole = own_output.verify_own_output

    def counted(signed: own_output.Signed, prepared: Any) -> None:
        slowly.extend([signed.credential_id] * (signed.format == "json"))
        whole(signed, prepared)

    monkeypatch.setattr(own_output, "verify_own_output", counted)
    ids = awarded(house, 40)
    assert (len(slowly) < 5) is quick
    for one in ids[::13]:
        assert verified(house, one) == (proofs or ["eddsa-rdfc-2022"])
    assert examine(house.db, now=NOW, sample=None).sound


def test_a_document_is_signed_by_the_cryptosuite_that_its_caller_names(house: House) -> None:
    def issued(cryptosuite: str | None) -> UUID:
        options = DocumentOptions(cryptosuite=cryptosuite)
        return issue_document(house.db, house.keyring, document=DOCUMENT, options=options, **by(house)).id

    with pytest.raises(NoFittingKey, match="no key for ecdsa-jcs-2019"):
        issued("ecdsa-jcs-2019")
    with house.db.read() as session:
        assert session.query(StatusListRow).count() == 0, "nothing was allocated"
    added(house, KeyType.P256)
    for name in ("ecdsa-jcs-2019", "ecdsa-rdfc-2019", "eddsa-jcs-2022", "eddsa-rdfc-2022"):
        assert verified(house, issued(name)) == [name]
    rotate(house.db, house.keyring, use=Use.DATA_INTEGRITY, key_type=KeyType.P384, **by(house))
    assert verified(house, issued(None)) == ["ecdsa-rdfc-2019"]
    with pytest.raises(NoFittingKey):
        issued("eddsa-rdfc-2022")


def test_what_is_reissued_carries_what_the_program_asks_for_then(house: House) -> None:
    (before,) = awarded(house)
    added(house, KeyType.P256)
    asking(house, "ecdsa-rdfc-2019")
    made: dict[str, Any] = {"actor": "t", "now": NOW, "randomness": house.randomness}
    corrections = Corrections(name="Ana Maria Núñez")
    outcome = reissue(house.db, house.keyring, credential_id=before, corrections=corrections, reason="misspelt", **made)
    after = outcome.successor_id
    assert after is not None
    assert verified(house, before) == ["eddsa-rdfc-2022"]
    assert verified(house, after) == ["ecdsa-rdfc-2019"]


def test_a_holder_shows_some_of_a_credential(house: House) -> None:
    key = added(house, KeyType.P256).new
    (before,) = awarded(house)
    made: dict[str, Any] = {"actor": "t", "now": NOW, "randomness": house.randomness}
    assert not is_offered(house.db, before)
    with pytest.raises(CopyRefused, match="does not name ecdsa-sd-2023 under “proofs”"):
        selective_copy(house.db, house.keyring, credential_id=before, **made)
    asking(house, "ecdsa-sd-2023")
    (one,) = awarded(house, first=2)
    base = json.loads(selective_copy(house.db, house.keyring, credential_id=one, **made).body)
    rendered = document_of(house, one)
    assert {**base, "proof": None} == {**rendered, "proof": None}
    assert base["proof"][0]["cryptosuite"] == "ecdsa-sd-2023"

    parts = choosable(rendered)
    assert parts == ("/credentialSubject/identifier/0", "/credentialSubject/identifier/1")
    shown = ecdsa_sd_2023.derive(base, [parts[0]])
    data_integrity.verify_proof(shown, shown["proof"][0], key.public_key)
    assert [who["identityType"] for who in shown["credentialSubject"]["identifier"]] == ["name"]
    assert shown["credentialStatus"] == rendered["credentialStatus"]
    assert "identifier" not in ecdsa_sd_2023.derive(base, [])["credentialSubject"]

    change_many(
        house.db, house.keyring, credential_ids=[one], change=Change.REVOKED, reason="wrong", actor="t", now=NOW
    )
    with pytest.raises(CopyRefused, match="revoked"):
        selective_copy(house.db, house.keyring, credential_id=one, **made)


def test_the_caller_of_a_document_says_what_must_be_shown(house: House) -> None:
    added(house, KeyType.P256)
    made: dict[str, Any] = {"actor": "t", "now": NOW, "randomness": house.randomness}
    options = DocumentOptions(cryptosuite="ecdsa-sd-2023", mandatory=("/issuer", "/credentialSubject/name"))
    issued = issue_document(house.db, house.keyring, issuer=None, document=DOCUMENT, options=options, **made)
    assert verified(house, issued.id) == ["eddsa-rdfc-2022"], "what everybody may fetch has no base proof"
    base = json.loads(selective_copy(house.db, house.keyring, credential_id=issued.id, **made).body)
    shown = ecdsa_sd_2023.derive(base, [])
    assert shown["credentialSubject"] == DOCUMENT["credentialSubject"]
    assert "name" not in shown
