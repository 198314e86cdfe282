"""The portal's access to the room of interest: its service, its vault, and the messages between partners.

The portal passes requests on and shows results; it stores nothing of them, neither on disk nor in memory. A member's
text is sealed before this module returns, and a received text is opened with the code the member sends, for one
response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from interest.competence_families import FAMILIES, Directory
from interest.crypto.key_manifest import Chain, LotKeys
from interest.crypto.receipts import Receipt
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Room
from interest.partners.competition_law import flag_competition_risks
from interest.partners.partner_search import (
    Identity,
    OfferReference,
    OpenedEnvelope,
    ShownCard,
    StoreMailbox,
    accept,
    open_envelopes,
    post_card,
    post_offer,
    read_cards,
)
from interest.roles.vault import Vault
from interest.roles.vault_forms import FormAnswer, InterestLinks, answer_request
from warehouse.model.members import Member

Fields = Mapping[str, Sequence[str]]

_FIELDS = {
    "open": {"act", "code"},
    "card": {"act", "code", "family"},
    "offer": {"act", "code", "card", "contact", "note", "read"},
    "accept": {"act", "code", "offer", "contact", "note", "read"},
    "kit": {"act", "code", "offer", "role"},
}
PARTNER_ACTS = frozenset(_FIELDS)
"""Actions that need a code, beside those of the vault's form."""
LONGEST_CONTACT, LONGEST_NOTE = 120, 900
"""Bytes of a contact and of a note in UTF-8, as many as their sealed boxes can hold."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """What the holder of a code sees of a lot: cards to answer, offers received, members it was introduced to, and the
    families it may request. `sealed_note` is the text it wrote in this request, sealed to itself."""

    cards: tuple[ShownCard, ...]
    offers: tuple[OpenedEnvelope, ...]
    introductions: tuple[OpenedEnvelope, ...]
    wanted: tuple[str, ...]
    sealed_note: str = ""


class InterestService:
    """The room of interest as the portal uses it. `directory_of` makes the directory of the members of a night."""

    def __init__(self, room: Room, least_group: int, directory_of: Callable[[Iterable[Member]], Directory]) -> None:
        self._room, self._least_group, self._directory_of = room, least_group, directory_of
        self._links, self._box = InterestLinks(room), StoreMailbox(room)
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
        self, method: str, token: str, form: Fields, members: Mapping[str, Member], today: date
    ) -> FormAnswer:
        """Declares, changes, withdraws or checks by a POST; any other `method` changes nothing.

        `token` is that of the page's address, `form` the fields of the request, `members` the cluster's by id, `today`
        the day in Brussels.
        """
        return answer_request(self._at(members)[1], self._links, method, token, form, today=today)

    def cards_elsewhere(self, member: str, lot_uid: str, members: Mapping[str, Member], today: date) -> tuple[str, ...]:
        """The other lots on which a partner card requests a family of the `member`.

        `lot_uid` is the present lot, which is left out; `members` are the cluster's by id, `today` is the day in
        Brussels.
        """
        cards = self._cards(member, self._at(members)[0], today)
        return tuple(sorted({card.lot_uid for card in cards if card.lot_uid != lot_uid}))

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
        sealed_note = ""
        if act == "card":
            self._post_card(member, lot_uid, receipt, directory, single_value(form, "family"), today)
        elif act in ("offer", "accept"):
            sealed_note = self._consent(member, lot_uid, receipt, directory, form, today)
        return self._inbox(member.id, lot_uid, receipt, directory, sealed_note, today)

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
        self, member: Member, lot_uid: str, receipt: Receipt, directory: Directory, family: str, today: date
    ) -> None:
        keys = self._keys(lot_uid, directory, today)
        post_card(self._box, receipt, keys, directory.by_member[member.id], directory, family, self._least_group)

    def _consent(
        self, member: Member, lot_uid: str, receipt: Receipt, directory: Directory, form: Fields, today: date
    ) -> str:
        """An offer includes its consent: the offering member has seen the card already. Everything is checked before
        anything is posted."""
        contact, note = single_value(form, "contact").strip(), single_value(form, "note").strip()
        if not note or len(note.encode()) > LONGEST_NOTE or single_value(form, "read") != "yes":
            raise InterestRefused(RefusalReason.FORM)
        if not contact or not contact.isprintable() or len(contact.encode()) > LONGEST_CONTACT:
            raise InterestRefused(RefusalReason.FORM)
        keys = self._keys(lot_uid, directory, today)
        if "card" in form:
            card = self._find_card(member.id, lot_uid, single_value(form, "card"), directory, today)
            entry = directory.by_member[member.id]
            offer_id = post_offer(self._box, receipt, keys, entry, directory, card, self._least_group)
            offered = OfferReference(card.card_id, offer_id, card.reply_pk)
        else:
            brought = self._find_offer(lot_uid, receipt, single_value(form, "offer"))
            offered = OfferReference(brought.card_id, brought.offer_id, brought.reply_pk)
        return accept(self._box, receipt, keys, offered, Identity(member.id, member.name, contact), note)

    def _inbox(
        self, member: str, lot_uid: str, receipt: Receipt, directory: Directory, sealed_note: str, today: date
    ) -> Inbox:
        brought = self._brought(lot_uid, receipt)
        cards = tuple(card for card in self._cards(member, directory, today) if card.lot_uid == lot_uid)
        entry = directory.by_member.get(member)
        own = entry.families if entry else frozenset(FAMILIES)
        return Inbox(
            cards,
            tuple(offer for offer in brought if offer.identity is None),
            tuple(offer for offer in brought if offer.identity is not None),
            tuple(family for family in FAMILIES if family not in own),
            sealed_note,
        )

    def _brought(self, lot_uid: str, receipt: Receipt) -> tuple[OpenedEnvelope, ...]:
        """The messages of the last night about the cards of a lot, whose code this may not even be."""
        path = self._room.exports / "introductions.json"
        own = {card.card_id for card in self._shown() if card.lot_uid == lot_uid}
        found = open_envelopes(receipt, path.read_bytes()) if path.is_file() else ()
        return tuple(offer for offer in found if offer.card_id in own)

    def _cards(self, member: str, directory: Directory, today: date) -> tuple[ShownCard, ...]:
        entry = directory.by_member.get(member)
        own = entry.families if entry else frozenset[str]()
        return tuple(card for card in self._shown() if card.family_wanted in own and card.expires_on >= today)

    def _shown(self) -> tuple[ShownCard, ...]:
        path = self._room.exports / "need_cards.json"
        return read_cards(path.read_bytes()) if path.is_file() else ()

    def _find_card(self, member: str, lot_uid: str, card_id: str, directory: Directory, today: date) -> ShownCard:
        for card in self._cards(member, directory, today):
            if (card.card_id, card.lot_uid) == (card_id, lot_uid):
                return card
        raise InterestRefused(RefusalReason.FORM)

    def _find_offer(self, lot_uid: str, receipt: Receipt, offer_id: str) -> OpenedEnvelope:
        for offer in self._brought(lot_uid, receipt):
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


def single_value(form: Fields, name: str) -> str:
    """The one value of a field. Raises InterestRefused for none, or several."""
    values = form.get(name, ())
    if len(values) != 1:
        raise InterestRefused(RefusalReason.FORM)
    return values[0]
