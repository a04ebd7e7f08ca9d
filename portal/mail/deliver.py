"""One run that sends what is in the queue: the numbered steps of `issuer.messages.delivery`, with a real server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from issuer.messages import delivery
from issuer.messages.delivery import OVERTAKEN, Outgoing
from issuer.sign_in.one_time_links import fill_in
from issuer.store import Database
from portal.mail.mime import NotDeliverable, mail_of
from portal.mail.smtp import Connection, Later, MailServer, Refused, ServerTrouble, Transport, Unclear, mail_server
from portal.service import Service

RUN = timedelta(minutes=4)
"""After so long no other message is begun; with the server's longest answer this stays below a claim's end."""
_BATCH = 20

Connect = Callable[[], AbstractContextManager[Transport]]


@dataclass(slots=True)
class DeliveryReport:
    """What became of the messages of a run. `configured` is False without a mail server: then nothing was tried.

    `waiting` is how many are in the queue afterwards; `trouble` a sentence if the server could not be used at all.
    """

    configured: bool = True
    sent: int = 0
    deferred: int = 0
    refused: int = 0
    unclear: int = 0
    waiting: int = 0
    trouble: str | None = None
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mailing:
    """How mail is made and how fast it goes. `rate` is messages a minute; None: as fast as the server takes them."""

    mail_from: str
    reply_to: str | None
    rate: int | None
    time_zone: str
    base_url: str


def deliver(service: Service, now: datetime, *, only: UUID | None = None) -> DeliveryReport:
    """Send what is due, over one connection, for at most about four minutes. Nothing is sent twice.

    only: that message and no other, because somebody waits for it; a worker does the rest.
    """
    settings = service.settings
    try:
        server = mail_server(settings)
    except ServerTrouble as error:
        return DeliveryReport(trouble=str(error), waiting=delivery.count_waiting(service.database))
    if server is None or settings.mail_from is None:
        return DeliveryReport(configured=False, waiting=delivery.count_waiting(service.database))
    mailing = Mailing(
        settings.mail_from, settings.mail_reply_to, settings.mail_rate, settings.time_zone, service.base_url
    )
    return Run(service.database, mailing, _connecting(server), now, only=only).all()


def _connecting(server: MailServer) -> Connect:
    return lambda: Connection(server)


class Run:
    """One run of one worker, whose name is its own. `monotonic` and `sleep` are replaced by tests."""

    def __init__(
        self,
        database: Database,
        mailing: Mailing,
        connect: Connect,
        now: datetime,
        *,
        worker: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        length: timedelta = RUN,
        only: UUID | None = None,
    ) -> None:
        self._db, self._mailing, self._connect, self._begin = database, mailing, connect, now
        self._worker = worker or f"mail-{secrets.token_hex(8)}"
        self._monotonic, self._sleep, self._length = monotonic, sleep, length
        self._only = only
        self._started = monotonic()
        self.report = DeliveryReport()

    def _now(self) -> datetime:
        return self._begin + timedelta(seconds=self._monotonic() - self._started)

    def all(self) -> DeliveryReport:
        """Sweep, then send until nothing is due, the time is over, or the server is of no use."""
        delivery.sweep_claims(self._db, now=self._begin)
        try:
            while self._in_time() and (claimed := self._claim()):
                self._send(list(claimed))
        except ServerTrouble as error:
            self.report.trouble = str(error)
        delivery.release(self._db, self._worker)
        self.report.waiting = delivery.count_waiting(self._db)
        return self.report

    def _in_time(self) -> bool:
        return self._now() - self._begin < self._length

    def _claim(self) -> tuple[UUID, ...]:
        limit = min(_BATCH, self._mailing.rate or _BATCH)
        return delivery.claim(
            self._db,
            worker=self._worker,
            now=self._now(),
            time_zone=self._mailing.time_zone,
            limit=limit,
            only=self._only,
        )

    def _send(self, claimed: list[UUID]) -> None:
        """Each of them, over one connection; a new one if that breaks."""
        while claimed and self._in_time():
            try:
                with self._connect() as transport:
                    while claimed and self._in_time():
                        self._one(transport, claimed.pop(0))
            except ServerTrouble as error:
                for identifier in claimed:
                    self._defer(identifier, str(error))
                raise
            except Later as broken:
                self.report.faults.append(str(broken))

    def _one(self, transport: Transport, identifier: UUID) -> None:
        """Send one message. Raises Later if the connection is of no use any more, ServerTrouble as the server does."""
        message = delivery.read_claimed(self._db, identifier, worker=self._worker)
        if message is None:
            return
        begun = self._monotonic()
        try:
            self._hand_in(transport, message)
        except Later as later:
            self._defer(identifier, str(later))
            if later.broken:
                raise
            transport.forget()
        except (Refused, NotDeliverable) as refused:
            delivery.mark_refused(self._db, identifier, worker=self._worker, fault=str(refused))
            self.report.refused += 1
            self.report.faults.append(str(refused))
            transport.forget()
        except Unclear as unclear:
            delivery.mark_unclear(self._db, identifier, worker=self._worker, fault=str(unclear))
            self.report.unclear += 1
            raise Later(str(unclear), broken=True) from unclear
        except ServerTrouble as trouble:
            self._defer(identifier, str(trouble))
            raise
        self._keep_pace(begun)

    def _hand_in(self, transport: Transport, message: Outgoing) -> None:
        mailing = self._mailing
        complete = fill_in(
            self._db, message, base_url=mailing.base_url, now=self._now(), randomness=secrets.token_bytes
        )
        if complete is None:
            delivery.mark_dropped(self._db, message.id, worker=self._worker, fault=OVERTAKEN)
            return
        mail = mail_of(complete, mail_from=mailing.mail_from, reply_to=mailing.reply_to, now=self._now())
        transport.envelope(mailing.mail_from, message.address)
        if not delivery.hand_over(self._db, message.id, worker=self._worker, now=self._now()):
            transport.forget()
            return
        transport.hand_in(mail)
        delivery.mark_sent(self._db, message.id, worker=self._worker, now=self._now())
        self.report.sent += 1

    def _defer(self, identifier: UUID, fault: str) -> None:
        state = delivery.mark_deferred(self._db, identifier, worker=self._worker, now=self._now(), fault=fault)
        if state == "refused":
            self.report.refused += 1
        elif state is not None:
            self.report.deferred += 1

    def _keep_pace(self, begun: float) -> None:
        if self._mailing.rate is not None:
            self._sleep(max(0.0, 60 / self._mailing.rate - (self._monotonic() - begun)))


def send_test(service: Service, address: str, now: datetime) -> None:
    """Send one mail that says that the settings work. Raises ServerTrouble, Later, Refused, Unclear, NotDeliverable."""
    settings = service.settings
    server = mail_server(settings)
    if server is None or settings.mail_from is None:
        raise ServerTrouble("no mail server is set: set smtp_host and mail_from")
    name = service.default_issuer().name
    text = (
        f"This is a test of the mail settings of {name} ({service.base_url}).\n\n"
        f"It was handed to {server.host}:{server.port} ({server.security}). Nothing is to be done.\n"
    )
    message = Outgoing(uuid4(), address, f"A test mail of {name}", text, None, None, name, 1)
    mail = mail_of(message, mail_from=settings.mail_from, reply_to=settings.mail_reply_to, now=now)
    with Connection(server) as connection:
        connection.envelope(settings.mail_from, address)
        connection.hand_in(mail)
