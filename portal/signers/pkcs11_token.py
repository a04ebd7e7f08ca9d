"""Keys in tokens: a hardware security module, a smart card, or SoftHSM, by its PKCS #11 library.

A session that met an error is closed, and the next call opens another. Being signed in is of the whole process: one
session signs in and stays open, the others find it so.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256, sha384
from pathlib import Path
from threading import Lock
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11 import exceptions as faults

from credentials.sentence import sentence
from keys.errors import HolderDown, HolderRefused, KeysError
from keys.held_signer import HeldSigner, Line
from keys.openssl_keys import CURVES
from keys.pkcs11_uri import Pkcs11Uri, parse_pkcs11_uri
from keys.public_key import KeyType, PublicKey

_CURVES = {
    bytes.fromhex("06082a8648ce3d030107"): KeyType.P256,  # OID 1.2.840.10045.3.1.7
    bytes.fromhex("06052b81040022"): KeyType.P384,  # OID 1.3.132.0.34
}
_ED25519 = (bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519")  # by OID, or by the name of PKCS #11 3.0
_REFUSALS = (
    faults.PinIncorrect,
    faults.PinLocked,
    faults.PinExpired,
    faults.PinInvalid,
    faults.PinLenRange,
    faults.UserPinNotInitialized,
    faults.MechanismInvalid,
    faults.MechanismParamInvalid,
    faults.KeyTypeInconsistent,
)
_SIGNED_OUT = (
    faults.DeviceRemoved,
    faults.DeviceError,
    faults.GeneralError,
    faults.SessionHandleInvalid,
    faults.TokenNotPresent,
    faults.UserNotLoggedIn,
)
"""After these everything is opened anew, the sign-in too."""
_OPENING = Lock()
_SIGNED_IN: dict[tuple[str, int], Any] = {}
"""By library and slot, the session that signed in: being so is of the process, and ends when that session is closed."""


class TokenOpener:
    """Opens keys of the tokens of one library."""

    def __init__(self, module: Path, pin: Callable[[], str | None], line: Line) -> None:
        self._module = module
        self._pin = pin
        self._line = line

    def open(self, uri: str) -> HeldSigner:
        """Raises MalformedKeyUri, SigningUnavailable, and what reading the PIN's file raises."""
        wanted = parse_pkcs11_uri(uri)
        key = _TokenKey(self._module, self._pin, wanted)
        public_key = self._line.call(key.public_key)
        return HeldSigner(str(wanted), public_key, self._line, lambda message: key.sign(public_key.type, message))


class _TokenKey:
    """One key, and the sessions in which it was found."""

    def __init__(self, module: Path, pin: Callable[[], str | None], wanted: Pkcs11Uri) -> None:
        self._module = module
        self._pin = pin
        self._wanted = wanted
        self._idle: list[tuple[Any, Any]] = []

    def public_key(self) -> PublicKey:
        found: PublicKey = self._with_key(lambda session, key: _public_key(session, key, self._wanted))
        return found

    def sign(self, key_type: KeyType, message: bytes) -> bytes:
        signature: bytes = self._with_key(lambda _, key: _sign(key, key_type, message))
        return signature

    def _with_key(self, work: Callable[[Any, Any], Any]) -> Any:
        """Work in a session that nobody else uses meanwhile."""
        try:
            session, key = self._idle.pop() if self._idle else self._opened()
        except faults.PKCS11Error as error:
            raise self._trouble(error) from error
        try:
            made = work(session, key)
        except faults.PKCS11Error as error:
            self._close(session)
            raise self._trouble(error) from error
        except BaseException:
            self._close(session)
            raise
        self._idle.append((session, key))
        return made

    def _opened(self) -> tuple[Any, Any]:
        with _OPENING:
            try:
                library = pkcs11.lib(str(self._module))
            except (RuntimeError, faults.PKCS11Error) as error:
                raise HolderRefused(
                    sentence(
                        "The library {module} (pkcs11_module) cannot be used: {why}.",
                        module=str(self._module),
                        why=repr(error),
                    )
                ) from error
            tokens = [one for one in library.get_tokens() if self._fits(one)]
            if len(tokens) != 1:
                number = "none" if not tokens else str(len(tokens))
                raise HolderDown(
                    sentence("There is not one token for {uri}, but {number}.", uri=str(self._wanted), number=number)
                )
            place = (str(self._module), tokens[0].slot.slot_id)
            if place not in _SIGNED_IN:
                _SIGNED_IN[place] = tokens[0].open(user_pin=self._pin())
            try:
                session = tokens[0].open()
            except faults.PKCS11Error:
                self._close(_SIGNED_IN.pop(place))
                raise
        try:
            return session, self._found(session)
        except BaseException:
            self._close(session)
            raise

    def _fits(self, token: Any) -> bool:
        wanted = self._wanted
        return (
            wanted.token in (None, token.label)
            and wanted.manufacturer in (None, token.manufacturer_id)
            and wanted.model in (None, token.model)
            and wanted.serial in (None, token.serial.decode("utf-8", "replace").strip())
            and wanted.slot_id in (None, token.slot.slot_id)
        )

    def _found(self, session: Any) -> Any:
        found = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, **_named(self._wanted)}))
        if len(found) != 1:
            number = "none" if not found else str(len(found))
            raise HolderRefused(
                sentence(
                    "There is not one private key {uri}, but {number}: name its id too.",
                    uri=str(self._wanted),
                    number=number,
                )
            )
        if not found[0][Attribute.SENSITIVE]:
            raise HolderRefused(
                sentence(
                    "The private key {uri} is not sensitive: it could be read out. Make one that cannot leave.",
                    uri=str(self._wanted),
                )
            )
        return found[0]

    def _trouble(self, error: Exception) -> KeysError:
        if isinstance(error, _SIGNED_OUT):
            with _OPENING:
                for place in [one for one in _SIGNED_IN if one[0] == str(self._module)]:
                    self._close(_SIGNED_IN.pop(place))
        kind = HolderRefused if isinstance(error, _REFUSALS) else HolderDown
        return kind(
            sentence(
                "The token of {uri} answered {said}.",
                uri=str(self._wanted),
                said=type(error).__name__ + (f": {error}" if str(error) else ""),
            )
        )

    @staticmethod
    def _close(session: Any) -> None:
        try:
            session.close()
        except faults.PKCS11Error:
            return  # it is gone already


def _named(wanted: Pkcs11Uri) -> dict[Any, Any]:
    named: dict[Any, Any] = {}
    if wanted.label is not None:
        named[Attribute.LABEL] = wanted.label
    if wanted.id is not None:
        named[Attribute.ID] = wanted.id
    return named


def _public_key(session: Any, private: Any, wanted: Pkcs11Uri) -> PublicKey:
    if private.key_type is pkcs11.KeyType.RSA:
        numbers = rsa.RSAPublicNumbers(
            int.from_bytes(private[Attribute.PUBLIC_EXPONENT], "big"), int.from_bytes(private[Attribute.MODULUS], "big")
        )
        return PublicKey.of(numbers.public_key())
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, **_named(wanted)}))
    if len(found) != 1:
        raise HolderRefused(
            sentence(
                "The token does not hold the one public key of {uri}: put it there beside the private one.",
                uri=str(wanted),
            )
        )
    parameters, point = bytes(found[0][Attribute.EC_PARAMS]), _unwrapped(bytes(found[0][Attribute.EC_POINT]))
    try:
        if parameters in _ED25519:
            return PublicKey(KeyType.ED25519, point)
        if parameters in _CURVES:
            return PublicKey.of(ec.EllipticCurvePublicKey.from_encoded_point(CURVES[_CURVES[parameters]], point))
    except (ValueError, KeysError) as error:
        raise HolderRefused(
            sentence("The public key of {uri} cannot be used: {why}", uri=str(wanted), why=str(error))
        ) from error
    raise HolderRefused(sentence("{uri} is on a curve that is none of P-256, P-384 and Ed25519.", uri=str(wanted)))


def _unwrapped(point: bytes) -> bytes:
    """PKCS #11 wants the point as a DER OCTET STRING; some tokens give it bare."""
    if len(point) > 2 and point[0] == 0x04 and point[1] == len(point) - 2 and len(point) in (34, 67, 99):
        return point[2:]
    return point


def _sign(key: Any, key_type: KeyType, message: bytes) -> bytes:
    """Raw signatures are what PKCS #11 gives. Hashes for ECDSA are made here: not every token can."""
    if key_type is KeyType.ED25519:
        return bytes(key.sign(message, mechanism=Mechanism.EDDSA))
    if key_type is KeyType.RSA:
        return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS))
    digest = (sha384 if key_type is KeyType.P384 else sha256)(message).digest()
    return bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
