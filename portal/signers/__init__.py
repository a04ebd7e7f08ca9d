"""Keys that somebody else holds: tokens (PKCS #11), Vault or OpenBao, and the key services of AWS and Google."""
