"""One signer per type of key, made once: RSA keys take their time."""

from __future__ import annotations

import pytest

from keys.public_key import KeyType
from keys.signer import LocalSigner, generate

SIGNERS = {key_type: generate(key_type) for key_type in KeyType}


@pytest.fixture(params=list(KeyType))
def signer(request: pytest.FixtureRequest) -> LocalSigner:
    """Runs the test once for every type of key."""
    return SIGNERS[request.param]
