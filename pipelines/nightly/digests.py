"""What the warehouse concluded, put before each member: between a night's verdicts and the outbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from digests.composing.compose import compose_digest, compose_heartbeat
from digests.composing.editions import is_due, is_heartbeat_due
from digests.delivery.outbox import Outbox
from digests.rendering.dkim_signing import DkimKey
from digests.rendering.letter import Letter, Sender
from digests.rendering.mime import render_letter
from pipelines.config.settings import Settings
from pipelines.config.workspace import House, as_of
from pipelines.errors import BadSettings
from pipelines.nightly.interest import find_key_manifest
from portal.member_choices import Choices
from presentation.digest_model import Awarded, Digest, Told
from presentation.errors import DigestRefused
from presentation.signed_links import Links, keep_secret
from scrapers.source import find_sources
from warehouse.model.alarms import AlarmKind
from warehouse.model.changes import Difference
from warehouse.model.codes import Cpv
from warehouse.model.cpv_labels import CpvLabel, completed
from warehouse.model.match_results import Verdict
from warehouse.model.members import Member
from warehouse.model.night_reports import Ended
from warehouse.model.notices import OpenLot
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Concluded:
    """All a letter of the night is written from: the members by id, the open lots by uid, the verdicts, the titles of
    sources that failed."""

    night: date
    members: Mapping[str, Member]
    lots: Mapping[str, OpenLot]
    verdicts: tuple[Verdict, ...]
    missing_sources: tuple[str, ...]
    labels: Mapping[Cpv, CpvLabel]

    @classmethod
    def of(cls, store: Store, night: date) -> "Concluded":
        """As the warehouse remembers the night."""
        titles = {name: source.title for name, source in find_sources().items()}
        return cls(
            night=night,
            members={member.id: member for member in store.find_members()},
            lots={lot.uid: lot for lot in store.find_open_lots()},
            verdicts=store.find_verdicts(night),
            missing_sources=tuple(titles[name] for name in _missing(store, night) if name in titles),
            labels=completed(store.find_cpv_labels()),
        )

    def compose(
        self,
        member: Member,
        told: tuple[Told, ...] = (),
        ended: tuple[Ended, ...] = (),
        differences: Mapping[str, tuple[Difference, ...]] | None = None,
    ) -> Digest | None:
        """The member's digest; None when nothing is worth a letter."""
        digest = compose_digest(
            member,
            self.lots,
            self.verdicts,
            as_of=as_of(self.night),
            members=self.members,
            told=told,
            missing_sources=self.missing_sources,
            withdrawn=[one.lot for one in ended if one.is_cancelled],
            awarded=[Awarded(one.lot, one.award) for one in ended if one.award],
            differences=differences,
        )
        return replace(digest, labels=self.labels) if digest else None


def _missing(store: Store, night: date) -> tuple[str, ...]:
    """The sources that did not answer to the end, and those that answered nothing on a working day."""
    broken = (crawl.source for crawl in store.find_crawls(night) if not crawl.complete)
    silent = (alarm.source for alarm in store.find_alarms(night) if alarm.kind is AlarmKind.SILENT)
    return tuple(dict.fromkeys((*broken, *silent)))


@dataclass(frozen=True, slots=True)
class Press:
    """What letters are printed with: whose they are, the portal their links lead to, the key they are signed with, and
    the SHA-256 of the public manifest of keys of interest, by which members see that they all have the same."""

    sender: Sender
    portal: Links | None = None
    key: DkimKey | None = None
    key_manifest: str = ""

    @classmethod
    def of(cls, house: House) -> "Press":
        """As the settings say. Raises BadSettings for a key that cannot be used."""
        settings, secret = house.settings, keep_secret(house.link_secret)
        portal = Links(settings.portal_url, secret) if settings.portal_url else None
        return cls(replace(sender_of(settings), secret=secret), portal, _read_key(settings), find_key_manifest(house))

    def print(self, digest: Digest) -> Letter:
        """The digest rendered, signed and frozen. Raises DigestRefused."""
        digest = replace(digest, key_manifest=self.key_manifest)
        return render_letter(digest, self.sender, portal=self.portal, key=self.key)


def _read_key(settings: Settings) -> DkimKey | None:
    dkim = settings.dkim
    if dkim is None:
        return None
    try:
        if dkim.key.stat().st_mode & 0o077:
            raise BadSettings(f"the DKIM key {dkim.key} can be read by others than its owner: chmod 600 it")
        pem = dkim.key.read_bytes()
    except OSError as error:
        raise BadSettings(f"the DKIM key {dkim.key} cannot be read ({error.strerror}); mend [dkim] key") from error
    return DkimKey(dkim.domain or sender_of(settings).domain, dkim.selector, pem)


@dataclass(slots=True)
class Written:
    """The letters of a night as they are written: how many were kept, and why some could not be."""

    kept: int = 0
    refused: tuple[str, ...] = ()


def write_letters(store: Store, outbox: Outbox, house: House, night: date) -> Written:
    """Keeps a letter for each member whose edition is due and who has something to be told, and a heartbeat for who
    asked for one. A letter that cannot be written stops no other."""
    press, concluded, other_names = Press.of(house), Concluded.of(store, night), store.find_other_names()
    chosen, stopped = Choices(house.choices), frozenset(Choices(house.choices).find_stopped())
    wished, written = chosen.find_preferences(), Written()
    for done, one in enumerate(concluded.members.values(), start=1):
        house.progress.advance(done, len(concluded.members))
        if one.id in stopped:
            continue
        member = replace(one, preferences=wished.get(one.id, one.preferences))
        digest = _compose(store, outbox, concluded, member, other_names)
        if digest is None:
            continue
        try:
            written.kept += outbox.keep_letter(press.print(digest), at=as_of(night))
        except DigestRefused as error:
            written.refused = (*written.refused, f"{member.id}: {error}")
    return written


def _compose(
    store: Store, outbox: Outbox, concluded: Concluded, member: Member, other_names: Mapping[str, str]
) -> Digest | None:
    """What the member should read tonight; None when its edition is not due, or there is nothing to say."""
    moment = as_of(concluded.night)
    if is_due(member, moment, outbox.find_last_edition(member.id)):
        told = _under_todays_names(outbox.find_told(member.id), other_names)
        ended = store.find_ended(sorted({one.lot_uid for one in told} - concluded.lots.keys()))
        told_at = {other_names.get(lot, lot): at for lot, at in outbox.find_told_at(member.id).items()}
        changed = store.find_differences({lot: at for lot, at in told_at.items() if lot in concluded.lots})
        if digest := concluded.compose(member, told, ended, changed):
            return digest
    if is_heartbeat_due(member, moment, outbox.find_last_kept(member.id)):
        return compose_heartbeat(member, len(concluded.lots), as_of=moment, missing_sources=concluded.missing_sources)
    return None


def _under_todays_names(told: Iterable[Told], other_names: Mapping[str, str]) -> tuple[Told, ...]:
    """What was told of a lot before its purchase was found at another portal too was told of the same lot."""
    return tuple(replace(one, lot_uid=other_names.get(one.lot_uid, one.lot_uid)) for one in told)


def sender_of(settings: Settings) -> Sender:
    """Whose letters these are."""
    return Sender(settings.sender_name, settings.sender, settings.reply_to, settings.list_id)
