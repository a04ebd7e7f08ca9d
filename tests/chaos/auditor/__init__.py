"""An auditor with its own SQL, JSON-LD library and Merkle tree. It imports nothing of ours."""
