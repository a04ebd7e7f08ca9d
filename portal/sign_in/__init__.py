"""Signing in to the portal: who is at the door, and what he may do. The records of it are `issuer.sign_in`."""
