"""What the portal shows to somebody of himself: certifications, credentials and who sees them, proposals, calendar."""
