"""Bitstring Status List 1.0: the entries that the issuer adds, the lists behind them, and verifying by them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from keys import base64url
from tests.conformance.clauses import BITSTRING, must
from tests.conformance.issuers import Issuer, accepted

LEAST_BITS = 131_072


def status_of(credential: dict[str, Any]) -> dict[str, Any]:
    status = credential["credentialStatus"]
    assert isinstance(status, dict)
    return status


def listed(issuer: Issuer, entry: dict[str, Any]) -> dict[str, Any]:
    answer = issuer.server.get(entry["statusListCredential"])
    assert answer.status == 200
    return answer.said  # type: ignore[no-any-return]


def bits_of(listed: dict[str, Any]) -> bytes:
    encoded = listed["credentialSubject"]["encodedList"]
    assert encoded[0] == "u"
    return gzip.decompress(base64url.decode(encoded[1:]))


@must(BITSTRING, "2.1", "an entry is a BitstringStatusListEntry: a purpose, an index as text, the URL of a list")
def test_the_entry(issuer: Issuer) -> None:
    entry = status_of(issuer.issued())
    assert entry["type"] == "BitstringStatusListEntry"
    assert entry["statusPurpose"] == "revocation"
    assert entry["statusListIndex"] == str(int(entry["statusListIndex"]))
    assert int(entry["statusListIndex"]) >= 0


@must(BITSTRING, "2.1", "an entry’s id MUST NOT be the URL of the list")
def test_the_id_of_an_entry(issuer: Issuer) -> None:
    entry = status_of(issuer.issued())
    assert entry["id"] != entry["statusListCredential"]


@must(BITSTRING, "2.2", "behind the URL lies a BitstringStatusListCredential that is itself verified")
def test_the_list(issuer: Issuer) -> None:
    found = listed(issuer, status_of(issuer.issued()))
    assert {"VerifiableCredential", "BitstringStatusListCredential"} <= set(found["type"])
    assert found["issuer"] == issuer.did
    assert accepted(issuer.verify(found))


@must(BITSTRING, "2.2", "its subject is a BitstringStatusList of the entry’s purpose")
@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_the_subject(issuer: Issuer, purpose: str) -> None:
    entry = status_of(issuer.issued(None, credentialStatus={"type": "BitstringStatusListEntry",
                                                            "statusPurpose": purpose}))  # fmt: skip
    assert entry["statusPurpose"] == purpose
    subject = listed(issuer, entry)["credentialSubject"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["statusPurpose"] == purpose


@must(BITSTRING, "3.3", "encodedList is multibase base64url of a GZIP of at least 131,072 bits")
def test_the_encoded_list(issuer: Issuer) -> None:
    bits = bits_of(listed(issuer, status_of(issuer.issued())))
    assert len(bits) * 8 >= LEAST_BITS


@must(BITSTRING, "3.2", "a credential whose bit is set is refused, and accepted again when it is cleared")
@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_setting_and_clearing(issuer: Issuer, purpose: str) -> None:
    wish = {"type": "BitstringStatusListEntry", "statusPurpose": purpose}
    issued, other = issuer.issued(None, credentialStatus=wish), issuer.issued(None, credentialStatus=wish)
    assert accepted(issuer.verify(issued))
    issuer.set_status(issued, True, purpose)
    answer = issuer.verify(issued)
    assert not accepted(answer)
    assert answer.said["verdict"] == {"revocation": "revoked", "suspension": "suspended"}[purpose]
    assert accepted(issuer.verify(other))
    issuer.set_status(issued, False, purpose)
    assert accepted(issuer.verify(issued))


@must(BITSTRING, "3.2", "the first index is the leftmost bit of the first byte")
def test_the_order_of_bits(issuer: Issuer) -> None:
    issued = issuer.issued()
    issuer.set_status(issued, True)
    entry = status_of(issued)
    index = int(entry["statusListIndex"])
    assert bits_of(listed(issuer, entry))[index // 8] >> (7 - index % 8) & 1


def own(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    """An entry that the caller brings, with one thing changed."""
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": f"{issuer.server.url}/vc-api/{issuer.name}/status-lists/revocation",
        **changes,
    }
    return issuer.credential(credentialStatus=entry)


@must(BITSTRING, "3.2", "an index outside the list is a RANGE_ERROR")
def test_an_index_outside(issuer: Issuer) -> None:
    answer = issuer.verify(issuer.issued(own(issuer, statusListIndex="999999999")))
    assert not accepted(answer)
    assert "RANGE_ERROR" in answer.problem_types


@must(BITSTRING, "3.2", "a list that cannot be had is a STATUS_RETRIEVAL_ERROR")
def test_a_list_that_is_not_there(issuer: Issuer) -> None:
    answer = issuer.verify(issuer.issued(own(issuer, statusListCredential="https://nowhere.invalid/list")))
    assert not accepted(answer)
    assert "STATUS_RETRIEVAL_ERROR" in answer.problem_types


@must(BITSTRING, "3.2", "a list of another purpose is a STATUS_VERIFICATION_ERROR")
def test_a_list_of_another_purpose(issuer: Issuer) -> None:
    answer = issuer.verify(issuer.issued(own(issuer, statusPurpose="suspension")))
    assert not accepted(answer)
    assert "STATUS_VERIFICATION_ERROR" in answer.problem_types


@must(BITSTRING, "3.2", "a list of another issuer is not believed")
def test_a_list_of_another_issuer(issuer: Issuer) -> None:
    url = f"{issuer.server.url}/vc-api/eddsa-jcs-2022/status-lists/revocation"
    answer = issuer.verify(issuer.issued(own(issuer, statusListCredential=url)))
    assert not accepted(answer)


@must(BITSTRING, "3", "a malformed entry is a MALFORMED_VALUE_ERROR, when it is signed or when it is verified")
@pytest.mark.parametrize(
    "changes",
    [
        {"statusListIndex": "-1"}, {"statusListIndex": "seven"}, {"statusListIndex": 7},
        {"statusPurpose": ["revocation"]}, {"statusListCredential": 7},
    ],
    ids=lambda changes: "-".join(map(str, *changes.items())),
)  # fmt: skip
def test_malformed_entries(issuer: Issuer, changes: dict[str, Any]) -> None:
    answer = issuer.issue(own(issuer, **changes))
    if answer.status == 201:
        answer = issuer.verify(answer.said["verifiableCredential"])
    assert answer.status == 400
    assert "MALFORMED_VALUE_ERROR" in answer.problem_types


@must(BITSTRING, "2.1", "a member that the standard does not know MUST NOT pass as a status")
def test_a_status_under_another_name(issuer: Issuer) -> None:
    entry = {"type": "BitstringStatusListEntry", "statusListIndex": True, "statusListCredential": "https://example.org"}
    assert issuer.issue({**issuer.credential(), "statusEntry": entry}).status == 400


@must(BITSTRING, "2.1", "an entry of several bits names each value; what it says invalidates nothing")
@pytest.mark.parametrize("value", [0, 1, 2, 3])
def test_messages(issuer: Issuer, value: int) -> None:
    wish = {"type": "BitstringStatusListEntry", "statusPurpose": "message"}
    issued = issuer.issued(None, credentialStatus=wish)
    entry = status_of(issued)
    words = {one["status"]: one["message"] for one in entry["statusMessage"]}
    assert entry["statusSize"] == 2
    assert sorted(words) == ["0x0", "0x1", "0x2", "0x3"]
    assert entry["statusReference"]
    issuer.set_status(issued, value, "message")
    answer = issuer.verify(issued)
    assert accepted(answer)
    (said,) = [one["sentence"] for one in answer.said["checks"] if one["check"] == "status"]
    assert f"“{words[hex(value)]}”" in said


@must(BITSTRING, "2.1", "a refresh says that there is a newer version, and does not invalidate this one")
def test_a_newer_version(issuer: Issuer) -> None:
    wish = {"type": "BitstringStatusListEntry", "statusPurpose": "refresh"}
    issued = issuer.issued(None, credentialStatus=wish)
    issuer.set_status(issued, True, "refresh")
    answer = issuer.verify(issued)
    assert accepted(answer)
    assert "newer version" in str(answer.said["checks"])


@must(BITSTRING, "2.1", "an entry of purpose message MUST have statusSize, and one message for each value")
def test_the_entry_of_a_message(issuer: Issuer) -> None:
    wish = {"type": "BitstringStatusListEntry", "statusPurpose": "message"}
    issued = issuer.issued(None, credentialStatus=wish)
    entry = status_of(issued)
    assert entry["statusSize"] > 1
    assert [one["status"] for one in entry["statusMessage"]] == [hex(n) for n in range(2 ** entry["statusSize"])]
    assert all(isinstance(one["message"], str) for one in entry["statusMessage"])
    assert "statusReference" in entry
    assert accepted(issuer.verify(issued))


@must(BITSTRING, "2.1", "statusSize MUST be above zero, and above one there MUST be a message for each value")
@pytest.mark.parametrize(
    "changes",
    [
        {"statusSize": 0}, {"statusSize": "2"}, {"statusSize": 2},
        {"statusSize": 2, "statusMessage": [{"status": "0x0", "message": "one of four"}]},
    ],
    ids=["zero", "text", "no messages", "one message of four"],
)  # fmt: skip
def test_malformed_sizes(issuer: Issuer, changes: dict[str, Any]) -> None:
    answer = issuer.issue(own(issuer, statusPurpose="message", **changes))
    if answer.status == 201:
        answer = issuer.verify(answer.said["verifiableCredential"])
    assert answer.status == 400
    assert "MALFORMED_VALUE_ERROR" in answer.problem_types
