"""The paths and the parameters of one night: the value every stage receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pipelines.config.settings import Settings
from pipelines.errors import NothingKept
from warehouse.errors import StoreTooOld
from warehouse.made_files import is_gone
from warehouse.store import Store

ZONE = ZoneInfo("Europe/Brussels")
WRITING_HOUR = time(10, 0)
"""The hour of day of a night's moment: after TED's issue is final (09:30) and read (docs/sources.md)."""


class Progress(Protocol):
    """Receives the progress of a night: which stage begins and how far it is."""

    def begin(self, stage: str) -> None:
        """A stage begins."""
        ...

    def advance(self, done: int, total: int | None) -> None:
        """So much of the stage is done; `total` None when it cannot be known."""
        ...


class Unwatched:
    """Ignores progress (a scheduled run)."""

    def begin(self, stage: str) -> None:
        """Ignored."""

    def advance(self, done: int, total: int | None) -> None:
        """Ignored."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The settings, the base URLs (`base_urls` None for the publishers' own), how many days back are fetched (None:
    since each source's watermark less its overlap), and the receiver of progress."""

    settings: Settings
    base_urls: Mapping[str, str] | None = None
    days: int | None = None
    progress: Progress = field(default_factory=Unwatched)

    @property
    def data(self) -> Path:
        """The folder of all data."""
        return self.settings.folder

    def landing(self, source: str, night: date) -> Path:
        """The folder of a source's bytes of a night."""
        return self.data / "landing" / source / night.isoformat()

    @property
    def warehouse(self) -> Path:
        """The writer's DuckDB file."""
        return self.data / "warehouse.duckdb"

    @property
    def reading_copy(self) -> Path:
        """The copy that readers open, replaced as a whole at the end of a night."""
        return self.data / "published.duckdb"

    @property
    def models(self) -> Path:
        """The folder of embedding models; shared between portals, for they are large and the same."""
        return self.data.parent / "models"

    @property
    def weights(self) -> Path:
        """The weights of the fit that `pib train` wrote; where absent, nights use the shipped ones."""
        return self.data / "fit_weights.toml"

    @property
    def background(self) -> Path:
        """The scales of relevance that `pib train --model` wrote; where absent, nights use the shipped ones."""
        return self.data / "background.toml"

    @property
    def outbox(self) -> Path:
        """The letters and their states."""
        return self.data / "outbox.sqlite"

    @property
    def choices(self) -> Path:
        """The members' choices at the portal."""
        return self.data / "choices.sqlite"

    @property
    def link_secret(self) -> Path:
        """The secret that the links of letters are signed with."""
        return self.data / "links.secret"

    @property
    def link_register(self) -> Path:
        """The members' addresses and the epochs of their links."""
        return self.data / "link-register.json"

    @property
    def link_requests(self) -> Path:
        """Requests for a link by mail that are not answered yet."""
        return self.data / "link-requests.sqlite"

    @property
    def link_outbox(self) -> Path:
        """Mails with a link that was requested, and their states."""
        return self.data / "link-outbox.sqlite"

    @property
    def maildir(self) -> Path:
        """Letters of a night without a mail server."""
        return self.data / "mail"

    @property
    def exports(self) -> Path:
        """The exports for analysts."""
        return self.data / "exports"

    @property
    def archive(self) -> Path:
        """The match results of nights that left the warehouse."""
        return self.data / "archive"

    @property
    def interest(self) -> Path:
        """The folder of the interest service; only its own functions open what is in it."""
        return self.data / "interest"

    @property
    def member_records(self) -> Path:
        """Members, feedback and choices, as plain files."""
        return self.data / "member-records"

    @property
    def alerts(self) -> Path:
        """What the operator was told last."""
        return self.data / "alerts.json"

    @property
    def operator_mail(self) -> Path:
        """Alerts to the operator without a mail server, a Maildir of their own."""
        return self.data / "operator-mail"

    @property
    def dagster(self) -> Path:
        """The orchestrator's storage."""
        return self.data / "dagster"

    def reading(self) -> Store:
        """The warehouse, to be read only; looking never makes a file, but one of an earlier version is made one of this
        first, and lots are worked out where they changed. Raises NothingKept before the first night, and the
        warehouse's errors."""
        if not self.warehouse.is_file() and not is_gone(self.warehouse):
            raise NothingKept(f"nothing is kept in {self.data} yet: run `pib night`, or name the folder with --data")
        try:
            return Store.open(self.warehouse, read_only=True)
        except StoreTooOld:
            with Store.open(self.warehouse) as store:
                store.refresh_lots()
            return Store.open(self.warehouse, read_only=True)

    def advancing(self, start: int, total: int) -> Callable[[int, int], None]:
        """Reports the progress of a part that begins at `start` of `total`."""
        return lambda done, _part: self.progress.advance(start + done, total)


def as_of(night: date) -> datetime:
    """The moment of a night's letters."""
    return datetime.combine(night, WRITING_HOUR, tzinfo=ZONE)
