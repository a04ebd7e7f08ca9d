"""`guildmark conformance`, as the W3C's suite for VC-JOSE-COSE calls it: a file, a key, a feature, a result."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from typer.testing import CliRunner

from credentials.contexts import CREDENTIALS_V2
from credentials.proofs import compact_jws, cose
from keys import base64url, did, jwk, multibase, multikey
from keys.algorithms import KeyType
from keys.errors import KeysError
from keys.secret_keys import signer_of
from keys.signer import LocalSigner, generate_private_key
from portal.cli.application import app
from portal.enveloping import Feature

EXAMPLES = Path(__file__).parents[3] / "shared" / "vectors" / "vc-jose-cose" / "spec-examples"
ID = "https://example.issuer/vc-jose-cose#key-1"
CREDENTIAL: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, "https://www.w3.org/ns/credentials/examples/v2"],
    "type": ["VerifiableCredential", "IdentityCredential"],
    "issuer": "https://example.issuer/vc-jose-cose",
    "validFrom": "2024-01-01T00:00:00Z",
    "unknownExtension": {"huh": "what?"},
    "credentialSubject": {
        "id": "did:example:ada",
        "firstName": "Jane",
        "phoneNumbers": [{"number": "1"}, {"number": "2"}],
    },
}
PRESENTATION: dict[str, Any] = {
    "@context": [CREDENTIALS_V2],
    "type": ["VerifiablePresentation"],
    "holder": "https://example.issuer/vc-jose-cose",
    "verifiableCredential": [
        {
            "@context": CREDENTIALS_V2,
            "type": "EnvelopedVerifiableCredential",
            "id": "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJkaWQ6ZXhhbXBsZToxMjMifQ.AAAA",
        }
    ],
}


def document_of(feature: Feature) -> dict[str, Any]:
    return CREDENTIAL if feature.short == "vc" else PRESENTATION


def secret_jwk(private: Any) -> dict[str, str]:
    public = jwk.to_jwk(LocalSigner(private).public_key)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return {**public, "d": base64url.encode(private.private_bytes_raw())}
    size = (private.curve.key_size + 7) // 8
    return {**public, "d": base64url.encode(private.private_numbers().private_value.to_bytes(size, "big"))}


def methods(key_type: KeyType) -> dict[str, dict[str, Any]]:
    """One key in the ways in which suites hand it over."""
    private = generate_private_key(key_type)
    secret = secret_jwk(private)
    public = jwk.to_jwk(LocalSigner(private).public_key)
    prefix = {KeyType.ED25519: b"\x80\x26", KeyType.P256: b"\x86\x26", KeyType.P384: b"\x87\x26"}[key_type]
    common = {"id": ID, "controller": ID.partition("#")[0]}
    return {
        "secretKeyJwk": {**common, "type": "JsonWebKey", "publicKeyJwk": public, "secretKeyJwk": secret},
        "privateKeyJwk": {**common, "type": "JsonWebKey", "publicKeyJwk": public, "privateKeyJwk": secret},
        "Multikey": {
            **common,
            "type": "Multikey",
            "publicKeyMultibase": multikey.encode(LocalSigner(private).public_key),
            "secretKeyMultibase": multibase.encode(prefix + base64url.decode(secret["d"])),
        },
        "jwk": {**secret, "kid": "thumbprint"},
    }


class Bench:
    """A folder, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, what: str, given: Any, key: Any, feature: str, *more: str) -> dict[str, str]:
        for name, value in (("input", given), ("key", key)):
            data = (
                value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
            )
            (self.folder / name).write_bytes(data)
        files = [f"--{name}={self.folder / name}" for name in ("input", "key", "output")]
        done = CliRunner().invoke(app, ["conformance", what, *files, "--feature", feature, *more])
        answer: dict[str, str] = json.loads((self.folder / "output").read_text())
        assert done.exit_code == {"success": 0, "failure": 1, "indeterminate": 2}[answer["result"]], done.output
        return answer


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


P256 = methods(KeyType.P256)["secretKeyJwk"]


@pytest.mark.parametrize("feature", Feature)
@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.ED25519])
def test_what_is_issued_is_verified_with_the_same_key_and_with_no_other(
    bench: Bench, feature: Feature, key_type: KeyType
) -> None:
    for name, method in methods(key_type).items():
        issued = bench.run("issue", document_of(feature), method, feature)
        assert issued["result"] == "success", (name, issued)
        verified = bench.run("verify", issued["data"] + "\n", method, feature)
        assert verified["result"] == "success", (name, verified)
        assert json.loads(verified["data"]) == document_of(feature)
    assert bench.run("verify", issued["data"], methods(key_type)["jwk"], feature)["result"] == "failure"


@pytest.mark.parametrize(
    "paths",
    [
        ["credentialSubject.firstName", "credentialSubject.phoneNumbers[0]"],
        ["$.credentialSubject.firstName", "$.credentialSubject.phoneNumbers[0]"],
        ["/credentialSubject/firstName", "/credentialSubject/phoneNumbers/0"],
    ],
)
def test_paths_conceal(bench: Bench, paths: list[str]) -> None:
    issued = bench.run("issue", CREDENTIAL, P256, "credential_sdjwt", "--sd", json.dumps(paths))
    token, *disclosures, end = issued["data"].split("~")
    assert (len(disclosures), end) == (2, "")
    shown = bench.run("verify", f"{token}~{disclosures[0]}~", P256, "credential_sdjwt")
    subject = json.loads(shown["data"])["credentialSubject"]
    assert ("firstName" in subject, len(subject["phoneNumbers"])) in ((True, 1), (False, 2))
    for wrong in ('["nothing.here"]', '{"a": 1}', "["):
        assert bench.run("issue", CREDENTIAL, P256, "credential_sdjwt", "--sd", wrong)["result"] == "failure"


def signed(payload: dict[str, Any], **header: Any) -> str:
    given = {"typ": "vc+jwt", "cty": "vc", "kid": "73vo", **header}
    return compact_jws.sign(given, json.dumps(payload).encode(), signer_of(P256))


@pytest.mark.parametrize(
    ("given", "feature", "result"),
    [
        # a date of issuing in words, and a key by its thumbprint, as in the suite's own fixtures
        (
            signed({**CREDENTIAL, "iss": CREDENTIAL["issuer"], "iat": "2010-01-01T19:23:24Z"}),
            "credential_jose",
            "success",
        ),
        (signed({**CREDENTIAL, "iss": "https://other.example"}), "credential_jose", "failure"),
        (signed({**CREDENTIAL, "vc": "oops"}), "credential_jose", "failure"),
        (signed({**CREDENTIAL, "vp": "nooo"}), "credential_jose", "failure"),
        (signed(CREDENTIAL, kid="https://example.issuer/vc-jose-cose#key-2"), "credential_jose", "failure"),
        (signed(CREDENTIAL, typ="bad+typ"), "credential_jose", "failure"),
        (signed(CREDENTIAL, cty="bad+cty"), "credential_jose", "failure"),
        (signed(CREDENTIAL, alg="none"), "credential_jose", "failure"),
        (signed({**CREDENTIAL, "type": ["Other"]}), "credential_jose", "failure"),
        (json.dumps(CREDENTIAL), "credential_jose", "failure"),
        (json.dumps(PRESENTATION), "presentation_jose", "failure"),
        # a presentation that expired in 2024 is judged by its signature alone
        (signed({**PRESENTATION, "exp": 1734397450}, typ="vp+jwt", cty="vp"), "presentation_jose", "success"),
        (signed({**PRESENTATION, "vp": {}}, typ="vp+jwt", cty="vp"), "presentation_jose", "failure"),
        (signed(PRESENTATION, typ="vc+jwt", cty="vp"), "presentation_jose", "failure"),
        (
            signed({**PRESENTATION, "verifiableCredential": [CREDENTIAL]}, typ="vp+jwt", cty="vp"),
            "presentation_jose",
            "failure",
        ),
        (
            signed(
                {
                    **PRESENTATION,
                    "verifiableCredential": [{"type": "EnvelopedVerifiableCredential", "id": "not-a-credential"}],
                },
                typ="vp+jwt",
                cty="vp",
            ),
            "presentation_jose",
            "failure",
        ),
        ("x", "credential_cose", "failure"),
        ("é", "credential_sdjwt", "failure"),
    ],
)  # fmt: skip
def test_what_the_suite_asks(bench: Bench, given: str, feature: str, result: str) -> None:
    assert bench.run("verify", given, P256, feature)["result"] == result


def test_messages_come_in_base64_with_or_without_padding_or_as_bytes(bench: Bench) -> None:
    payload = json.dumps(CREDENTIAL).encode()
    message = cose.sign(payload, signer_of(P256), typ="vc+cose", content_type="vc", kid="73vo")
    text = base64.b64encode(message).decode()
    for good in (message, text, text.rstrip("="), f"data:application/vc+cose;base64,{text}"):
        assert bench.run("verify", good, P256, "credential_cose")["result"] == "success"
    for bad in (message.hex(), text[:-8], cbor2.dumps(CREDENTIAL)):
        assert bench.run("verify", bad, P256, "credential_cose")["result"] == "failure"


def test_a_curve_that_is_not_supported_is_neither_success_nor_failure(bench: Bench) -> None:
    private = ec.generate_private_key(ec.SECP521R1())
    numbers = private.public_key().public_numbers()
    secret = {"kty": "EC", "crv": "P-521", "d": base64url.encode(bytes(66))} | {
        name: base64url.encode(value.to_bytes(66, "big")) for name, value in (("x", numbers.x), ("y", numbers.y))
    }
    answer = bench.run("issue", CREDENTIAL, {"id": ID, "secretKeyJwk": secret}, "credential_jose")
    assert answer["result"] == "indeterminate"
    assert "P-521" in answer["data"]


@pytest.mark.parametrize(
    "method",
    [
        {}, {"secretKeyMultibase": "z1"}, {"secretKeyMultibase": "x"}, {"d": "AA", "kty": "EC", "crv": "P-256"},
        {**P256, "secretKeyJwk": {**P256["secretKeyJwk"], "d": "AQ"}},
        {**P256, "publicKeyJwk": methods(KeyType.P256)["jwk"]},
        {**P256, "secretKeyJwk": {**P256["secretKeyJwk"], "d": 7}},
    ],
)  # fmt: skip
def test_a_key_that_is_none_is_refused(bench: Bench, method: dict[str, Any]) -> None:
    with pytest.raises(KeysError):
        signer_of(method)
    assert bench.run("issue", CREDENTIAL, method, "credential_jose")["result"] != "success"


def test_did_jwk_is_what_the_key_says(bench: Bench) -> None:
    signer = signer_of(P256)
    name = did.did_jwk(signer.public_key)
    document = {**CREDENTIAL, "issuer": name}
    issued = bench.run("issue", document, {**P256, "id": f"{name}#0"}, "credential_jose")
    assert compact_jws.read(issued["data"], types=("vc+jwt",)).kid == f"{name}#0"


def examples() -> list[Path]:
    return sorted(EXAMPLES.glob("*.json"))


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the vectors of ../shared are not there")
def test_the_examples_of_the_standard_are_secured_in_every_way(bench: Bench) -> None:
    """Those of its credentials that conform; each is signed and verified again as JWT, SD-JWT and COSE."""
    tried = 0
    for path in examples():
        document = json.loads(path.read_text())
        types = document.get("type") or []
        names = types if isinstance(types, list) else [types]
        if "VerifiableCredential" not in names or "proof" in document:
            continue
        for kind in ("jose", "sdjwt", "cose"):
            issued = bench.run("issue", document, P256, f"credential_{kind}")
            assert issued["result"] == "success", (path.name, issued["data"])
            assert bench.run("verify", issued["data"], P256, f"credential_{kind}")["result"] == "success", path.name
            tried += 1
    assert tried >= 9
