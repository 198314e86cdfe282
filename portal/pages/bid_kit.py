"""The kit of a common tender: files with which members that were introduced to one another write their tender together.

Values in, files out; nothing is read or stored here, and no price, no capacity and no free text of a member is in it.
The calendar is planned back from the deadline in working days of the buyer's country. Sources: self-declarations of a
group, one for each of its members: Directive 2014/24/EU, article 59, and Implementing Regulation (EU) 2016/7, annex 2;
one tender for each tenderer and lot in Belgium: royal decree of 18 April 2017, article 54.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from interest.competence_families import families_of
from portal.competence_families import TITLES
from portal.pages.lot_view import title_of
from portal.web.i18n import PagePhrases
from presentation.digest_model import BRUSSELS
from presentation.i18n import translatable
from presentation.ical import DayEvent, write_day_events
from presentation.sanitize import clean_url
from warehouse.model.notices import OpenLot
from warehouse.model.workdays import calendar_of, is_working_day
from warehouse.sheets.readable_tables import ReadableTable, write_csv, write_workbook

NOTICE = (
    translatable("Speak of this one call only, and share no more than answering it together needs."),
    translatable(
        "No prices, no capacities and no other calls before you have decided to answer together, each for itself."
    ),
    translatable("Answer together only what none of you could realistically answer alone; keep your note on why."),
    translatable("You may stop at any time, without a reason. Say nothing to anybody about who is not interested."),
    translatable("This is a reminder of competition law, not advice: where in doubt, ask counsel before you go on."),
)
"""The antitrust notice of every introduction."""

_STEPS = (
    (15, translatable("Read all documents; each says which part it covers")),
    (12, translatable("Settle who leads and who covers what; sign the agreement of the group")),
    (10, translatable("Send the last questions to the buyer")),
    (7, translatable("First whole draft; each member's self-declaration (ESPD) complete")),
    (4, translatable("Certificates, references and signatures of every member are in")),
    (2, translatable("Last reading by somebody who did not write it")),
    (1, translatable("Hand in: not on the last day")),
)
"""Working days before the deadline, and the step due by then."""

_ESPD = (
    (translatable("Part II A: the firm, and that it takes part with others: their names and its role"), False),
    (translatable("Part II B: who signs for the firm"), False),
    (translatable("Part II C: firms whose capacities it relies on; each of them fills in an ESPD of its own"), False),
    (translatable("Part II D: subcontractors it does not rely on"), False),
    (translatable("Part III: grounds of exclusion, for itself alone"), False),
    (translatable("Part IV: the criteria of selection that it meets for the group"), False),
    (translatable("Part V: only where the buyer limits the number of candidates"), False),
    (translatable("Part VI: date and signature"), False),
    (translatable("The group's agreement and the leader's mandate"), True),
)
"""Parts of the ESPD (DUME in French, UEA in Dutch, EEE in German); True where only the leader's is needed."""


@dataclass(frozen=True, slots=True)
class KitPartner:
    """A member of the group: `role` as it declared it ("" unknown), its `families` in the directory, the SHA-256 under
    which its sealed note was filed ("" for the reader's own, which it has)."""

    member: str
    name: str
    contact: str
    role: str
    families: frozenset[str]
    note_sha256: str = ""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A day of the plan; `is_late` where it should have been before today and is set to today."""

    day: date
    label: str
    is_late: bool


def families_of_lot(lot: OpenLot) -> tuple[str, ...]:
    """The families of competence a lot's codes name."""
    return tuple(sorted(families_of(cpv.code for cpv in lot.lot.cpv)))


def make_kit(
    lot: OpenLot, partners: Sequence[KitPartner], phrases: PagePhrases, crowded: Iterable[str], now: datetime
) -> dict[str, bytes]:
    """The files of the kit under their names.

    `lot` is the call; `partners` are the members of the group, the reader first; `phrases` translates; `crowded` are
    families of which the group is more than half; `now` is the zone-aware moment.
    """
    plan = plan_back(lot, now)
    translate = phrases.translate
    files = {
        "1-group.txt": _group(lot, partners, phrases, tuple(crowded)),
        "3-calendar.txt": [f"{phrases.format_full_day(s.day)}: {translate(s.label)}{_late(s, phrases)}" for s in plan],
        "4-checklist.txt": _checklist(partners, phrases),
        "5-documents.txt": _documents(lot, phrases),
        "6-competition.txt": [f"- {translate(sentence)}" for sentence in NOTICE],
    }
    written = {name: "".join(f"{line}\r\n" for line in lines).encode() for name, lines in files.items()}
    coverage = _coverage(lot, partners, phrases)
    written |= {"2-who-covers-what.csv": write_csv(coverage), "2-who-covers-what.xlsx": write_workbook(coverage)}
    return {**written, "calendar.ics": write_calendar(lot, plan, phrases, now)} if plan else written


def plan_back(lot: OpenLot, now: datetime) -> tuple[PlanStep, ...]:
    """The steps, each on a working day; none where the call states no deadline."""
    if lot.lot.deadline is None:
        return ()
    calendar, today = calendar_of(lot.notice.buyer_countries), now.astimezone(BRUSSELS).date()
    last = lot.lot.deadline.at.astimezone(BRUSSELS).date()
    days = ((back_from(last, back, calendar), label) for back, label in _STEPS)
    return tuple(PlanStep(max(day, today), label, day < today) for day, label in days)


def back_from(last: date, working_days: int, calendar: str) -> date:
    """The working day so many working days before a day."""
    day, left = last, working_days
    while left:
        day -= timedelta(days=1)
        left -= is_working_day(day, calendar)
    return day


def write_calendar(lot: OpenLot, plan: Iterable[PlanStep], phrases: PagePhrases, now: datetime) -> bytes:
    """The plan as an iCalendar file (RFC 5545), an event of a day for each step.

    `lot` is the call, `plan` its steps; `phrases` translates; `now` is the zone-aware moment, the DTSTAMP of the
    events.
    """
    title, _ = title_of(lot, phrases.language)
    events = [
        DayEvent(
            uid=f"{hashlib.sha256(f'kit {lot.uid} {number}'.encode()).hexdigest()[:32]}@kit",
            day=step.day,
            summary=phrases.translate(step.label),
            description=title,
        )
        for number, step in enumerate(plan)
    ]
    return write_day_events(events, product="-//PIB//kit//EN", written_at=now)


def pack(files: dict[str, bytes]) -> bytes:
    """The files as one ZIP, dated 1980: the time of the download is not recorded."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(f"kit/{name}"), files[name])
    return body.getvalue()


def _group(lot: OpenLot, partners: Iterable[KitPartner], phrases: PagePhrases, crowded: Sequence[str]) -> Iterator[str]:
    translate = phrases.translate
    yield title_of(lot, phrases.language)[0]
    yield f"{lot.uid}"
    if lot.lot.deadline:
        yield translate("Deadline: {deadline}", deadline=phrases.format_deadline(lot.lot.deadline))
    yield ""
    for partner in partners:
        role = translate(ROLES[partner.role]) if partner.role else translate("role to be settled")
        yield f"{partner.name}{f' <{partner.contact}>' if partner.contact else ''}: {role}"
        if partner.note_sha256:
            yield translate("its sealed note on why not alone: SHA-256 {digest}", digest=partner.note_sha256)
    yield ""
    yield translate(
        "Keep your own sealed note on why not alone with your code: whoever asks later, it proves what you thought."
    )
    yield translate("A firm stands in one tender for a lot: check that none of you stands in another one.")
    for family in crowded:
        yield translate(
            "You hold more than half of the cluster's firms in this family: {family}.", family=translate(TITLES[family])
        )
    if crowded:
        yield translate("Together you may leave the buyer no other choice: ask counsel before you go on.")


ROLES = {
    "lead": translatable("leads"),
    "partner": translatable("follows a leader"),
    "either": translatable("leads or follows"),
}


def _coverage(lot: OpenLot, partners: Sequence[KitPartner], phrases: PagePhrases) -> ReadableTable:
    """A row for each required family, a column for each member."""
    translate = phrases.translate
    rows: list[tuple[str, ...]] = []
    for family in families_of_lot(lot):
        own = [family in partner.families for partner in partners]
        covered = translate("yes") if any(own) else translate("no")
        rows.append((translate(TITLES[family]), *("x" if has else "" for has in own), covered))
    columns = (translate("Asked"), *(partner.name for partner in partners), translate("Covered"))
    return ReadableTable(translate("Who covers what"), phrases.language, columns, tuple(rows))


def _checklist(partners: Sequence[KitPartner], phrases: PagePhrases) -> Iterator[str]:
    translate = phrases.translate
    yield translate("Each member of the group hands in an ESPD of its own. Its parts:")
    for partner in partners:
        yield ""
        yield partner.name
        for part, is_leaders in _ESPD:
            if not is_leaders:
                yield f"[ ] {translate(part)}"
    yield ""
    yield translate("Once for the group")
    for part, is_leaders in _ESPD:
        if is_leaders:
            yield f"[ ] {translate(part)}"


def _documents(lot: OpenLot, phrases: PagePhrases) -> list[str]:
    urls = [*lot.lot.documents, *(publication.url for publication in lot.publications)]
    found = [url for url in map(clean_url, urls) if url]
    return list(dict.fromkeys(found)) or [phrases.translate("The notice names no address of documents.")]


def _late(step: PlanStep, phrases: PagePhrases) -> str:
    notice = phrases.translate("at once: little time is left")
    return f" ({notice})" if step.is_late else ""
