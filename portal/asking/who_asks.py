"""Who it is that asks wallets: the issuer of the start page, by its DID and the key with which it signs tokens."""

from __future__ import annotations

from dataclasses import dataclass

from issuer.issuers import Issuer
from issuer.signing_keys import KeyState, SigningKey, Use, list_keys, opened
from keys.keyring import Keyring
from keys.signer import Signer
from portal.service import Service
from wallet_export.oid4vp_request import did_client_id


@dataclass(frozen=True, slots=True)
class Asker:
    """An issuer with the key that it signs requests with."""

    issuer: Issuer
    key: SigningKey
    keyring: Keyring

    @property
    def client_id(self) -> str:
        """By what wallets know who asks."""
        return did_client_id(self.issuer.did)

    def signer(self) -> Signer:
        """The signer of the key. Raises KeyMismatch, and what the keyring raises."""
        return opened(self.keyring, self.key)


def asker_of(service: Service) -> Asker | None:
    """Who asks; None while there is nobody who could sign: no issuer's key, or the keys are locked."""
    if service.keyring is None:
        return None
    issuer = service.default_issuer()
    for key in list_keys(service.database, issuer.slug):
        if key.use is Use.JWT and key.state is KeyState.ACTIVE:
            return Asker(issuer, key, service.keyring)
    return None
