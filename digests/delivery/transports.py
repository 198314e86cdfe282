"""Carries one letter out of the house: into a Maildir, or to an SMTP server. Which letters leave, and what the books
say of them afterwards, is sending's work."""

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
    """What sending needs: whatever holds for a run, and one letter at a time."""

    def connected(self) -> AbstractContextManager[None]:
        """Holds what a run needs. Raises CarrierUnreachable."""
        ...

    def deliver(self, letter: Letter) -> str:
        """Delivers the letter's bytes and says where to. Raises CarrierUnreachable, LetterDeferred, LetterRefused or
        LetterUncertain."""
        ...


class MaildirTransport:
    """Writes letters as files of a Maildir (https://cr.yp.to/proto/maildir.html): `new/<edition>.<member>.<id>.eml`.

    The name derives from the Message-ID instead of the clock, so that carrying a letter again after a crash finds it
    there, in `new` or read already in `cur`, and leaves it alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def connected(self) -> Generator[None]:
        """Makes the Maildir where there is none."""
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unreachable(error) from error
        yield

    def deliver(self, letter: Letter) -> str:
        """The file's path. It appears whole or not at all, and survives a power cut."""
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
            f"Maildir {self._folder} cannot be written ({error.strerror}); make room or mend its rights"
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


def _names_no_mailbox(code: int, said: str) -> bool:
    """Whether a refusal says that the mailbox is not there: by its enhanced code (RFC 3463: 5.1.x bad address, 5.2.1
    closed), or where it has none by its plain one. A policy (5.7.x) or a full mailbox (5.2.2) says nothing of that."""
    enhanced = re.match(r"5\.\d+\.\d+", said)
    if enhanced:
        return enhanced[0].startswith("5.1.") or enhanced[0] == "5.2.1"
    return code in (550, 551, 553)


class Security(StrEnum):
    """How the connection to an SMTP server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class SmtpTransport:
    """Hands letters to an SMTP server (RFC 5321) over one connection per run, made anew when the server closes it.

    `timeout` is in seconds and holds for each answer; `tls` is the trust to use, by default the system's; `client` is
    how we greet the server.
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
        """Connects, greets and logs in; says goodbye at the end."""
        self._server = self._connect()
        try:
            yield
        finally:
            self._close()

    def deliver(self, letter: Letter) -> str:
        """The server's answer to the letter. The bytes go out as frozen."""
        server = self._live_connection()
        self._announce(server, letter)
        return self._send_content(server, letter)

    def _live_connection(self) -> smtplib.SMTP:
        """A connection that answers: a server closes one that was idle, between two letters or while we waited."""
        if self._server:
            try:
                code, _ = self._server.noop()
            except (smtplib.SMTPException, OSError):
                code = 421
            if code != 250:
                self._close()
        self._server = self._server or self._connect()
        return self._server

    def _announce(self, server: smtplib.SMTP, letter: Letter) -> None:
        """Envelope first: a connection lost here has taken nothing with it."""
        try:
            self._expect(server.mail(letter.sender), (250,), f"the sender {letter.sender}")
            self._expect(server.rcpt(letter.address), (250, 251), f"the recipient {letter.address}", of_recipient=True)
            self._expect(server.docmd("DATA"), (354,), "the wish to hand over the letter")
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise LetterDeferred(
                f"{self._where} closed the connection before the letter ({error}); tried again next run"
            ) from error

    def _send_content(self, server: smtplib.SMTP, letter: Letter) -> str:
        """The letter itself: from its last line on, and until an answer comes, nobody can know whether it has left
        (RFC 5321, section 4.5.4.2, and RFC 1047)."""
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
        self, answer: tuple[int, bytes], wanted: tuple[int, ...], what: str, *, of_recipient: bool = False
    ) -> str:
        code, reply = answer
        said = clip_text(reply.decode("utf-8", "replace"), 200)
        if code in wanted:
            return said
        self._start_over(code)
        if 400 <= code < 500:
            raise LetterDeferred(f"{self._where} answered {code} to {what} ({said}); tried again next run")
        raise LetterRefused(
            f"{self._where} answered {code} to {what} ({said}); mend the address or the server's rules",
            is_of_recipient=of_recipient and _names_no_mailbox(code, said),
        )

    def _start_over(self, code: int) -> None:
        """After a refusal the same connection serves the next letter, unless the server is closing it (421)."""
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
            self._greet(server)
        except (smtplib.SMTPException, OSError) as error:
            raise TransportUnreachable(
                f"SMTP server {self._where} cannot be used ({error}); check host, port, security and login"
            ) from error
        return server

    def _greet(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._security is Security.STARTTLS:
            server.starttls(context=self._tls or ssl.create_default_context())
            server.ehlo()
        if self._login:
            server.login(*self._login)

    def _close(self) -> None:
        server, self._server = self._server, None
        if server:
            with suppress(smtplib.SMTPException, OSError):  # it may be gone already, which is what we want
                server.quit()
            server.close()

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"
