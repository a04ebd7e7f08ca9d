"""Functions that are named as parsers are, and why no target leads to them: `test_registry.py` holds them to it."""

from __future__ import annotations

_OURS = "what it is given, this program made itself"
_INNER = "a step of a parser that is a target"
_BEFORE = "a door in front of a parser that is a target"

NOT_PARSERS = {
    "credentials.contexts:load": "looks a context up among those of the package",
    "credentials.contexts:load_as_the_validator": "looks a context up among those of the package",
    "credentials.encoded_list:EncodedList.of": _OURS,
    "credentials.list_form:ListForm.of": _OURS,
    "credentials.model.context_rules:open_badges_contexts": _INNER,
    "credentials.model.node:Node.from_json": _INNER,
    "issuer.signing:Signings.of": _OURS,
    "issuer.yaml_model:read_image": "reads a file of the operator's, whose bytes are judged as pictures are",
    "keys.keyring:Keyring.unseal": _BEFORE,
    "keys.public_key:PublicKey.of": "takes an object of the library of cryptography, not bytes",
    "keys.unlock:KeyEncryptionKey.from_text": "the operator's own key, by base64url, which is a target",
    "portal.backups.postgres_programs:load": "PostgreSQL's own program reads that file",
    "portal.language.wanted:wanted": "by `portal.negotiation:ranked`, which is a target",
    "portal.lti.tool:Tool.read": _BEFORE,
    "portal.pages.rendering:Site.at": _OURS,
    "portal.sign_in.letting_in:open_id_token": _OURS,
    "portal.verifying.desk:Desk.judge": _BEFORE,
    "verifier.__main__:judged": _BEFORE,
    "verifier.__main__:parser": "argparse's",
    "wallet_export.oid4vci_metadata:Endpoints.at": _OURS,
    "wallet_export.phone_pass:readable_ground": "a colour of the operator's own look, which its settings have judged",
    "wallet_export.png_chunks:ChunkStart.of": _OURS,
}
NO_BYTES = {
    "Phone passes": "names in addresses and tokens compared; JSON by `portal.bodies:parse_object`, which is a target",
    "Mail going out": "nothing comes back",
    "Database": "rows, not bytes; the audit chain is checked elsewhere",
}
"""Entry points of the threat model through which nothing comes that a parser of ours reads."""
