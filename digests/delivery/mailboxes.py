"""The mailboxes that receive failure notices: a Maildir or a folder of an IMAP account.

A message is marked as read only after the caller has processed it, so that an interrupted run reads it again.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from digests.errors import MailboxUnreachable


class MaildirBox:
    """The new messages of a Maildir; messages that were read move to `cur`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Iterator[bytes]:
        """Yields each new message and marks it as read when the next one is requested. Raises MailboxUnreachable."""
        if not (self._folder / "new").is_dir():
            raise MailboxUnreachable(
                f"{self._folder} is no Maildir (it has no folder 'new'); correct [bounces] maildir"
            )
        try:
            for place in sorted((self._folder / "new").iterdir()):
                yield place.read_bytes()
                (self._folder / "cur").mkdir(exist_ok=True)
                place.replace(self._folder / "cur" / f"{place.name}:2,S")
        except OSError as error:
            raise MailboxUnreachable(f"Maildir {self._folder} cannot be read ({error}); correct its rights") from error


class ImapBox:
    """The unseen messages of an IMAP folder (RFC 9051).

    Args:
        host: of the server.
        port: of the server.
        user: login name.
        password: of the user.
        folder: the mailbox name.
        tls: trust settings; None for the system's.
        is_secure: whether to connect with TLS.
        timeout: seconds to wait for each response.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        folder: str = "INBOX",
        tls: ssl.SSLContext | None = None,
        is_secure: bool = True,
        timeout: float = 30.0,
    ) -> None:
        self._host, self._port, self._login, self._folder = host, port, (user, password), folder
        self._tls, self._is_secure, self._timeout = tls, is_secure, timeout

    def read(self) -> Iterator[bytes]:
        """Yields each unseen message and marks it as seen when the next one is requested. Raises MailboxUnreachable."""
        try:
            server = self._connect()
            try:
                for number in self._command(server, "SEARCH", None, "UNSEEN")[0].split():
                    name = number.decode()
                    answer = self._command(server, "FETCH", name, "(BODY.PEEK[])")
                    yield next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")
                    self._command(server, "STORE", name, "+FLAGS.SILENT", r"(\Seen)")
            finally:
                with suppress(imaplib.IMAP4.error, OSError):
                    server.logout()
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxUnreachable(
                f"IMAP server {self._host}:{self._port} cannot be used ({error}); check [bounces] host, user, folder, "
                "and PIB_IMAP_PASSWORD"
            ) from error

    def _connect(self) -> imaplib.IMAP4:
        if self._is_secure:
            context = self._tls or ssl.create_default_context()
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                self._host, self._port, ssl_context=context, timeout=self._timeout
            )
        else:
            server = imaplib.IMAP4(self._host, self._port, timeout=self._timeout)
        server.login(*self._login)
        status, detail = server.select(f'"{self._folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"folder {self._folder!r} cannot be opened: {detail}")
        return server

    def _command(self, server: imaplib.IMAP4, command: str, *words: str | None) -> list[bytes]:
        status, data = server.uid(command, *[word for word in words if word is not None])
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered {status} {data}")
        return data
