"""ecdsa-sd-2023: proofs from which the holder reveals only what he chooses (VC-DI-ECDSA 1.0, section 3.4).

`ecdsa_sd_2023` has the three verbs: sign a base proof, derive from it, verify what was derived. `pointers` selects
parts of a document, `skolem` gives its nodes names that survive selection, `statements` canonicalizes and groups, and
`proof_values` writes and reads the values.
"""
