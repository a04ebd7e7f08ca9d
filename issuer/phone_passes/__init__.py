"""Passes in the wallets of phones: which there are (`passes`), what they follow (`changes`), who holds them
(`devices`), and who is still to be told that one changed (`telling`).

A pass holds nothing of its own: what it says and when that changed follows from its credential, and a renewal or a
correction takes the pass along to the successor.
"""
