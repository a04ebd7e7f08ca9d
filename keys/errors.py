# ruff: noqa: N818 - the names say what is the case, as the other rooms read them
"""What can go wrong with a key.

    KeysError
    ├── MalformedKey              a public key, or a method that holds one, that no honest party makes
    ├── UnsupportedKey            a well-formed key of a kind that is not in our table of algorithms
    ├── SignatureMismatch         the check was made and the signature is wrong
    ├── VerificationUnavailable   the check could not be made: neither right nor wrong
    ├── SigningUnavailable        no signature could be made
    │   ├── HolderDown            whoever holds the key does not answer
    │   └── HolderRefused         whoever holds it will not sign with it
    ├── MalformedDid              a DID, or an address for one, that breaks its method's rules
    ├── DuplicateKeyId            two published keys would share one id
    ├── MalformedKeyUri           a key's name or URI that could point outside its directory
    ├── UnknownKeyScheme          a key URI whose scheme has no opener
    ├── KeyExists                 the file to create is there already; nothing was overwritten
    ├── KeyFileInsecure           others may read or replace the file
    ├── KeyFileUnreadable         the file is missing, damaged or asks for too much
    ├── KeyFileUnwritable         the file or its directory cannot be created
    └── WrongPassphrase           the file is well-formed and does not open with what was given

Every message is a sentence for the person who runs the command, and none holds a secret.
"""


class KeysError(Exception):
    """Anything this room refuses or could not do."""


class MalformedKey(KeysError):
    """A public key, or the JSON around it, that no honest party makes."""


class UnsupportedKey(KeysError):
    """A key of a type or use outside the table in `keys.algorithms`."""


class SignatureMismatch(KeysError):
    """The check was made: this signature is not this key's over this message."""


class VerificationUnavailable(KeysError):
    """The check could not be made. Says nothing about the signature."""


class SigningUnavailable(KeysError):
    """The key's holder (file, token, service) made no signature. `retry_after`: seconds after which to ask again."""

    def __init__(self, message: str, *, retry_after: int = 10) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HolderDown(SigningUnavailable):
    """The key's holder did not answer, or said that it cannot at the moment: nobody asks it for some seconds."""


class HolderRefused(SigningUnavailable):
    """The key's holder answered, and will not sign: no such key, no right to it, another kind of key."""


class MalformedDid(KeysError):
    """A DID, DID URL or base address that breaks DID Core or the rules of its method."""


class DuplicateKeyId(KeysError):
    """Two published keys would share one id, so that a verifier could pick the wrong one."""


class MalformedKeyUri(KeysError):
    """A key's name or URI with characters that are not allowed, path separators among them."""


class UnknownKeyScheme(KeysError):
    """A key URI whose scheme nothing here can open."""


class KeyExists(KeysError):
    """There is a file of this name already. It was left as it is."""


class KeyFileInsecure(KeysError):
    """The mode of a file or directory lets others read or replace a secret."""


class KeyFileUnreadable(KeysError):
    """A key file is missing, unreadable, damaged, or beyond the bounds it is read with."""


class KeyFileUnwritable(KeysError):
    """A key file or its directory cannot be created. Nothing was left behind."""


class WrongPassphrase(KeysError):
    """The passphrase or key-encryption key does not open this envelope."""
