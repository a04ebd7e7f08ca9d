"""Who is signed in: sessions, identities at a provider, one-time links, roles. HTTP is the portal's."""
