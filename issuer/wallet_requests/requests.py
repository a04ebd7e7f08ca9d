"""Questions to wallets: asked by a browser, answered by a wallet once, shown to that browser, and forgotten.

1. ask: a row that knows both by hashes. The secrets of the links are made of the browser's own secret, so that its page
   can show them again and this database cannot
2. answer: one conditional UPDATE decides who answered; the key of the answer goes with it
3. see: a browser that asked a wallet elsewhere sees the answer; one that asked a wallet on the same device brings the
   code that only that wallet was given (OpenID4VP 1.0, section 14.2: nobody else's answer is shown to it)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from issuer.errors import Fault, Refused
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import WalletRequestRow
from keys import base64url

LIFE: Final = timedelta(minutes=10)
"""How long a wallet may take, and from then how long the answer is shown."""
MOST: Final = 5_000
"""Questions at a time; anybody may ask, and each row is gone soon."""


class Way(StrEnum):
    """Where the wallet is: on the device of the browser that asks, or there, on another one."""

    HERE = "here"
    THERE = "there"


class State(StrEnum):
    """OPEN until a wallet answers, or says that it will not."""

    OPEN = "open"
    ANSWERED = "answered"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class WalletRequest:
    """A question as it stands. `answer` is empty until whoever looks may see it."""

    id: UUID
    levels: tuple[str, ...]
    query: Mapping[str, Any]
    state: State
    seed: bytes | None
    expires_at: datetime
    answer: tuple[Mapping[str, Any], ...] = ()
    awaits_code: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A question that a wallet came for, and the way by which it did."""

    request: WalletRequest
    way: Way


def handle(browser_secret: str, request_id: UUID, way: Way) -> str:
    """The secret in the address that a wallet is led to: only who has the browser's secret can make it."""
    digest = hmac.new(browser_secret.encode(), f"{request_id}/{way}".encode(), hashlib.sha256).digest()
    return base64url.encode(digest)


def ask(
    db: Database,
    *,
    browser_secret: str,
    levels: Sequence[str],
    query: Mapping[str, Any],
    seed: bytes | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> UUID:
    """Ask; the question's id. seed: of the key that the answer must be encrypted to. Raises Refused if too many ask."""
    request_id = UUID(bytes=randomness(16), version=4)
    with db.write() as session:
        session.execute(delete(WalletRequestRow).where(WalletRequestRow.expires_at <= now))
        if (session.scalar(select(func.count()).select_from(WalletRequestRow)) or 0) >= MOST:
            fault = Fault("", "too many wallets are being asked at the moment", "try again in a few minutes")
            raise Refused("The question", [fault])
        session.add(
            WalletRequestRow(
                id=request_id,
                browser_hash=hash_of(browser_secret),
                there_hash=hash_of(handle(browser_secret, request_id, Way.THERE)),
                here_hash=hash_of(handle(browser_secret, request_id, Way.HERE)),
                seed=seed,
                levels=list(levels),
                query=dict(query),
                state=State.OPEN.value,
                way="",
                code_hash=None,
                answer=[],
                created_at=now,
                expires_at=now + LIFE,
            )
        )
    return request_id


def of_browser(db: Database, request_id: UUID, browser_secret: str, *, now: datetime) -> WalletRequest | None:
    """The question, for the browser that asked it; None for every other, and when it is over."""
    if not is_secret(browser_secret):
        return None
    with db.read() as session:
        row = session.scalars(_standing(now).where(WalletRequestRow.id == request_id)).one_or_none()
        if row is None or not hmac.compare_digest(row.browser_hash, hash_of(browser_secret)):
            return None
        return _as_request(row, whole=row.code_hash is None)


def of_wallet(db: Database, secret: str, *, now: datetime) -> Found | None:
    """The open question that a wallet was led to; None if there is none, if it was answered, or if it is over."""
    if not is_secret(secret):
        return None
    with db.read() as session:
        row = session.scalars(_standing(now).where(_led_to(secret), WalletRequestRow.state == "open")).one_or_none()
        if row is None:
            return None
        return Found(_as_request(row, whole=False), Way.HERE if row.here_hash == hash_of(secret) else Way.THERE)


def answer(
    db: Database,
    found: Found,
    *,
    shown: Sequence[Mapping[str, Any]] | None,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> str | None:
    """Keep the answer (None: the wallet declined) if nobody answered before; who did gets None.

    Else the code with which the browser of the same device may see it; empty if it needs none.
    """
    code = new_secret(randomness) if found.way is Way.HERE else ""
    state = State.DECLINED if shown is None else State.ANSWERED
    with db.write() as session:
        taken = session.scalars(
            update(WalletRequestRow)
            .where(
                WalletRequestRow.id == found.request.id,
                WalletRequestRow.state == State.OPEN.value,
                WalletRequestRow.expires_at > now,
            )
            .values(
                state=state.value,
                way=found.way.value,
                seed=None,
                code_hash=hash_of(code) if code else None,
                answer=[dict(one) for one in shown or ()],
                expires_at=now + LIFE,
            )
            .returning(WalletRequestRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return code if taken is not None else None


def bring_code(db: Database, request_id: UUID, browser_secret: str, code: str, *, now: datetime) -> bool:
    """Whether the browser that asked brought the code of the answer, which is used up by that."""
    if not is_secret(browser_secret) or not is_secret(code):
        return False
    with db.write() as session:
        brought = session.scalars(
            update(WalletRequestRow)
            .where(
                WalletRequestRow.id == request_id,
                WalletRequestRow.browser_hash == hash_of(browser_secret),
                WalletRequestRow.code_hash == hash_of(code),
                WalletRequestRow.expires_at > now,
            )
            .values(code_hash=None)
            .returning(WalletRequestRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return brought is not None


def forget(db: Database, request_id: UUID, browser_secret: str) -> None:
    """Forget a question and its answer at once, for the browser that asked."""
    with db.write() as session:
        session.execute(
            delete(WalletRequestRow).where(
                WalletRequestRow.id == request_id, WalletRequestRow.browser_hash == hash_of(browser_secret)
            )
        )


def _standing(now: datetime) -> Any:
    return select(WalletRequestRow).where(WalletRequestRow.expires_at > now)


def _led_to(secret: str) -> ColumnElement[bool]:
    hashed = hash_of(secret)
    return or_(WalletRequestRow.there_hash == hashed, WalletRequestRow.here_hash == hashed)


def _as_request(row: WalletRequestRow, *, whole: bool) -> WalletRequest:
    return WalletRequest(
        id=row.id,
        levels=tuple(str(one) for one in row.levels),
        query=row.query,
        state=State(row.state),
        seed=row.seed,
        expires_at=row.expires_at,
        answer=tuple(row.answer) if whole else (),
        awaits_code=row.code_hash is not None,
    )
