"""People and groups as a company's directory tells of them over SCIM 2.0 (RFC 7643, RFC 7644); no HTTP here."""
