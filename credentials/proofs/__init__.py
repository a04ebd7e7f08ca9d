"""Securing mechanisms, sign and verify halves side by side."""
