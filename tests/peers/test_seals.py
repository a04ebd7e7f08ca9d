"""A seal for Europass, verified by `jose`: JWS in the general JSON serialization, its payload not encoded."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime

from tests.peers.process import FOLDER, Peer
from tests.wallet_export.seals import PASSWORD, made_seal
from wallet_export.jades import read_seal, sealed

SCRIPT = """
import {generalVerify, importX509, decodeProtectedHeader} from 'jose';
let text = ''; for await (const part of process.stdin) text += part;
const whole = JSON.parse(text), header = decodeProtectedHeader(whole.signatures[0]);
const key = await importX509(`-----BEGIN CERTIFICATE-----\\n${header.x5c[0]}\\n-----END CERTIFICATE-----`, header.alg);
try {
  const done = await generalVerify(whole, key, {crit: {sigT: true}});
  console.log(new TextDecoder().decode(done.payload));
}
catch (error) { console.log(error.code); }
"""


def said_of(whole: str) -> str:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT], cwd=FOLDER, input=whole, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def test_jose_verifies_a_seal_and_nothing_changed(peer: Peer) -> None:
    payload = '{"says":"Grüße"}'
    seal = read_seal(made_seal().pkcs12, PASSWORD)
    whole = json.loads(sealed(payload.encode(), seal, datetime(2026, 11, 23, tzinfo=UTC)))
    assert said_of(json.dumps(whole)) == payload
    whole["payload"] = payload.replace("ü", "u")
    assert said_of(json.dumps(whole)) == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
