"""What the warehouse concluded, put before each member: between a night's verdicts and the outbox."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from digests.carriers import Carrier, MaildirCarrier, Security, SmtpCarrier
from digests.compose import compose_digest
from digests.digest import Awarded, Digest, Told
from digests.editions import is_due
from digests.letter import Letter, Sender
from digests.outbox import Outbox
from digests.render import render_letter
from pipelines.house import House, Progress, as_of
from pipelines.settings import Settings
from scrapers.source import find_sources
from warehouse.alarms import AlarmKind
from warehouse.changes import Difference
from warehouse.cluster import Member
from warehouse.codes import Cpv
from warehouse.facts import OpenLot
from warehouse.labels import CpvLabel, completed
from warehouse.nights import Ended
from warehouse.store import Store
from warehouse.verdicts import Verdict


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


def write_letters(store: Store, outbox: Outbox, night: date, sender: Sender, progress: Progress) -> Iterator[Letter]:
    """A letter for each member whose edition is due and who has something to be told."""
    concluded = Concluded.of(store, night)
    other_names = store.find_other_names()
    for done, member in enumerate(concluded.members.values(), start=1):
        progress.advance(done, len(concluded.members))
        if not is_due(member, as_of(night), outbox.find_last_edition(member.id)):
            continue
        told = _under_todays_names(outbox.find_told(member.id), other_names)
        ended = store.find_ended(sorted({one.lot_uid for one in told} - concluded.lots.keys()))
        told_at = {other_names.get(lot, lot): at for lot, at in outbox.find_told_at(member.id).items()}
        changed = store.find_differences({lot: at for lot, at in told_at.items() if lot in concluded.lots})
        digest = concluded.compose(member, told, ended, changed)
        if digest:
            yield render_letter(digest, sender)


def _under_todays_names(told: Iterable[Told], other_names: Mapping[str, str]) -> tuple[Told, ...]:
    """What was told of a lot before its purchase was found at another portal too was told of the same lot."""
    return tuple(replace(one, lot_uid=other_names.get(one.lot_uid, one.lot_uid)) for one in told)


def sender_of(settings: Settings) -> Sender:
    """Whose letters these are."""
    return Sender(settings.sender_name, settings.sender, settings.reply_to, settings.list_id)


def carrier_of(house: House) -> Carrier:
    """The mail server of the settings, else a Maildir in the data folder."""
    smtp = house.settings.smtp
    if smtp is None:
        return MaildirCarrier(house.maildir)
    return SmtpCarrier(smtp.host, smtp.port, security=Security(smtp.security), user=smtp.user, password=smtp.password)
