"""From the match results of a night to the outbox: digests composed, rendered and saved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from digests.composing.compose import compose_digest, compose_heartbeat
from digests.composing.editions import is_due, is_heartbeat_due
from digests.delivery.outbox import Outbox
from digests.rendering.dkim_signing import DkimKey
from digests.rendering.letter import Letter, Sender
from digests.rendering.mime import render_letter
from pipelines.config.portal_links import open_links
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.errors import BadSettings
from pipelines.nightly.interest import find_key_manifest
from portal.member_choices import Choices
from presentation.digest_model import AwardedLot, Digest, NotifiedLot
from presentation.errors import DigestRefused
from presentation.signed_links import PortalLinks, load_or_create_secret
from scrapers.source import find_sources
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import CpvLabel, completed
from warehouse.model.alarms import AlarmKind
from warehouse.model.changes import Difference
from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member
from warehouse.model.night_reports import EndedLot
from warehouse.model.notices import OpenLot
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class NightResults:
    """The data of a night's letters: the members by id, the open lots by uid, the match results, the titles of sources
    that failed."""

    night: date
    members: Mapping[str, Member]
    lots: Mapping[str, OpenLot]
    match_results: tuple[MatchResult, ...]
    missing_sources: tuple[str, ...]
    labels: Mapping[Cpv, CpvLabel]

    @classmethod
    def of(cls, store: Store, night: date) -> "NightResults":
        """From the warehouse."""
        titles = {name: source.title for name, source in find_sources().items()}
        return cls(
            night=night,
            members={member.id: member for member in store.load_members()},
            lots={lot.uid: lot for lot in store.load_open_lots()},
            match_results=store.load_match_results(night, without_refusals=True),
            missing_sources=tuple(titles[name] for name in _missing(store, night) if name in titles),
            labels=completed(store.load_cpv_labels()),
        )

    def compose(
        self,
        member: Member,
        notified: tuple[NotifiedLot, ...] = (),
        ended: tuple[EndedLot, ...] = (),
        differences: Mapping[str, tuple[Difference, ...]] | None = None,
    ) -> Digest | None:
        """The digest of `member`; None when nothing is worth a letter.

        `notified` are its earlier notifications, oldest first; `ended` lots that were cancelled or awarded since;
        `differences` the facts that changed since it was notified, by lot uid.
        """
        digest = compose_digest(
            member,
            self.lots,
            self.match_results,
            as_of=as_of(self.night),
            members=self.members,
            notified=notified,
            missing_sources=self.missing_sources,
            withdrawn=[lot.lot for lot in ended if lot.is_cancelled],
            awarded=[AwardedLot(lot.lot, lot.award) for lot in ended if lot.award],
            differences=differences,
        )
        return replace(digest, labels=self.labels) if digest else None


def _missing(store: Store, night: date) -> tuple[str, ...]:
    """The sources that did not answer to the end, and those that answered nothing on a working day."""
    broken = (crawl.source for crawl in store.load_crawls(night) if not crawl.complete)
    silent = (alarm.source for alarm in store.load_alarms(night) if alarm.kind is AlarmKind.SILENT)
    return tuple(dict.fromkeys((*broken, *silent)))


@dataclass(frozen=True, slots=True)
class LetterRenderer:
    """The parameters of rendering: the sender, the portal of the links, the DKIM key, and the SHA-256 of the public
    manifest of keys of interest, by which members see that they all have the same."""

    sender: Sender
    portal: PortalLinks | None = None
    key: DkimKey | None = None
    key_manifest: str = ""

    @classmethod
    def of(cls, workspace: Workspace) -> "LetterRenderer":
        """From the settings. Raises BadSettings for a key that cannot be used."""
        settings = workspace.settings
        portal = open_links(workspace, settings.portal_url) if settings.portal_url else None
        return cls(signing_sender(workspace), portal, read_dkim_key(settings), find_key_manifest(workspace))

    def render(self, digest: Digest) -> Letter:
        """The digest rendered and signed. Raises DigestRefused."""
        digest = replace(digest, key_manifest=self.key_manifest)
        return render_letter(digest, self.sender, portal=self.portal, key=self.key)


def read_dkim_key(settings: Settings) -> DkimKey | None:
    """The key that letters are signed with, None where the settings name none. Raises BadSettings."""
    dkim = settings.dkim
    if dkim is None:
        return None
    try:
        if dkim.key.stat().st_mode & 0o077:
            raise BadSettings(f"the DKIM key {dkim.key} can be read by others than its owner: chmod 600 it")
        pem = dkim.key.read_bytes()
    except OSError as error:
        raise BadSettings(f"the DKIM key {dkim.key} cannot be read ({error.strerror}); correct [dkim] key") from error
    return DkimKey(dkim.domain or sender_of(settings).domain, dkim.selector, pem)


@dataclass(slots=True)
class Written:
    """Letters written in a night: how many were saved, and why some could not be."""

    kept: int = 0
    refused: tuple[str, ...] = ()


def write_letters(store: Store, outbox: Outbox, workspace: Workspace, night: date) -> Written:
    """Saves a letter for each member whose edition is due and who has something to be notified of, and a heartbeat for
    those who chose it. A letter that cannot be written stops no other.

    Results of the `night` come from the `store`, letters go to the `outbox`; `workspace` gives the settings, the
    members' choices and the receiver of progress.
    """
    renderer, results, other_names = (
        LetterRenderer.of(workspace),
        NightResults.of(store, night),
        store.load_other_names(),
    )
    choices = Choices(workspace.choices)
    stopped, chosen, written = frozenset(choices.load_stopped()), choices.load_preferences(), Written()
    for done, registered in enumerate(results.members.values(), start=1):
        workspace.progress.advance(done, len(results.members))
        if registered.id in stopped:
            continue
        member = replace(registered, preferences=chosen.get(registered.id, registered.preferences))
        digest = _compose(store, outbox, results, member, other_names)
        if digest is None:
            continue
        try:
            written.kept += outbox.save_letter(renderer.render(digest), at=as_of(night))
        except DigestRefused as error:
            written.refused = (*written.refused, f"{member.id}: {error}")
    return written


def _compose(
    store: Store, outbox: Outbox, results: NightResults, member: Member, other_names: Mapping[str, str]
) -> Digest | None:
    """The digest of the member for tonight; None when its edition is not due, or there is nothing to notify."""
    moment = as_of(results.night)
    if is_due(member, moment, outbox.load_last_edition(member.id)):
        notified = _under_todays_names(outbox.load_notified(member.id), other_names)
        ended = store.load_ended_lots(sorted({lot.lot_uid for lot in notified} - results.lots.keys()))
        notified_at = {other_names.get(lot, lot): at for lot, at in outbox.load_notification_times(member.id).items()}
        changed = store.load_differences({lot: at for lot, at in notified_at.items() if lot in results.lots})
        if digest := results.compose(member, notified, ended, changed):
            return digest
    if is_heartbeat_due(member, moment, outbox.load_last_saved_at(member.id)):
        return compose_heartbeat(member, len(results.lots), as_of=moment, missing_sources=results.missing_sources)
    return None


def _under_todays_names(notified: Iterable[NotifiedLot], other_names: Mapping[str, str]) -> tuple[NotifiedLot, ...]:
    """Notifications of a lot from before its purchase was found at another portal too, under today's name of the
    lot."""
    return tuple(replace(lot, lot_uid=other_names.get(lot.lot_uid, lot.lot_uid)) for lot in notified)


def signing_sender(workspace: Workspace) -> Sender:
    """The sender of the letters, with the secret that keys their Message-IDs."""
    return replace(sender_of(workspace.settings), secret=load_or_create_secret(workspace.link_secret))


def sender_of(settings: Settings) -> Sender:
    """The sender of the letters, from the settings."""
    return Sender(settings.sender_name, settings.sender, settings.reply_to, settings.list_id)
