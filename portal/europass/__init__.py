"""Badges for Europass."""
