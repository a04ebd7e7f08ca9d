"""The authorization server: applications that act for a person with his consent (OAuth 2.0, PKCE)."""
