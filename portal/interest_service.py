"""The portal's access to the room of interest: its service, its vault, and the messages between partners.

The portal passes requests on and shows results; it stores nothing of them, neither on disk nor in memory. A member's
text is sealed before this module returns, and a received text is opened with the code the member sends, for one
response.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from interest.competence_families import FAMILIES, Directory
from interest.crypto.key_manifest import Chain, LotKeys
from interest.crypto.receipts import Receipt, derive, public_hex
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Room
from interest.partners.competition_law import flag_competition_risks
from interest.partners.partner_inbox import OpenedEnvelope, open_envelopes, own_cards, read_cards, read_note
from interest.partners.partner_search import (
    Identity,
    OfferReference,
    ShownCard,
    StoreMailbox,
    accept,
    consent_to_offers,
    post_card,
    post_offer,
)
from interest.release.partner_clusters import partner_cards
from interest.roles.vault import Vault
from interest.roles.vault_forms import FormAnswer, InterestLinks, answer_request
from warehouse.model.members import Member

Fields = Mapping[str, Sequence[str]]

_CONSENT = {"contact", "note", "read"}
_FIELDS = {
    "open": {"act", "code"},
    "card": {"act", "code", "families"} | _CONSENT,
    "card-first-look": {"act", "code", "families"},
    "offer": {"act", "code", "card", "family"} | _CONSENT,
    "accept": {"act", "code", "offer"} | _CONSENT,
    "kit": {"act", "code", "offer", "role"},
}
PARTNER_ACTS = frozenset(_FIELDS)
"""Actions that need a code, beside those of the vault's form."""
LONGEST_CONTACT, LONGEST_NOTE = 120, 900
"""Bytes of a contact and of a note in UTF-8, as many as their sealed boxes can hold."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What a code's holder sees of a lot: cards to answer, each with the families it may bring; its `own` card, where
    that is shown; offers received, members it was introduced to, the families it may ask for, and cards of partner
    clusters for its families, under the cluster's name."""

    cards: tuple[tuple[ShownCard, tuple[str, ...]], ...]
    own: tuple[ShownCard, ...]
    offers: tuple[OpenedEnvelope, ...]
    introductions: tuple[OpenedEnvelope, ...]
    wanted: tuple[str, ...]
    partner_clusters: tuple[tuple[str, ShownCard], ...] = ()


class InterestService:
    """The room of interest as the portal uses it. `directory_of` makes the directory of the members of a night."""

    def __init__(self, room: Room, least_group: int, directory_of: Callable[[Iterable[Member]], Directory]) -> None:
        self._room, self._least_group, self._directory_of = room, least_group, directory_of
        self._links, self._box = InterestLinks(room), StoreMailbox(room)
        self._form_key = secrets.token_bytes(32)
        self._made: tuple[Mapping[str, Member], Directory, Vault] | None = None

    def token(self, member: str, lot_uid: str, until: date, epoch: str) -> str:
        """The last part of the address of a `member`'s page for the lot `lot_uid`, with its last day `until` and the
        member's `epoch`; only this service can read it."""
        return self._links.make(member, lot_uid, f"{until.isoformat()} {epoch}")

    def read(self, token: str, members: Mapping[str, Member]) -> tuple[Member, str, date, str]:
        """Whose page it is, of which lot, its last day, and the member's epoch when it was issued. Raises
        InterestRefused alike for what is forged and for a member who left."""
        member, lot_uid, limits = self._links.read(token)
        until, _, epoch = limits.partition(" ")
        if member not in members or not until:
            raise InterestRefused(RefusalReason.TOKEN)
        return members[member], lot_uid, date.fromisoformat(until), epoch

    def accepts_declarations(self, lot_uid: str, members: Mapping[str, Member], today: date) -> bool:
        """Whether a lot takes declarations here."""
        return self._at(members)[1].is_open(lot_uid, today=today)

    def answer_request(
        self, method: str, token: str, form: Fields, members: Mapping[str, Member], today: date, form_name: str = ""
    ) -> FormAnswer:
        """Declares, changes, withdraws or checks; anything but a POST only looks. A form sent twice, by its name,
        declares once: its code follows from the name under a key that this process forgets when it ends.

        `method` is that of the request, `token` the end of its address and `form` its fields; `members` are those of
        the night; `today` is the day in Brussels; `form_name` names the form, "" for none.
        """
        receipt = Receipt(derive(self._form_key, f"{token} {form_name}")[:16]) if form_name else None
        vault = self._at(members)[1]
        return answer_request(vault, self._links, method, token, form, today=today, receipt=receipt)

    def cards_elsewhere(self, member: str, lot_uid: str, members: Mapping[str, Member], today: date) -> tuple[str, ...]:
        """The other lots on which a partner card requests a family of the `member`.

        `lot_uid` is the present lot, which is left out; `members` are the cluster's by id, `today` is the day in
        Brussels.
        """
        cards = self._cards(member, self._at(members)[0], today)
        return tuple(sorted({card.lot_uid for card, _ in cards if card.lot_uid != lot_uid}))

    def do(self, member: Member, lot_uid: str, form: Fields, members: Mapping[str, Member], today: date) -> Inbox:
        """Performs the action of a code's holder, and returns its inbox.

        `member` and `lot_uid` are those of the page, `form` the fields of the request, `members` the cluster's by id,
        `today` the day in Brussels. Raises InterestRefused for an action that is not allowed.
        """
        act = single_value(form, "act")
        if set(form) != _FIELDS.get(act):
            raise InterestRefused(RefusalReason.FORM)
        directory, vault = self._at(members)
        receipt = Receipt.read(single_value(form, "code"))
        if not vault.owns(member.id, lot_uid, receipt.code):  # the release gate would drop what is posted with it
            raise InterestRefused(RefusalReason.RECEIPT)
        if act in ("card", "card-first-look"):
            self._post_card(member, lot_uid, receipt, directory, form, today)
        elif act in ("offer", "accept"):
            self._consent(member, lot_uid, receipt, directory, form, today)
        return self._inbox(member.id, lot_uid, receipt, directory, today)

    def own_note(self, code: str, introduction: OpenedEnvelope) -> str | None:
        """What the holder of a code wrote before an introduction. Raises Refused for what is no code."""
        return read_note(Receipt.read(code), introduction.own_note)

    def crowded_families(
        self, pair: set[str], lot_families: Iterable[str], members: Mapping[str, Member]
    ) -> tuple[str, ...]:
        """The families of a lot in which some members are more than half of the directory."""
        directory = self._at(members)[0]
        return tuple(f for f in sorted(lot_families) if flag_competition_risks(pair, f, directory, set()))

    def families_of(self, member: str, members: Mapping[str, Member]) -> frozenset[str]:
        """The families of a member in the directory."""
        entry = self._at(members)[0].by_member.get(member)
        return entry.families if entry else frozenset()

    def _post_card(
        self, member: Member, lot_uid: str, receipt: Receipt, directory: Directory, form: Fields, today: date
    ) -> None:
        """Posts a card, and with it the consent to meet whoever answers, unless its asker wants to see offers first.
        Everything is looked at before anything is posted."""
        keys, entry = self._keys(lot_uid, directory, today), directory.by_member[member.id]
        consent = _read_consent(member, form) if "note" in form else None
        card_id = post_card(self._box, receipt, keys, entry, directory, form["families"], self._least_group)
        if consent:
            meeting_pk = public_hex(Vault(self._room, directory).meeting_key(lot_uid))
            consent_to_offers(self._box, receipt, keys, card_id, *consent, meeting_pk)

    def _consent(
        self, member: Member, lot_uid: str, receipt: Receipt, directory: Directory, form: Fields, today: date
    ) -> None:
        """An offer carries its consent with it: who offers has seen the asker's card already. Everything is looked at
        before anything is posted."""
        identity, note = _read_consent(member, form)
        keys = self._keys(lot_uid, directory, today)
        meeting_pk = public_hex(Vault(self._room, directory).meeting_key(lot_uid))
        if "card" in form:
            card = self._find_card(member.id, lot_uid, single_value(form, "card"), directory, today)
            entry, family = directory.by_member[member.id], single_value(form, "family")
            offer_id = post_offer(self._box, receipt, keys, entry, directory, card, family, self._least_group)
            offered = OfferReference(card.card_id, offer_id, meeting_pk)
        else:
            brought = self._find_offer(lot_uid, receipt, single_value(form, "offer"), directory)
            offered = OfferReference(brought.card_id, brought.offer_id, meeting_pk)
        accept(self._box, receipt, keys, offered, identity, note)

    def _inbox(self, member: str, lot_uid: str, receipt: Receipt, directory: Directory, today: date) -> Inbox:
        brought = self._brought(lot_uid, receipt, directory)
        own_cards_here = own_cards(receipt, (card for card in self._shown() if card.lot_uid == lot_uid))
        cards = ((card, brings) for card, brings in self._cards(member, directory, today) if card.lot_uid == lot_uid)
        entry = directory.by_member.get(member)
        own = entry.families if entry else frozenset(FAMILIES)
        return Inbox(
            tuple((card, brings) for card, brings in cards if card not in own_cards_here),
            own_cards_here,
            tuple(offer for offer in brought if offer.identity is None),
            tuple(offer for offer in brought if offer.identity is not None),
            tuple(family for family in FAMILIES if family not in own),
            self._partner_cards(lot_uid, entry.families if entry else frozenset(), today),
        )

    def _partner_cards(self, lot_uid: str, own: frozenset[str], today: date) -> tuple[tuple[str, ShownCard], ...]:
        cards = partner_cards(self._room)
        return tuple(
            (name, card)
            for name, card in cards
            if card.lot_uid == lot_uid and own & set(card.families_wanted) and card.expires_on >= today
        )

    def _brought(self, lot_uid: str, receipt: Receipt, directory: Directory) -> tuple[OpenedEnvelope, ...]:
        """What the last night brought under the cards of a lot."""
        path = self._room.exports / "introductions.json"
        cards = [card.card_id for card in self._shown() if card.lot_uid == lot_uid]
        if not path.is_file() or not cards:
            return ()
        return open_envelopes(receipt, path.read_bytes(), Vault(self._room, directory).meeting_key(lot_uid), cards)

    def _cards(self, member: str, directory: Directory, today: date) -> tuple[tuple[ShownCard, tuple[str, ...]], ...]:
        """The cards that want a family of the member, each with those families."""
        entry = directory.by_member.get(member)
        own = entry.families if entry else frozenset[str]()
        found = ((card, tuple(family for family in card.families_wanted if family in own)) for card in self._shown())
        return tuple((card, brings) for card, brings in found if brings and card.expires_on >= today)

    def _shown(self) -> tuple[ShownCard, ...]:
        path = self._room.exports / "need_cards.json"
        return read_cards(path.read_bytes()) if path.is_file() else ()

    def _find_card(self, member: str, lot_uid: str, card_id: str, directory: Directory, today: date) -> ShownCard:
        for card, _ in self._cards(member, directory, today):
            if (card.card_id, card.lot_uid) == (card_id, lot_uid):
                return card
        raise InterestRefused(RefusalReason.FORM)

    def _find_offer(self, lot_uid: str, receipt: Receipt, offer_id: str, directory: Directory) -> OpenedEnvelope:
        for offer in self._brought(lot_uid, receipt, directory):
            if offer.offer_id == offer_id and offer.reply_pk:
                return offer
        raise InterestRefused(RefusalReason.FORM)

    def _keys(self, lot_uid: str, directory: Directory, today: date) -> LotKeys:
        if not Vault(self._room, directory).is_open(lot_uid, today=today):
            raise InterestRefused(RefusalReason.CLOSED)
        return Chain(self._room.public / "manifests").last().find(lot_uid)

    def _at(self, members: Mapping[str, Member]) -> tuple[Directory, Vault]:
        """Directory and vault of a night's members, made once for each night."""
        made = self._made
        if made is None or made[0] is not members:
            directory = self._directory_of(members.values())
            made = self._made = (members, directory, Vault(self._room, directory))
        return made[1], made[2]


def _read_consent(member: Member, form: Fields) -> tuple[Identity, str]:
    """Who consents, and its note. Raises Refused."""
    contact, note = single_value(form, "contact").strip(), single_value(form, "note").strip()
    if not note or len(note.encode()) > LONGEST_NOTE or single_value(form, "read") != "yes":
        raise InterestRefused(RefusalReason.FORM)
    if not contact or not contact.isprintable() or len(contact.encode()) > LONGEST_CONTACT:
        raise InterestRefused(RefusalReason.FORM)
    return Identity(member.id, member.name, contact), note


def single_value(form: Fields, name: str) -> str:
    """The one value of a field. Raises InterestRefused for none, or several."""
    values = form.get(name, ())
    if len(values) != 1:
        raise InterestRefused(RefusalReason.FORM)
    return values[0]
