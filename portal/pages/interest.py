"""The pages of secret interest: declare, change, withdraw, check; look for partners, be introduced, download the kit.

One address for a member and a lot; its last part is sealed, so that no log of addresses shows whose page it is or of
what. A GET changes nothing. A POST is answered directly, never by a redirect: a code is in no URL, no cookie and no
store, and the pages may not be cached. Nothing that happens here is written to any log or store but the sealed one: the
forms' names are spent in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interest.errors import InterestError, InterestRefused, RefusalReason
from interest.roles.vault_forms import FormAnswer
from portal.competence_families import TITLES
from portal.errors import FormOver, InterestFailed, LinkUnknown
from portal.interest_service import LONGEST_NOTE, PARTNER_ACTS, Fields, Inbox, InterestService, single_value
from portal.pages.bid_kit import KitPartner, families_of_lot, make_kit, pack
from portal.pages.lot_view import title_of
from portal.snapshot import Snapshot
from portal.web.context import Action, Actions, PortalContext
from portal.web.given_links import GivenLinks
from portal.web.i18n import PagePhrases
from portal.web.one_time_forms import FIELD, Forms, refuse_other_sites
from portal.web.page import Pages, Reader
from portal.web.security import read_form
from presentation.i18n import translatable
from presentation.signed_links import Grant, Purpose
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot

PREFIX = "/interest/"
ROLES = {
    "lead": translatable("we would lead"),
    "partner": translatable("we would follow a leader"),
    "either": translatable("either"),
}
_REASONS: Mapping[RefusalReason, str] = {
    RefusalReason.CLOSED: translatable("This call takes no declarations."),
    RefusalReason.FORM: translatable(
        "Choose from what the page offers, one to three families, and keep a note under 900 signs, of which an accent "
        "costs one; nothing was changed."
    ),
    RefusalReason.TOKEN: translatable("Nothing can be done with this here."),
    RefusalReason.RECEIPT: translatable(
        "Nothing can be done with this code here. Look at it again: five groups of signs."
    ),
    RefusalReason.FULL: translatable("Five are open already. They end with the call, or when you withdraw."),
    RefusalReason.OFTEN: translatable("This was declared too often from this page. Ask the team to erase it."),
    RefusalReason.CARD: translatable("No card can be shown for this: too few members would fit it."),
}
_DONE = {
    "card": translatable(
        "Your card is posted. The families' members see it from tomorrow on, without your name; the day after, you "
        "meet who answered it."
    ),
    "card-first-look": translatable(
        "Your card is posted. The families' members see it from tomorrow on, without your name; what they offer stands "
        "here the day after."
    ),
    "offer": translatable(
        "Your offer and your consent are filed. If the other side consents too, both names arrive together, tomorrow."
    ),
    "accept": translatable(
        "Your consent is filed. If the other side consented too, both names arrive together, tomorrow."
    ),
}


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request: whose, of which lot, when, in which language."""

    token: str
    member: Member
    lot_uid: str
    snapshot: Snapshot
    reader: Reader
    now: datetime
    given: GivenLinks


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result shown on the page: what was done, or why it was refused."""

    answer: FormAnswer
    inbox: Inbox | None = None
    code: str = ""
    done: str = ""
    refused: RefusalReason | None = None


class InterestPages:
    """The routes of a member's interest in a lot."""

    def __init__(self, portal: PortalContext, pages: Pages, forms: Forms, interest_service: InterestService) -> None:
        self._portal, self._pages, self._forms, self._service = portal, pages, forms, interest_service
        self._spent: dict[str, datetime] = {}
        self._spending = Lock()

    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route(PREFIX + "{token}", self.look),
            Route(PREFIX + "{token}", self.act, methods=["POST"]),
        ]

    def look(self, request: Request) -> Response:
        """The page; a GET changes nothing, however often."""
        visit = self._visit(request)
        return self._show(request, visit, self._knock("GET", visit, {}))

    async def act(self, request: Request) -> Response:
        """Performs the action of a form of the page, and responds with its result."""
        refuse_other_sites(request)
        fields = await read_form(request)
        return await run_in_threadpool(self._act, request, fields)

    def _act(self, request: Request, fields: Mapping[str, tuple[str, ...]]) -> Response:
        visit = self._visit(request)
        form = self._forms.take(visit.token, fields, visit.now)
        form_fields = {name: values for name, values in fields.items() if name != FIELD}
        act = next(iter(form_fields.get("act", ())), "")
        if act not in PARTNER_ACTS:
            return self._show(request, visit, self._knock("POST", visit, form_fields, form.name))
        if act in _DONE:
            self._spend(form.name, form.until, visit.now)
        try:
            inbox = self._do(visit, form_fields)
            if act == "kit":
                return self._send_kit(visit, form_fields, inbox)
        except InterestRefused as refused:
            outcome = _Outcome(self._knock("GET", visit, {}).answer, refused=refused.why)
        else:
            outcome = _Outcome(
                self._knock("GET", visit, {}).answer, inbox, single_value(form_fields, "code"), _DONE.get(act, "")
            )
        return self._show(request, visit, outcome)

    def _visit(self, request: Request) -> _Visit:
        """Raises LinkUnknown alike for what is forged, cut, of another portal, of the format before epochs, or of a
        member who left; LinkEnded, LinkOver."""
        snapshot, token = self._portal.snapshots.current(), request.path_params["token"]
        try:
            member, lot_uid, until, epoch = self._service.read(token, snapshot.members)
        except InterestRefused:
            raise LinkUnknown from None
        grant = Grant(Purpose.INTEREST, member.id, lot_uid, until, epoch)
        self._portal.check(grant)
        given = self._portal.given_by(grant)
        reader = Reader.of(request, snapshot, member, given)
        return _Visit(token, member, lot_uid, snapshot, reader, self._portal.now(), given)

    def _knock(self, method: str, visit: _Visit, form: Fields, form_name: str = "") -> _Outcome:
        try:
            answer = self._service.answer_request(
                method, visit.token, form, visit.snapshot.members, self._portal.today(), form_name
            )
        except (InterestError, OSError):
            raise InterestFailed from None  # a traceback in a log would name the key of the lot
        return _Outcome(answer, refused=answer.refused)

    def _do(self, visit: _Visit, form: Fields) -> Inbox:
        try:
            return self._service.do(visit.member, visit.lot_uid, form, visit.snapshot.members, self._portal.today())
        except InterestRefused:
            raise
        except (InterestError, OSError):
            raise InterestFailed from None

    def _spend(self, name: str, until: datetime, now: datetime) -> None:
        """A form that posts to others is valid once. Raises FormOver."""
        with self._spending:
            self._spent = {spent: end for spent, end in self._spent.items() if end > now}
            if name in self._spent:
                raise FormOver
            self._spent[name] = until

    def _show(self, request: Request, visit: _Visit, outcome: _Outcome) -> Response:
        translate, answer = visit.reader.phrases.translate, outcome.answer
        lot = visit.snapshot.lots.get(visit.lot_uid)
        title, language = title_of(lot, visit.reader.language) if lot else ("", None)

        def titles(codes: Iterable[str]) -> str:
            return ", ".join(translate(TITLES[code]) for code in codes)

        return self._pages.answer(
            request,
            "interest.html.j2",
            visit.reader,
            status=400 if outcome.refused else 200,
            title=translate("Interest, in secret"),
            form=self._forms.issue(visit.token, visit.now),
            action=request.url.path,
            lot_title=title,
            lot_language=language,
            lot_url=visit.given.path(Purpose.LOT, visit.lot_uid),
            is_open=answer.is_open,
            families=[(code, translate(TITLES[code])) for code in answer.choices],
            roles=[(value, translate(label)) for value, label in ROLES.items()],
            act=answer.done,
            receipt=answer.code,
            standing=answer.standing,
            refused=translate(_REASONS[outcome.refused]) if outcome.refused else None,
            inbox=outcome.inbox,
            code=outcome.code,
            done=translate(outcome.done) if outcome.done else None,
            names={code: translate(title) for code, title in TITLES.items()},
            titles=titles,
            elsewhere=self._elsewhere(visit),
            longest=LONGEST_NOTE,
            crowded=self._crowded(visit, outcome.inbox, translate),
        )

    def _crowded(self, visit: _Visit, inbox: Inbox | None, translate: Callable[[str], str]) -> list[str]:
        """The families of the lot of which the members introduced hold more than half of the directory."""
        lot, met = visit.snapshot.lots.get(visit.lot_uid), inbox.introductions if inbox else ()
        group = {visit.member.id, *(brought.identity.member for brought in met if brought.identity)}
        if lot is None or len(group) < 2:
            return []
        families = self._service.crowded_families(group, families_of_lot(lot), visit.snapshot.members)
        return [translate(TITLES[family]) for family in families]

    def _elsewhere(self, visit: _Visit) -> list[dict[str, object]]:
        """The member's pages of other lots on which a card requests one of its families."""
        members, today = visit.snapshot.members, self._portal.today()
        found = self._service.cards_elsewhere(visit.member.id, visit.lot_uid, members, today)
        lots = [visit.snapshot.lots[uid] for uid in found if uid in visit.snapshot.lots]
        return [self._other(lot, visit) for lot in lots]

    def _other(self, lot: OpenLot, visit: _Visit) -> dict[str, object]:
        text, language = title_of(lot, visit.reader.language)
        until = visit.given.until(Purpose.INTEREST)
        url = interest_path(self._portal, self._service, visit.member.id, lot.uid, until)
        return {"url": url, "words": {"text": text, "language": language}}

    def _send_kit(self, visit: _Visit, form: Fields, inbox: Inbox) -> Response:
        """The kit of a member and those it was introduced to, as one file that is kept nowhere. Raises Refused."""
        chosen = {
            introduction.offer_id: introduction
            for introduction in inbox.introductions
            if introduction.offer_id in form["offer"]
        }
        role, lot = single_value(form, "role"), visit.snapshot.lots.get(visit.lot_uid)
        if not chosen or role not in ROLES or lot is None:
            raise InterestRefused(RefusalReason.FORM)
        members, member = visit.snapshot.members, visit.member
        others = [
            (introduction.identity, introduction.note_sha256)
            for introduction in chosen.values()
            if introduction.identity
        ]
        partners = [KitPartner(member.id, member.name, "", role, self._service.families_of(member.id, members))]
        partners += [
            KitPartner(who.member, who.name, who.contact, "", self._service.families_of(who.member, members), note)
            for who, note in others
        ]
        together = {partner.member for partner in partners}
        crowded = self._service.crowded_families(together, families_of_lot(lot), members)
        files = make_kit(lot, partners, visit.reader.phrases, crowded, visit.now)
        first = next(iter(chosen.values()))
        note = self._service.own_note(single_value(form, "code"), first)
        files |= {"0-your-note.txt": (note or "").encode(), "0-your-note.sealed.txt": first.own_note.encode()}
        headers = {"content-disposition": 'attachment; filename="kit.zip"', "cache-control": "no-store"}
        return Response(pack(files), media_type="application/zip", headers=headers)


def actions_of(portal: PortalContext, interest_service: InterestService) -> Actions:
    """The link on lot pages to the page of interest, the same for every member of every lot that takes declarations,
    whatever was declared."""

    def actions(member: str, lot_uid: str, language: str, until: date) -> tuple[Action, ...]:
        if not interest_service.accepts_declarations(lot_uid, portal.snapshots.current().members, portal.today()):
            return ()
        label = PagePhrases(language).translate("Interest, in secret")
        return (Action(label, interest_path(portal, interest_service, member, lot_uid, until)),)

    return actions


def interest_path(
    portal: PortalContext, interest_service: InterestService, member: str, lot_uid: str, until: date
) -> str:
    """The path at the `portal` to the page of `interest_service` for a `member` and the lot `lot_uid`. It holds until
    the day `until`, and as long as the member's epoch."""
    epoch = portal.links.epoch(Purpose.INTEREST, member)
    return portal.links.root + PREFIX + interest_service.token(member, lot_uid, until, epoch)
