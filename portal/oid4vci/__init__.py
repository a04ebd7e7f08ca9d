"""OpenID4VCI 1.0: an issuer that wallets talk to. Its words are in `wallet_export`, its rows in `issuer.offers`.

`metadata` says what there is, `offered` gives offers to wallets, `tokens` takes their codes, `credentials` delivers,
and `own_offers` are the holder's pages.
"""
