"""An image that many credentials are baked into: what comes before the credential and after it, found once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from wallet_export.credential_text import CredentialText

_LARGEST_KEPT = 512 * 1024
"""Bytes of an image whose halves are kept; the images of badges have some 80 kB, and larger ones are read anew."""
_MOST_KEPT = 32
"""Images that are kept: a bulk has one for each of its levels. With their keys they take 32 MiB at the very worst."""


class Halves(NamedTuple):
    """A sound image without a credential, cut where one belongs; `element` gives the parts that go there."""

    before: bytes
    after: bytes
    element: Callable[[CredentialText], tuple[bytes, ...]]

    def join(self, credential: CredentialText) -> bytes:
        """The image with the credential in it."""
        return b"".join((self.before, *self.element(credential), self.after))


def kept(cut: Callable[[bytes], Halves]) -> Callable[[bytes], Halves]:
    """`cut` with a memory of the images that it cut last. What it raises is not remembered."""
    remembered = lru_cache(maxsize=_MOST_KEPT)(cut)
    return lambda image: (remembered if len(image) <= _LARGEST_KEPT else cut)(image)
