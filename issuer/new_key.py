"""A key that is to sign soon: made in a file, or asked of whoever holds it. Nothing of the database."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from issuer import key_words
from issuer.errors import KeyDoesNotFit, TransitionRefused
from issuer.key_uses import DEFAULT_TYPES, IN_A_FILE, Use, check_fit
from keys.did import key_fragment
from keys.keyring import Keyring
from keys.public_key import KeyType, PublicKey


class Replaced(NamedTuple):
    """The key whose place is taken."""

    fragment: str
    key_uri: str


def new_key(
    keyring: Keyring,
    slug: str,
    use: Use,
    kind: KeyType | None,
    held_at: str | None,
    before: Replaced | None,
    fragments: Collection[str],
    randomness: Callable[[int], bytes],
) -> tuple[str, PublicKey]:
    """The URI and the public half. `kind` is what it must be (None: whatever fits); `fragments` are taken already.

    Raises KeyDoesNotFit, TransitionRefused, and what the keyring raises.
    """
    if kind is not None:
        check_fit(kind, use)
    if held_at in (None, IN_A_FILE):
        if held_at is None and before is not None and not before.key_uri.startswith(IN_A_FILE):
            raise TransitionRefused(key_words.held_elsewhere(before.fragment, before.key_uri))
        uri, signer = keyring.create(f"{slug}-{use}-{randomness(5).hex()}", kind or DEFAULT_TYPES[use])
        return uri, signer.public_key
    uri, signer = keyring.adopt(held_at or "")
    found = signer.public_key
    check_fit(found.type, use)
    if kind is not None and kind is not found.type:
        raise KeyDoesNotFit(key_words.of_another_type(uri, found.type, kind))
    if key_fragment(found) in fragments:
        raise TransitionRefused(key_words.signed_already(uri, key_fragment(found)))
    return uri, found
