"""One SMTP connection (RFC 5321), and what its answers mean for a message.

The last dot is sent by itself: whatever fails before it, the server has not taken the message (section 4.1.1.4), and
whatever fails after it, nobody can know.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from io import BytesIO
from types import TracebackType
from typing import Protocol, Self

from keys.errors import KeysError
from portal.mail.mime import deliverable_address
from portal.settings import Settings

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
CONNECTING = 30.0  # seconds for each answer but the last
LAST_ANSWER = 120.0  # the server may be scanning (section 4.5.3.2.6)
_LONGEST_FAULT = 300


class Later(Exception):  # noqa: N818
    """The message was surely not taken, and may be another time. `broken`: the connection is of no use any more."""

    def __init__(self, fault: str, *, broken: bool = False) -> None:
        super().__init__(fault)
        self.broken = broken


class Refused(Exception):  # noqa: N818
    """The server will not take this message."""


class Unclear(Exception):  # noqa: N818
    """The server has all of the message, and its answer was lost."""


class ServerTrouble(Exception):  # noqa: N818
    """No mail can be sent at all now: the server cannot be reached, or does not let us in. A sentence."""


class Transport(Protocol):
    """What a run needs of a mail server."""

    def envelope(self, sender: str, recipient: str) -> None:
        """Say from whom and to whom. Raises Later, Refused, ServerTrouble."""

    def hand_in(self, mail: EmailMessage) -> None:
        """Give the message. Returns when the server has taken it. Raises Later, Refused, Unclear."""

    def forget(self) -> None:
        """Leave the envelope that was begun, so that another can be."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and how."""

    host: str
    port: int
    security: str
    username: str | None
    password: str | None
    tls: ssl.SSLContext | None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def mail_server(settings: Settings) -> MailServer | None:
    """The server of the settings, or None if none is set. Raises ServerTrouble if its files cannot be read."""
    if settings.smtp_host is None:
        return None
    try:
        ca = str(settings.home / settings.smtp_ca_file) if settings.smtp_ca_file is not None else None
        tls = ssl.create_default_context(cafile=ca) if settings.smtp_security != "none" else None
        password = settings.smtp_secret
    except (OSError, KeysError) as error:
        raise ServerTrouble(f"smtp_ca_file or smtp_password_file cannot be read: {error}") from error
    port = settings.smtp_port or _PORTS[settings.smtp_security]
    return MailServer(settings.smtp_host, port, settings.smtp_security, settings.smtp_username, password, tls)


class Connection:
    """An open connection, logged in; a context manager that says goodbye."""

    def __init__(self, server: MailServer, *, patience: float = CONNECTING, last_answer: float = LAST_ANSWER) -> None:
        """Connect. Raises ServerTrouble with a sentence that says what to look at."""
        self._server, self._patience, self._last_answer = server, patience, last_answer
        try:
            self._smtp = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            raise ServerTrouble(
                f"the mail server {server} does not accept smtp_username and its password: {_said(error)}"
            ) from error
        except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            reason = getattr(error, "verify_message", "") or error
            raise ServerTrouble(
                f"no protected connection to the mail server {server} ({server.security}): {reason}; "
                "look at smtp_security, smtp_port and smtp_ca_file"
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ServerTrouble(f"the mail server {server} cannot be reached: {_said(error)}") from error

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=self._patience, context=server.tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._patience)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                smtp.starttls(context=server.tls)
                smtp.ehlo()
            if server.username is not None and server.password is not None:
                smtp.login(server.username, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(2.0)
                self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def envelope(self, sender: str, recipient: str) -> None:
        """MAIL FROM and RCPT TO. What the server has against the sender it has against all our mail."""
        to = deliverable_address(recipient)
        options: list[str] = []
        if not to.isascii():
            if not self._smtp.has_extn("smtputf8"):
                raise Refused(f"the mail server {self._server} takes no address with characters beyond ASCII")
            options.append("SMTPUTF8")
        try:
            self._smtp.command_encoding = "utf-8" if options else "ascii"
            code, words = self._smtp.mail(deliverable_address(sender), options)
            if code >= 500:
                raise ServerTrouble(
                    f"the mail server {self._server} takes no mail from {sender}: {_answer(code, words)}"
                )
            if code >= 300:
                raise Later(_answer(code, words), broken=code == 421)
            code, words = self._smtp.rcpt(to)
        except (OSError, smtplib.SMTPException) as error:
            raise Later(f"the connection to the mail server was lost: {_said(error)}", broken=True) from error
        if code >= 500:
            raise Refused(_answer(code, words))
        if code >= 300:
            raise Later(_answer(code, words), broken=code == 421)

    def hand_in(self, mail: EmailMessage) -> None:
        """DATA, the message, the dot, and the answer."""
        try:
            code, words = self._smtp.docmd("DATA")
            if code == 354:
                self._smtp.send(_wire_form(mail))
        except (OSError, smtplib.SMTPException) as error:
            raise Later(f"the connection was lost before the end of the mail: {_said(error)}", broken=True) from error
        if code != 354:
            raise Refused(_answer(code, words)) if code >= 500 else Later(_answer(code, words), broken=code == 421)
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self._last_answer)
            self._smtp.send(b".\r\n")
            code, words = self._smtp.getreply()
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(self._patience)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise Unclear(f"the mail server did not say whether it took the mail: {_said(error)}") from error
        if code >= 500:
            raise Refused(_answer(code, words))
        if code >= 400:
            raise Later(_answer(code, words), broken=code == 421)
        if not 200 <= code < 300:
            raise Unclear(f"the mail server’s answer means nothing: {_answer(code, words)}")

    def forget(self) -> None:
        """RSET. Raises Later if the connection is gone."""
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException) as error:
            raise Later(f"the connection to the mail server was lost: {_said(error)}", broken=True) from error


def _wire_form(mail: EmailMessage) -> bytes:
    """The bytes between DATA and the last dot: lines ended by CRLF, and dots at their beginning doubled (4.5.2)."""
    buffer = BytesIO()
    policy = SMTPUTF8 if mail.policy.utf8 else SMTP  # type: ignore[attr-defined]
    BytesGenerator(buffer, policy=policy).flatten(mail)
    lines = buffer.getvalue().replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _answer(code: int, words: bytes) -> str:
    text = " ".join(words.decode("utf-8", errors="replace").split())
    return f"{code} {text}"[:_LONGEST_FAULT]


def _said(error: Exception) -> str:
    code, words = getattr(error, "smtp_code", None), getattr(error, "smtp_error", b"")
    if isinstance(code, int) and code > 0:
        return _answer(code, words if isinstance(words, bytes) else str(words).encode())
    return (str(error) or type(error).__name__)[:_LONGEST_FAULT]
