"""Google's wallet over its REST interface: a pass is an object there, and changed when the badge changes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from issuer.phone_passes.changes import PhonePass
from portal.passes.content import Made, made_of
from portal.passes.identities import google_account
from portal.passes.words import spoken
from portal.service import Service
from portal.sign_in.wire import Answer, Wire
from verifier.fetch import FetchError
from wallet_export.google_wallet import (
    ServiceAccount,
    changes_of,
    class_id,
    generic_class,
    generic_object,
    nameless_object,
    object_id,
    save_link,
    token_request,
)

API = "https://walletobjects.googleapis.com/walletobjects/v1"
_EARLY: Final = timedelta(minutes=1)
_THERE, _MISSING, _UNAUTHENTICATED = 409, 404, 401


class GoogleTrouble(Exception):  # noqa: N818
    """Google could not be asked, or did not do it; the message is a sentence for the operator's log."""


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: datetime


_tokens: dict[tuple[str, str], _Token] = {}
_classes: set[str] = set()
_lock = threading.Lock()


class GoogleWallet:
    """Our account there. One for each run or request; tokens are kept for all."""

    def __init__(self, account: ServiceAccount, issuer: str, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._account, self._issuer, self._wire, self._clock = account, issuer, wire, clock

    def put(self, found: PhonePass, made: Made) -> None:
        """The pass is at Google, as it is now. Raises GoogleTrouble."""
        document = self._document(found, made)
        self._require_class(document["classId"])
        if self._send("POST", "/genericObject", document, but=(_THERE,)).status_code == _THERE:
            self._send("PATCH", f"/genericObject/{quote(document['id'])}", changes_of(document))

    def change(self, service: Service, found: PhonePass) -> bool:
        """Google knows what the pass says now; False if it says nothing any more. Raises GoogleTrouble."""
        made = made_of(service, found)
        if made is None:
            self._clear(found)
            return False
        document = self._document(found, made)
        path = f"/genericObject/{quote(document['id'])}"
        if self._send("PATCH", path, changes_of(document), but=(_MISSING,)).status_code == _MISSING:
            self.put(found, made)
        return True

    def link(self, found: PhonePass, made: Made, origin: str) -> str:
        """The link that saves it."""
        return save_link(
            self._account,
            identifier=object_id(self._issuer, str(found.id)),
            class_identifier=class_id(self._issuer, str(made.level_id)),
            origin=origin,
            now=self._clock(),
        )

    def _document(self, found: PhonePass, made: Made) -> dict[str, Any]:
        return generic_object(
            made.content,
            spoken(made.content.level),
            identifier=object_id(self._issuer, str(found.id)),
            class_identifier=class_id(self._issuer, str(made.level_id)),
            picture=made.picture,
        )

    def _clear(self, found: PhonePass) -> None:
        """Replaces all that the object said; its class is that which it has there."""
        identifier = object_id(self._issuer, str(found.id))
        path = f"/genericObject/{quote(identifier)}"
        there = self._send("GET", path, but=(_MISSING,))
        if there.status_code != _MISSING:
            self._send("PUT", path, nameless_object(identifier, str(_object(there).get("classId", ""))))

    def _require_class(self, identifier: str) -> None:
        with _lock:
            if identifier in _classes:
                return
        self._send("POST", "/genericClass", generic_class(identifier), but=(_THERE,))
        with _lock:
            _classes.add(identifier)

    def _send(
        self, method: str, path: str, document: Mapping[str, Any] | None = None, *, but: tuple[int, ...] = ()
    ) -> Answer:
        body = json.dumps(document).encode() if document is not None else b""
        for again in (True, False):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token()}"}
            try:
                answer = self._wire.ask(method, API + path, headers=headers, body=body)
            except FetchError as error:
                raise GoogleTrouble(error.reason) from error
            if answer.status_code == _UNAUTHENTICATED and again:
                with _lock:
                    _tokens.pop(self._key, None)
                continue
            break
        if 200 <= answer.status_code < 300 or answer.status_code in but:
            return answer
        raise GoogleTrouble(f"{method} of {path.split('/')[1]} was answered with status {answer.status_code}")

    @property
    def _key(self) -> tuple[str, str]:
        return (self._account.email, self._account.key_id)

    def _token(self) -> str:
        with _lock:
            known = _tokens.get(self._key)
        now = self._clock()
        if known is not None and known.until > now + _EARLY:
            return known.value
        form = urlencode(token_request(self._account, now)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._wire.send(self._account.token_uri, body=form, headers=headers)
        except FetchError as error:
            raise GoogleTrouble(error.reason) from error
        given = _object(answer)
        value, life = given.get("access_token"), given.get("expires_in")
        if answer.status_code != 200 or not isinstance(value, str) or not isinstance(life, int):
            raise GoogleTrouble(f"no access token was given: the answer had status {answer.status_code}")
        with _lock:
            _tokens[self._key] = _Token(value, now + timedelta(seconds=life))
        return value


def google_wallet(service: Service, wire: Wire | None = None) -> GoogleWallet | None:
    """None if passes for Google are not set up. Raises one of `identities.Unusable`."""
    account, issuer = google_account(service.settings), service.settings.google_wallet_issuer
    if account is None or issuer is None:
        return None
    over = wire or Wire(allowed_origins=service.settings.allowed_origins, monotonic=time.monotonic)
    return GoogleWallet(account, issuer, over, service.clock)


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
