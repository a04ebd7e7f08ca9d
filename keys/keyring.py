"""The keyring: from a key's URI to its signer. The only door to private keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from keys import envelope
from keys.envelope import Argon2Cost, Unlock
from keys.errors import (
    KeyFileUnreadable,
    KeyFileUnwritable,
    KeysError,
    MalformedKeyUri,
    SigningUnavailable,
    UnknownKeyScheme,
    WrongPassphrase,
)
from keys.held_signer import HeldSigner
from keys.private_file import create_private_file, read_private_file, require_private_directory
from keys.public_key import KeyType, PublicKey
from keys.sealed_secret import open_secret, seal_secret
from keys.signer import LocalSigner, Signer, generate_private_key

Opener = Callable[[str], Signer]
"""Takes a whole key URI of its scheme and gives the signer; raises KeysError."""

# letters and digits, with single . _ - between them: no path separator, no leading or double dot
_NAME = re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*\Z")
_NAME_MAX_CHARACTERS = 100
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_MOST_SECRETS = 1_000


class Keyring:
    """The keys of one directory, and those of other holders that openers are given for.

    A URI `file:<name>.key` names an envelope in `directory`, opened with `unlock`. `openers` adds schemes (a
    token, a key service): a table from scheme to Opener. Signers are kept, so that the cost of unsealing is
    paid once per key, and a holder is asked once for the public key. Safe to share between threads.
    """

    def __init__(
        self,
        directory: Path,
        unlock: Unlock,
        *,
        openers: Mapping[str, Opener] | None = None,
        cost: Argon2Cost | None = None,
    ) -> None:
        """Touches no file. `cost` is for new keys under a passphrase. Raises ValueError if openers replace `file`."""
        if openers and "file" in openers:
            raise ValueError("the scheme file is the keyring's own")
        self._directory = directory
        self._unlock = unlock
        self._cost = cost
        self._openers: dict[str, Opener] = {"file": self._open_file, **(openers or {})}
        self._signers: dict[str, Signer] = {}
        self._opening: dict[str, Lock] = {}
        self._secrets: dict[tuple[str, bytes], bytes] = {}
        self._lock = Lock()

    def create(self, name: str, key_type: KeyType) -> tuple[str, Signer]:
        """Make a key, seal it, write it to `<name>.key` with mode 0600, and return its URI and signer.

        The directory is made with mode 0700 if it is missing. Raises MalformedKeyUri for a name with other characters
        than letters, digits and single . _ - between them, KeyExists, KeyFileInsecure, KeyFileUnwritable.
        """
        uri = f"file:{name}.key"
        path = self._path_of(uri)
        self._make_directory()
        require_private_directory(self._directory, "*.key")
        private_key = generate_private_key(key_type)
        signer = LocalSigner(private_key)
        create_private_file(path, envelope.seal(private_key, self._unlock, cost=self._cost))
        with self._lock:
            self._signers[uri] = signer
        return uri, signer

    def signer(self, uri: str) -> Signer:
        """The signer that a URI names.

        Raises UnknownKeyScheme, MalformedKeyUri, KeyFileUnreadable, KeyFileInsecure, WrongPassphrase, or
        SigningUnavailable for whatever else a holder met.
        """
        with self._lock:
            if uri in self._signers:
                return self._signers[uri]
            opening = self._opening.setdefault(uri, Lock())
        with opening:  # a holder takes its time: whoever wants another key does not wait for it
            with self._lock:
                if uri in self._signers:
                    return self._signers[uri]
            signer = self._open(uri)
            with self._lock:
                return self._signers.setdefault(uri, signer)

    def adopt(self, uri: str) -> tuple[str, Signer]:
        """The signer of a key that a holder made, asked anew and tried, and the URI that names exactly this key.

        Raises as `signer`, and MalformedKeyUri for a key of this keyring's own files, which `create` makes.
        """
        if uri.startswith("file:"):
            raise MalformedKeyUri("Keys in files are made here: leave the signer out.")
        signer = self._open(uri)
        if isinstance(signer, HeldSigner):
            signer.probe()
            uri = signer.uri
        with self._lock:
            self._signers[uri] = signer
        return uri, signer

    def public_keys(self) -> dict[str, PublicKey]:
        """URI → public key of every envelope in the directory, in the order of names, without unsealing any.

        For lists: the public key is the one that the file names, and is proven only when `signer` opens it.
        """
        if not self._directory.exists():
            return {}
        require_private_directory(self._directory, "*.key")
        uris = sorted(f"file:{path.name}" for path in self._directory.glob("*.key"))
        return {uri: envelope.public_key_of(self._read(uri)) for uri in uris}

    def seal(self, secret: bytes, *, purpose: str, randomness: Callable[[int], bytes]) -> bytes:
        """A secret of another kind, sealed as the keys are, to be kept elsewhere: see `keys.sealed_secret`."""
        return seal_secret(secret, self._unlock, purpose=purpose, cost=self._cost, randomness=randomness)

    def unseal(self, sealed: bytes, *, purpose: str) -> bytes:
        """The secret that `seal` sealed for that purpose. Opened once: a passphrase's cost is not paid per request.

        Raises WrongPassphrase, KeyFileUnreadable.
        """
        with self._lock:
            if (purpose, sealed) not in self._secrets:
                if len(self._secrets) >= _MOST_SECRETS:
                    self._secrets.clear()
                self._secrets[purpose, sealed] = open_secret(sealed, self._unlock, purpose=purpose)
            return self._secrets[purpose, sealed]

    def _open(self, uri: str) -> Signer:
        match = _SCHEME.match(uri)
        opener = self._openers.get(match.group(1)) if match else None
        if opener is None:
            known = ", ".join(f"{scheme}:" for scheme in sorted(self._openers))
            raise UnknownKeyScheme(f"The key {uri[:200]!r} cannot be opened: known kinds of key begin with {known}.")
        try:
            return opener(uri)
        except KeysError:
            raise
        except Exception as error:  # a token's or service's own errors are not known here
            raise SigningUnavailable(f"The key {uri[:200]!r} could not be opened: {error!r}.") from error

    def _open_file(self, uri: str) -> Signer:
        data = self._read(uri)
        try:
            return LocalSigner(envelope.unseal(data, self._unlock))
        except (KeyFileUnreadable, WrongPassphrase) as error:
            raise type(error)(f"{self._path_of(uri)}: {error}") from error

    def _read(self, uri: str) -> bytes:
        path = self._path_of(uri)
        require_private_directory(self._directory, "*.key")
        return read_private_file(path, max_bytes=envelope.MAX_BYTES)

    def _path_of(self, uri: str) -> Path:
        name = uri.removeprefix("file:").removesuffix(".key")
        if uri != f"file:{name}.key" or len(name) > _NAME_MAX_CHARACTERS or not _NAME.match(name):
            raise MalformedKeyUri(
                f"{uri[:200]!r} does not name a key file. It is file:NAME.key, and NAME has at most "
                f"{_NAME_MAX_CHARACTERS} letters and digits, with single . _ or - between them."
            )
        return self._directory / f"{name}.key"

    def _make_directory(self) -> None:
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyFileUnwritable(f"The directory {self._directory} cannot be created: {error.strerror}.") from error
