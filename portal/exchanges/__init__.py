"""Credentials that a holder's wallet fetches by itself (VC API exchange), as the Learner Credential Wallet does."""
