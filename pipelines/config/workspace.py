"""Where the things of one night lie, and what the night was asked: the value every stage receives."""

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
"""The hour at which a night is taken to be written: after TED's issue is final (09:30) and read (docs/sources.md)."""


class Progress(Protocol):
    """Whoever watches a night: told which stage begins and how far it is."""

    def begin(self, stage: str) -> None:
        """A stage begins."""
        ...

    def advance(self, done: int, total: int | None) -> None:
        """So much of the stage is done; `total` None when it cannot be known."""
        ...


class Unwatched:
    """Nobody watches (a scheduled run)."""

    def begin(self, stage: str) -> None:
        """Told, and forgotten."""

    def advance(self, done: int, total: int | None) -> None:
        """Told, and forgotten."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The settings, the doors to knock at (`base_urls` None for the publishers' own), how many days back to look
    (None: since each source's watermark less its overlap), and who watches."""

    settings: Settings
    base_urls: Mapping[str, str] | None = None
    days: int | None = None
    progress: Progress = field(default_factory=Unwatched)

    @property
    def data(self) -> Path:
        """The folder everything lies in."""
        return self.settings.folder

    def landing(self, source: str, night: date) -> Path:
        """Where a source's bytes of a night lie."""
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
        """Where embedding models are kept; shared between portals, for they are large and the same."""
        return self.data.parent / "models"

    @property
    def weights(self) -> Path:
        """The weights of the fit that `pib train` wrote; where absent, nights use the shipped ones."""
        return self.data / "fit_weights.toml"

    @property
    def outbox(self) -> Path:
        """The letters and their states."""
        return self.data / "outbox.sqlite"

    @property
    def choices(self) -> Path:
        """What members choose at the portal."""
        return self.data / "choices.sqlite"

    @property
    def link_secret(self) -> Path:
        """The secret that the links of letters are signed with."""
        return self.data / "links.secret"

    @property
    def maildir(self) -> Path:
        """Letters of a night without a mail server."""
        return self.data / "mail"

    @property
    def exports(self) -> Path:
        """What analysts open."""
        return self.data / "exports"

    @property
    def interest(self) -> Path:
        """The room of secrets; nothing but the room's own functions opens what lies there."""
        return self.data / "interest"

    @property
    def member_records(self) -> Path:
        """What people said, as plain files."""
        return self.data / "member-records"

    @property
    def dagster(self) -> Path:
        """The orchestrator's storage."""
        return self.data / "dagster"

    def reading(self) -> Store:
        """The warehouse, to be read only; looking never makes a file, but one of an earlier version is made one of this
        first. Raises NothingKept before the first night, and the warehouse's errors."""
        if not self.warehouse.is_file() and not is_gone(self.warehouse):
            raise NothingKept(f"nothing is kept in {self.data} yet: run `pib night`, or name the folder with --data")
        try:
            return Store.open(self.warehouse, read_only=True)
        except StoreTooOld:
            Store.open(self.warehouse).close()
            return Store.open(self.warehouse, read_only=True)

    def advancing(self, start: int, total: int) -> Callable[[int, int], None]:
        """Tells whoever watches of a part that begins at `start` of `total`."""
        return lambda done, _part: self.progress.advance(start + done, total)


def as_of(night: date) -> datetime:
    """The instant a night's letters speak of."""
    return datetime.combine(night, WRITING_HOUR, tzinfo=ZONE)
