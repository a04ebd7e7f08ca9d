"""Asking wallets for a badge (OpenID4VP 1.0): the pages for whoever asks, and the addresses that wallets use."""
