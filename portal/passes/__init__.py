"""Passes in the wallets of phones: the holder's button, Apple's web service, and telling both wallets of changes."""
