"""Who judges what: the files of tests that `make conformance` runs, by standard, and what is known of public suites."""

from __future__ import annotations

from dataclasses import dataclass

from tests.conformance.clauses import BITSTRING, DATA_INTEGRITY, DI_ECDSA, DI_EDDSA, JOSE_COSE, VCDM_2

RDFC = "RDF Dataset Canonicalization 1.0"
JCS = "JSON Canonicalization Scheme (RFC 8785)"
CID = "Controlled Identifiers 1.0"
VCDM_1 = "Verifiable Credentials Data Model 1.1"
OPEN_BADGES = "Open Badges 3.0"
PEERS = "Peers, in both directions"
STATEMENTS = "statements of the standard, over HTTP"


@dataclass(frozen=True)
class Judge:
    """A file of tests (or tests in it whose names contain a word) and what it stands for."""

    path: str
    standard: str
    what: str
    named: str = ""


JUDGES = (
    Judge("tests/credentials/test_rdfc.py", RDFC, "rdf-canon: canonical forms, SHA-384 and the poison graph too", "c]"),
    Judge("tests/credentials/test_rdfc.py", RDFC, "rdf-canon: maps of identifiers", "m]"),
    Judge("tests/credentials/test_rdfc.py", RDFC, "a second implementation, and bounds"),
    Judge("tests/conformance/data_vectors.py", JCS, "vectors of RFC 8785", "test_jcs"),
    Judge("tests/conformance/data_vectors.py", VCDM_2, "what the server issues against the JSON schema", "vcdm"),
    Judge("tests/conformance/data_vectors.py", OPEN_BADGES, "what the server issues against the JSON schema", "badge"),
    Judge("tests/credentials/test_model_schema.py", OPEN_BADGES, "our model against 1EdTech’s JSON schemas"),
    Judge("tests/credentials/test_model_documents.py", OPEN_BADGES, "examples of the standard, and what is wrong"),
    Judge("tests/verifier/test_vectors.py", OPEN_BADGES, "signed examples of the standard and its guide"),
    Judge("tests/keys/test_vectors.py", DI_EDDSA, "keys and signatures of the vectors", "ed25519"),
    Judge("tests/keys/test_vectors.py", DI_ECDSA, "keys and signatures of the vectors"),
    Judge("tests/credentials/test_data_integrity.py", DI_EDDSA, "eddsa-rdfc-2022 by the vectors, and its refusals"),
    Judge("tests/credentials/test_cryptosuites.py", DI_ECDSA, "vectors of vc-di-ecdsa", "ecdsa"),
    Judge("tests/credentials/test_cryptosuites.py", DI_EDDSA, "vectors of vc-di-eddsa, sets and chains of proofs"),
    Judge("tests/verifier/test_cryptosuites.py", DATA_INTEGRITY, "sets, chains and old proofs, by the whole verifier"),
    Judge("tests/credentials/test_selective.py", DI_ECDSA, "vectors of ecdsa-sd-2023"),
    Judge("tests/credentials/test_status_list.py", BITSTRING, "examples of the standard, and what is wrong"),
    Judge("tests/credentials/test_encoded_list.py", BITSTRING, "the encoded list, bounded"),
    Judge("tests/keys/test_did_document.py", CID, "examples of the standard, and our own documents"),
    Judge("tests/keys/test_jwk.py", CID, "JSON Web Keys of the standard’s examples"),
    Judge("tests/keys/test_multikey.py", CID, "Multikeys of the standard’s examples"),
    Judge("tests/credentials/test_jose.py", JOSE_COSE, "tokens, and what is wrong with them"),
    Judge("tests/credentials/test_sd_jwt.py", JOSE_COSE, "SD-JWT, with the library `sd-jwt` in both directions"),
    Judge("tests/credentials/test_cose.py", JOSE_COSE, "COSE_Sign1"),
    Judge("tests/verifier/test_enveloped.py", JOSE_COSE, "envelopes of credentials, by the whole verifier"),
    Judge("tests/verifier/test_enveloped_presentation.py", JOSE_COSE, "envelopes of presentations"),
    Judge("tests/verifier/test_sd_jwt_vc.py", JOSE_COSE, "SD-JWT VC, with status and key binding"),
    Judge("tests/verifier/test_resources.py", VCDM_2, "related resources and their digests"),
    Judge("tests/verifier/test_self_asserted.py", VCDM_2, "what holders say of themselves"),
    Judge("tests/verifier/test_version_1_1.py", VCDM_1, "credentials of version 1.1, read"),
    Judge("tests/verifier/test_status_purposes.py", BITSTRING, "purposes and values, by the whole verifier"),
    Judge("tests/credentials/test_status_values.py", BITSTRING, "values of several bits"),
    Judge("tests/verifier/test_older_status.py", OPEN_BADGES, "StatusList2021 and 1EdTechRevocationList, read"),
    Judge("tests/credentials/test_revocation_list.py", OPEN_BADGES, "1EdTechRevocationList"),
    Judge("tests/credentials/test_equality.py", OPEN_BADGES, "equality and comparison"),
    Judge("tests/verifier/test_older.py", OPEN_BADGES, "Open Badges 2.0, recognized and read"),
    Judge("tests/conformance/data_model_musts.py", VCDM_2, STATEMENTS),
    Judge("tests/conformance/presentation_musts.py", VCDM_2, STATEMENTS),
    Judge("tests/conformance/proof_musts.py", DATA_INTEGRITY, STATEMENTS),
    Judge("tests/conformance/selective_musts.py", DI_ECDSA, STATEMENTS),
    Judge("tests/conformance/status_musts.py", BITSTRING, STATEMENTS),
    Judge("tests/conformance/envelope_musts.py", JOSE_COSE, STATEMENTS),
    Judge("tests/conformance/peers_over_http.py", PEERS, "digitalbazaar, jose, openbadgeslib and the server"),
    Judge("tests/peers/test_openbadgeslib.py", PEERS, "openbadgeslib: badges and tokens"),
    Judge("tests/peers/test_verifier_core.py", PEERS, "@digitalcredentials/verifier-core (verifies only)"),
    Judge("tests/peers/test_cryptosuites.py", PEERS, "digitalbazaar: every cryptosuite"),
    Judge("tests/peers/test_embedded_proofs.py", PEERS, "digitalbazaar: badges"),
    Judge("tests/peers/test_status_lists.py", PEERS, "digitalbazaar: status lists"),
    Judge("tests/peers/test_tokens.py", PEERS, "jose: tokens"),
    Judge("tests/peers/test_envelopes.py", PEERS, "@sd-jwt/core, @auth0/cose and others: envelopes"),
    Judge("tests/peers/test_canonical_form.py", PEERS, "digitalbazaar: canonical forms"),
    Judge("tests/peers/test_the_peers_themselves.py", PEERS, "the peers against the standards’ vectors"),
)  # fmt: skip


@dataclass(frozen=True)
class Contradiction:
    """A test of a public suite that the standard's current text does not support, as was seen by running it."""

    suite: str
    test: str
    clause: str
    why: str


CONTRADICTIONS = (
    Contradiction(
        "w3c/vc-data-model-2.0-test-suite",
        "relatedResource with “valid” digests must be accepted",
        "VCDM 2.0, 5.3: a digest that does not match the resource MUST be an error",
        "The digests are of a draft of the v2 context of July 2024, not of the bytes of the recommendation. A verifier "
        "that compares them refuses that credential.",
    ),
    Contradiction(
        "w3c/vc-data-model-2.0-test-suite",
        "an enveloped presentation whose token has a claim vp must be accepted",
        "VC-JOSE-COSE, 3.1.2: the claims vc and vp MUST NOT be present",
        "The suite’s fixture is of the time of VCDM 1.1.",
    ),
    Contradiction(
        "w3c/vc-jose-cose-test-suite",
        "tokens with iat as a text must be accepted",
        "RFC 7519, 4.1.6: iat MUST be a number",
        "The fixtures carry an ISO date and time.",
    ),
    Contradiction(
        "w3c/vc-jose-cose-test-suite",
        "a presentation must be accepted that ended in 2024",
        "RFC 7519, 4.1.4: a token MUST NOT be accepted after exp",
        "The fixture’s exp is over.",
    ),
    Contradiction(
        "Data Integrity 1.0, 4.4 “verify proof sets”",
        "taken literally, a set never fails",
        "Data Integrity 1.0, 2.1.1",
        "A set with one bad proof is refused here.",
    ),
)
