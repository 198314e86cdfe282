"""Delivers one letter: into a Maildir, or to an SMTP server."""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from digests.errors import LetterDeferred, LetterRefused, LetterUncertain, TransportUnreachable
from digests.rendering.letter import Letter
from presentation.sanitize import clip_text


class LetterTransport(Protocol):
    """Delivers letters one at a time within a connection."""

    def connected(self) -> AbstractContextManager[None]:
        """The connection of a run. Raises CarrierUnreachable."""
        ...

    def deliver(self, letter: Letter) -> str:
        """Delivers the letter's bytes and returns where they went. Raises TransportUnreachable, LetterDeferred,
        LetterRefused or LetterUncertain."""
        ...


class MaildirTransport:
    """Writes letters as files of a Maildir (https://cr.yp.to/proto/maildir.html): `new/<edition>.<member>.<id>.eml`.

    The file name is derived from the Message-ID, so that a letter that was delivered before an interruption is found in
    `new` or `cur` and not written twice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def connected(self) -> Generator[None]:
        """Creates the Maildir when it does not exist."""
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unreachable(error) from error
        yield

    def deliver(self, letter: Letter) -> str:
        """Writes the file atomically and durably and returns its path."""
        name = name_file(letter)
        place = self._folder / "new" / name
        try:
            if not place.exists() and not any((self._folder / "cur").glob(f"{name}*")):
                self._write(self._folder / "tmp" / name, letter.mime)
                (self._folder / "tmp" / name).replace(place)
                _flush_folder(place.parent)
        except OSError as error:
            raise self._unreachable(error) from error
        return str(place)

    def _write(self, path: Path, body: bytes) -> None:
        with path.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())

    def _unreachable(self, error: OSError) -> TransportUnreachable:
        return TransportUnreachable(
            f"Maildir {self._folder} cannot be written ({error.strerror}); make room or correct its rights"
        )


def name_file(letter: Letter) -> str:
    """The letter's file name in a Maildir."""
    member = re.sub(r"[^A-Za-z0-9-]+", "-", letter.member)[:60]
    return f"{letter.edition}.{member}.{hashlib.sha256(letter.message_id.encode()).hexdigest()[:12]}.eml"


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_unknown_mailbox(code: int, reply: str) -> bool:
    """Whether a rejection means that the mailbox does not exist: by its enhanced status code (RFC 3463: 5.1.x bad
    address, 5.2.1 disabled), or without one by its SMTP code. A policy (5.7.x) or a full mailbox (5.2.2) does not mean
    that."""
    enhanced = re.match(r"5\.\d+\.\d+", reply)
    if enhanced:
        return enhanced[0].startswith("5.1.") or enhanced[0] == "5.2.1"
    return code in (550, 551, 553)


_LOGIN_CODES = frozenset({530, 534, 535, 538})
"""Answers about the login or the encryption of the session (RFC 4954, section 6; RFC 3207): no letter is at fault."""


class Security(StrEnum):
    """Encryption of the connection to an SMTP server."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpTransport:
    """Delivers letters to an SMTP server (RFC 5321) over one connection per run, reopened when the server closes it.

    Args:
        host: of the server.
        port: of the server.
        security: encryption of the connection.
        user: login name, None for no login.
        password: of the user.
        timeout: seconds to wait for each response.
        tls: trust settings, None for the system's.
        client: host name for EHLO.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = Security.NONE,
        user: str | None = None,
        password: str | None = None,
        timeout: float = 30.0,
        tls: ssl.SSLContext | None = None,
        client: str = "localhost",
    ) -> None:
        self._host, self._port, self._security = host, port, security
        self._login = (user, password) if user and password else None
        self._timeout, self._tls, self._client = timeout, tls, client
        self._server: smtplib.SMTP | None = None

    @contextmanager
    def connected(self) -> Generator[None]:
        """Connects, sends EHLO and logs in; quits at the end. Raises TransportUnreachable."""
        self._server = self._connect()
        try:
            yield
        finally:
            self._close()

    def deliver(self, letter: Letter) -> str:
        """Sends the letter's bytes unchanged and returns the server's reply."""
        server = self._live_connection()
        self._send_envelope(server, letter)
        return self._send_content(server, letter)

    def _live_connection(self) -> smtplib.SMTP:
        """An open connection; the server may have closed an idle one, so it is checked with NOOP."""
        if self._server:
            try:
                code, _ = self._server.noop()
            except (smtplib.SMTPException, OSError):
                code = 421
            if code != 250:
                self._close()
        self._server = self._server or self._connect()
        return self._server

    def _send_envelope(self, server: smtplib.SMTP, letter: Letter) -> None:
        """Sends the envelope. When the connection is lost here, the letter was not delivered."""
        try:
            self._expect(server.mail(letter.sender), (250,), f"the sender {letter.sender}", of_sender=True)
            self._expect(server.rcpt(letter.address), (250, 251), f"the recipient {letter.address}", of_recipient=True)
            self._expect(server.docmd("DATA"), (354,), "the wish to hand over the letter")
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise LetterDeferred(
                f"{self._where} closed the connection before the letter ({error}); tried again next run"
            ) from error

    def _send_content(self, server: smtplib.SMTP, letter: Letter) -> str:
        """Sends the content. From its last line until the reply it is unknown whether the letter was delivered (RFC
        5321, section 4.5.4.2, and RFC 1047)."""
        try:
            server.send(re.sub(rb"(?m)^\.", b"..", letter.mime) + b".\r\n")
            answer = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise LetterUncertain(
                f"{self._where} gave no answer after the letter ({error}); it may have left"
            ) from error
        return self._expect(answer, (250,), "the letter")

    def _expect(
        self,
        answer: tuple[int, bytes],
        wanted: tuple[int, ...],
        what: str,
        *,
        of_recipient: bool = False,
        of_sender: bool = False,
    ) -> str:
        code, reply = answer
        text = clip_text(reply.decode("utf-8", "replace"), 200)
        if code in wanted:
            return text
        self._reset(code)
        if 400 <= code < 500:
            raise LetterDeferred(f"{self._where} answered {code} to {what} ({text}); tried again next run")
        if of_sender or code in _LOGIN_CODES:
            raise TransportUnreachable(
                f"{self._where} answered {code} to {what} ({text}), as to every letter; correct sender, [smtp] "
                "user or PIB_SMTP_PASSWORD, then `pib send --again`"
            )
        raise LetterRefused(
            f"{self._where} answered {code} to {what} ({text}); correct the address or the server's rules",
            is_of_recipient=of_recipient and _is_unknown_mailbox(code, text),
        )

    def _reset(self, code: int) -> None:
        """Resets the session after a rejection; closes the connection when the server does (421)."""
        if code == 421 or self._server is None:
            self._close()
            return
        try:
            self._server.rset()
        except (smtplib.SMTPException, OSError):
            self._close()

    def _connect(self) -> smtplib.SMTP:
        try:
            if self._security is Security.TLS:
                context = self._tls or ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, self._client, timeout=self._timeout, context=context
                )
            else:
                server = smtplib.SMTP(self._host, self._port, self._client, timeout=self._timeout)
            self._log_in(server)
        except (smtplib.SMTPException, OSError) as error:
            raise TransportUnreachable(
                f"SMTP server {self._where} cannot be used ({error}); check host, port, security and login"
            ) from error
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._security is Security.STARTTLS:
            server.starttls(context=self._tls or ssl.create_default_context())
            server.ehlo()
        if self._login:
            server.login(*self._login)

    def _close(self) -> None:
        server, self._server = self._server, None
        if server:
            with suppress(smtplib.SMTPException, OSError):  # it may be closed already
                server.quit()
            server.close()

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"
