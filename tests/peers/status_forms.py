"""What judges make of each way to write `credentialStatus`; the table of ADR 0005 is what this prints.

npm install --prefix /tmp/judges @digitalcredentials/verifier-core@1.0.0-beta.11
python -m tests.peers.status_forms /tmp/judges
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError

from credentials import contexts
from credentials.instants import format_instant
from credentials.proofs import data_integrity
from credentials.proofs.rdfc_suites import EDDSA_RDFC_2022
from credentials.status_list import Bitstring, status_entry
from keys import multibase
from tests.conftest import vectors
from tests.credentials.badges import ISSUER, LIST_URL, badge
from tests.peers.company import LENGTH, SUSPENSION_LIST_URL, Company, Internet
from tests.peers.process import Peer, install

INDEX = 4711
MESSAGE_URL = "https://badges.example/status-lists/3"
SCHEMA_URL = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
WORDS = ("in use", "lent", "lost", "undefined")

REVOCATION = status_entry(list_url=LIST_URL, index=INDEX, purpose="revocation")
SUSPENSION = status_entry(list_url=SUSPENSION_LIST_URL, index=INDEX, purpose="suspension")
MESSAGE = status_entry(list_url=MESSAGE_URL, index=INDEX, purpose="message", messages=WORDS)
ONE_BIT = status_entry(list_url=MESSAGE_URL, index=2 * INDEX, purpose="message", messages=WORDS[:2])
FORMS: Mapping[str, Any] = {
    "one object": REVOCATION,
    "array of one": [REVOCATION],
    "array of two": [REVOCATION, SUSPENSION],
    "array of two, suspension first": [SUSPENSION, REVOCATION],
    "revocation and a message of one bit": [REVOCATION, ONE_BIT],
    "revocation and a message of two bits": [REVOCATION, MESSAGE],
}
STATES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "nothing set": ((), ()),
    "revoked": ((INDEX,), ()),
    "suspended": ((), (INDEX,)),
}


def main(folder: Path | None) -> None:
    """Print the table; without a folder of verifier-core its columns are left out."""
    install()
    company = Company()
    for state, (revoked, suspended) in STATES.items():
        say(f"\n## {state}")
        internet = with_messages(company, company.internet(revoked=revoked, suspended=suspended))
        signed = {name: as_it_is(company, one) for name, one in badges()}
        asked = by_verifier_core(folder, internet, signed) if folder is not None else {}
        with Peer() as peer:
            for name, credential in signed.items():
                say(f"\n{name}")
                say(f"  guildmark              {internet.our_verdict(credential).status}")
                say(f"  digitalbazaar          {by_digitalbazaar(peer, credential, internet)}")
                for question, answer in asked.get(name, {}).items():
                    say(f"  verifier-core {question:8} {answer}")
                say(f"  openbadgeslib          {by_openbadgeslib(credential, internet)}")


def say(line: str) -> None:
    """To whoever asked."""
    sys.stdout.write(line + "\n")


def badges() -> Iterator[tuple[str, dict[str, Any]]]:
    """The badge with each form of its status."""
    for name, status in FORMS.items():
        yield name, badge(credentialStatus=status)


def as_it_is(company: Company, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a proof, without the rules of issuing, which refuse the array of one."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": format_instant(datetime.now(UTC)),
        "verificationMethod": company.method(company.proof_key),
        "proofPurpose": "assertionMethod",
    }
    secured = data_integrity.secured_by(document, options)
    data = EDDSA_RDFC_2022.hash_data(secured, options, company.proof_key.public_key, contexts.load, None)
    return {**document, "proof": [{**options, "proofValue": multibase.encode(company.proof_key.sign(data))}]}


def with_messages(company: Company, internet: Internet) -> Internet:
    """The internet with a list of messages too: number 4711 of two bits is 2, number 9422 of one bit is 1."""
    revoked = internet.pages[LIST_URL]
    unsigned = {
        **{name: value for name, value in revoked.items() if name != "proof"},
        "id": MESSAGE_URL,
        "credentialSubject": {
            **revoked["credentialSubject"],
            "id": f"{MESSAGE_URL}#list",
            "statusPurpose": "message",
            "encodedList": Bitstring.of_length(2 * LENGTH).with_values({INDEX: 2}, 2).encode(),
        },
    }
    return Internet({**internet.pages, MESSAGE_URL: company.signed(unsigned)})


def by_digitalbazaar(peer: Peer, credential: Mapping[str, Any], internet: Internet) -> str:
    """Of `vc` with `vc-bitstring-status-list`: whether it verifies, and what each entry says."""
    answer = peer.ask("verify-credential", credential=credential, documents=internet.documents())
    seen = ", ".join(f"{one['purpose']} {'set' if one['set'] else 'not set'}" for one in answer["status"])
    return f"{'verifies' if answer['verified'] else 'refuses'}; {seen or '; '.join(answer['errors'])[:160]}"


def by_verifier_core(folder: Path, internet: Internet, credentials: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Its answers by credential: signature, status, and the Open Badges schema (which it asks by ajv)."""
    schema = json.loads(vectors("ob3", "schema", "json", "achievementcredential.json").read_text())
    pages = {**internet.pages, SCHEMA_URL: schema}
    done = subprocess.run(
        ["node", str(Path(__file__).with_suffix(".mjs")), str(folder)],
        input=json.dumps({"pages": pages, "credentials": credentials}),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(json.loads(done.stdout))


def by_openbadgeslib(credential: Mapping[str, Any], internet: Internet) -> str:
    """Its verifier of embedded proofs, asked for the status too; it reads the lists' bits and not their proofs."""

    def download(url: str, *_: Any, **__: Any) -> bytes:
        return json.dumps(internet.pages[url]).encode()

    try:
        verifier = OB3LdpVerifier.for_issuer_did(ISSUER)
        verifier.verify(dict(credential), check_status=True, download=download, verify_status_list=False)
    except OB3VerificationError as error:
        return f"refuses: {error}"[:160]
    return "verifies"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
