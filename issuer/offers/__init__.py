"""Offers of credentials to wallets: made, redeemed once for an access token, and what is done with that.

`offers` makes them, `redeeming` is the one step from a code to a token, `grants` finds tokens, `nonces` has what is
good once, `issuances` what was asked for with a token, and `request_keys` the keys that requests are encrypted to.
"""
