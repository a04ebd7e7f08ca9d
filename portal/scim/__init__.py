"""SCIM 2.0 (RFC 7643, RFC 7644): a company's directory tells who joins, moves and leaves."""
