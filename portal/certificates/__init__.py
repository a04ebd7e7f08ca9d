"""Certificates: a credential on paper, with the signed credential attached (docs/adr/0037)."""
