"""The paths and the parameters of one night: the value every stage receives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pipelines.config.settings import Settings
from pipelines.errors import NothingKept
from warehouse.atomic_files import link_whole
from warehouse.database.parts import StorePart
from warehouse.errors import FactsTooOld, StoreTooOld
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


DEFAULT_CLUSTER = "default"
"""The cluster of an installation that was told of none."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An installation's facts and one of its clusters.

    `settings` are those in effect for the cluster; `base_urls` None for the publishers' own; `days` how many days back
    are fetched (None: since each source's watermark less its overlap); `progress` receives the progress; `shared` are
    the installation's settings, None where the cluster has none of its own.
    """

    settings: Settings
    base_urls: Mapping[str, str] | None = None
    days: int | None = None
    progress: Progress = field(default_factory=Unwatched)
    cluster: str = DEFAULT_CLUSTER
    shared: Settings | None = None

    @property
    def installation(self) -> Settings:
        """The settings that all clusters share."""
        return self.shared or self.settings

    @property
    def data(self) -> Path:
        """The folder of all data."""
        return self.settings.folder

    @property
    def facts(self) -> Path:
        """The folder of what is stored once for all clusters."""
        return self.data / "facts"

    @property
    def clusters(self) -> Path:
        """The folder that holds a folder for each cluster."""
        return self.data / "clusters"

    @property
    def home(self) -> Path:
        """The folder of the cluster."""
        return self.clusters / self.cluster

    def landing(self, source: str, night: date) -> Path:
        """The folder of a source's bytes of a night."""
        return self.facts / "landing" / source / night.isoformat()

    @property
    def warehouse(self) -> Path:
        """The DuckDB file of the facts."""
        return self.facts / "warehouse.duckdb"

    @property
    def facts_copy(self) -> Path:
        """The copy of the facts that clusters read, replaced as a whole when the facts were written."""
        return self.facts / "published.duckdb"

    @property
    def store(self) -> Path:
        """The DuckDB file of the cluster: members, feedback, match results."""
        return self.home / "cluster.duckdb"

    @property
    def reading_copy(self) -> Path:
        """The copy of the cluster's file that readers open, replaced as a whole at the end of a night."""
        return self.home / "published.duckdb"

    @property
    def reading_copy_facts(self) -> Path:
        """The facts as they were when the reading copy was made: a hard link where the file system has them."""
        return self.home / "published.facts.duckdb"

    @property
    def models(self) -> Path:
        """The folder of embedding models; shared between portals, for they are large and the same."""
        return self.data.parent / "models"

    @property
    def weights(self) -> Path:
        """The weights of the fit that `pib train` wrote; where absent, nights use the shipped ones."""
        return self.home / "fit_weights.toml"

    @property
    def background(self) -> Path:
        """The scales of relevance that `pib train --model` wrote; where absent, nights use the shipped ones."""
        return self.home / "background.toml"

    @property
    def outbox(self) -> Path:
        """The letters and their states."""
        return self.home / "outbox.sqlite"

    @property
    def choices(self) -> Path:
        """The members' choices at the portal."""
        return self.home / "choices.sqlite"

    @property
    def link_secret(self) -> Path:
        """The secret that the links of letters are signed with."""
        return self.home / "links.secret"

    @property
    def link_register(self) -> Path:
        """The members' addresses and the epochs of their links."""
        return self.home / "link-register.json"

    @property
    def link_requests(self) -> Path:
        """Requests for a link by mail that are not answered yet."""
        return self.home / "link-requests.sqlite"

    @property
    def link_outbox(self) -> Path:
        """Mails with a link that was requested, and their states."""
        return self.home / "link-outbox.sqlite"

    @property
    def maildir(self) -> Path:
        """Letters of a night without a mail server."""
        return self.home / "mail"

    @property
    def exports(self) -> Path:
        """The exports for analysts."""
        return self.home / "exports"

    @property
    def archive(self) -> Path:
        """The match results of nights that left the cluster's store."""
        return self.home / "archive"

    @property
    def interest(self) -> Path:
        """The folder of the interest service; only its own functions open what is in it."""
        return self.home / "interest"

    @property
    def member_records(self) -> Path:
        """Members, feedback and choices, as plain files."""
        return self.home / "member-records"

    @property
    def fact_records(self) -> Path:
        """What persons decided about the facts, as plain files."""
        return self.facts / "records"

    @property
    def alerts(self) -> Path:
        """What the operator was told last of the cluster."""
        return self.home / "alerts.json"

    @property
    def operator_mail(self) -> Path:
        """Alerts to the operator without a mail server, a Maildir of their own."""
        return self.home / "operator-mail"

    @property
    def dagster(self) -> Path:
        """The orchestrator's storage."""
        return self.data / "dagster"

    def open_facts(self) -> Store:
        """The facts, to be written, made where there are none. Raises the warehouse's errors."""
        return Store.open(self.warehouse, part=StorePart.FACTS)

    def open_cluster(self) -> Store:
        """The cluster's store, to be written, over the published facts, which it reads only; made where there is none.
        Raises the warehouse's errors."""
        return self._over_facts(lambda: Store.open(self.store, part=StorePart.CLUSTER, facts=self.facts_copy))

    def reading_facts(self) -> Store:
        """The published facts, to be read only. Raises NothingKept where there are none, and the warehouse's errors."""
        if not self.warehouse.is_file() and not is_gone(self.warehouse):
            raise self._nothing_kept()
        return self._over_facts(lambda: Store.open(self.facts_copy, read_only=True))

    def reading(self) -> Store:
        """The cluster's store over the published facts, to be read only; looking never makes a file, but one of an
        earlier version is made one of this first. Raises NothingKept before the first night, and the warehouse's
        errors."""
        if not self.store.is_file() and not is_gone(self.store):
            if not self.warehouse.is_file():
                raise self._nothing_kept()
            self.open_cluster().close()
        try:
            return self._over_facts(lambda: Store.open(self.store, read_only=True, facts=self.facts_copy))
        except StoreTooOld:
            self.open_cluster().close()
            return self._over_facts(lambda: Store.open(self.store, read_only=True, facts=self.facts_copy))

    def _nothing_kept(self) -> NothingKept:
        return NothingKept(f"nothing is kept in {self.data} yet: run `pib night`, or name the folder with --data")

    def _over_facts(self, open_store: Callable[[], Store]) -> Store:
        """A cluster's store over facts that were published by this version."""
        if not self.facts_copy.is_file():
            self.publish_facts()
        try:
            return open_store()
        except FactsTooOld:
            # Nobody waits here for a lock: who holds the facts may be waiting for this cluster.
            self.publish_facts()
            return open_store()

    def hold_facts(self) -> Store:
        """The facts' own file, to be read only, its lots worked out; nobody writes it while it is open."""
        try:
            return Store.open(self.warehouse, read_only=True)
        except StoreTooOld:
            with self.open_facts() as store:
                store.refresh_lots()
            return Store.open(self.warehouse, read_only=True)

    def publish_facts(self) -> None:
        """Replaces the copy of the facts that clusters read."""
        with self.open_facts() as store:
            store.publish_copy(self.facts_copy)

    def publish_cluster(self, store: Store) -> None:
        """Replaces the copies that readers open: the facts that the cluster's `store` reads, then its own file."""
        link_whole(self.facts_copy, self.reading_copy_facts)
        store.publish_copy(self.reading_copy)

    def advancing(self, start: int, total: int) -> Callable[[int, int], None]:
        """Reports the progress of a part that begins at `start` of `total`."""
        return lambda done, _part: self.progress.advance(start + done, total)


def as_of(night: date) -> datetime:
    """The moment of a night's letters."""
    return datetime.combine(night, WRITING_HOUR, tzinfo=ZONE)
