"""Applications that act for a person: who they are, what he allowed them, and how he ends it (OAuth 2.0)."""
