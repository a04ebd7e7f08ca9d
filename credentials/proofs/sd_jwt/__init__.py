"""SD-JWT (RFC 9901): a token of which the holder shows only the claims that he chooses.

`issue`, `read`, `shown` and `verify` in `token`; `concealing` and `revealing` put digests in the place of claims and
claims in the place of digests; `key_binding` is the holder's own signature.
"""
