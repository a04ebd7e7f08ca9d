"""Keys, signatures and the documents that publish keys: bytes only, no JSON-LD, no HTTP, no SQL."""
