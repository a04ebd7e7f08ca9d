"""Holders who present: presentations with a proof of their own, signed here and not by the server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from credentials import contexts
from credentials.instants import format_instant
from credentials.prepared import written
from credentials.proofs import compact_jws
from credentials.proofs.data_integrity import SIGNING_ONCE
from keys import multibase, multikey
from keys.did import did_key
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.conformance.issuers import EXAMPLES_V2, REMOVED, V2

EXAMPLES = "https://www.w3.org/ns/credentials/examples"


def _load(url: str) -> Mapping[str, Any]:
    return {"@context": {"@vocab": f"{EXAMPLES}#"}} if url == EXAMPLES_V2 else contexts.load(url)


class Holder:
    """Somebody with a did:key."""

    def __init__(self, signer: LocalSigner | None = None) -> None:
        self.signer = signer or generate(KeyType.ED25519)
        self.did = did_key(self.signer.public_key)
        self.method = f"{self.did}#{multikey.encode(self.signer.public_key)}"

    def presentation(self, *credentials: Any, **changes: Any) -> dict[str, Any]:
        """Without a proof; a change to REMOVED leaves the member out."""
        whole = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": self.did, **changes}
        if credentials:
            whole["verifiableCredential"] = [*credentials]
        return {name: value for name, value in whole.items() if value is not REMOVED}

    def signed(self, presentation: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """With a proof by eddsa-rdfc-2022; the changes are members of the proof."""
        suite = SIGNING_ONCE["eddsa-rdfc-2022"]
        options = {
            "type": "DataIntegrityProof",
            "cryptosuite": suite.name,
            "created": format_instant(datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)),
            "verificationMethod": self.method,
            "proofPurpose": "authentication",
            **changes,
        }
        key = self.signer.public_key
        named = {**options, "@context": presentation["@context"]}
        value = multibase.encode(self.signer.sign(suite.hash_data(presentation, named, key, _load)))
        return {**presentation, "proof": {**options, "proofValue": value}}

    def token(self, payload: Mapping[str, Any], *, typ: str, **header: Any) -> str:
        """A compact JWS over any JSON object."""
        return compact_jws.sign({"typ": typ, "kid": self.method, **header}, written(dict(payload)), self.signer)
