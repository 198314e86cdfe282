"""The facts of public procurement, in the terms of eForms (Regulation (EU) 2019/1780; the BT numbers are its fields).

The values that readers produce and every other room uses. They do not depend on files, tables, members or
today's date; a fact that a publisher did not state is `None` or an empty tuple, never a default. No contact data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.dummy_notices import is_dummy

PLACEHOLDER_AMOUNTS = frozenset({Decimal(0), Decimal("0.01"), Decimal(1), Decimal(-1)})
"""Amounts that publishers write in a compulsory field to state nothing (TED 598884-2026: estimated value "1")."""


class Form(StrEnum):
    """What kind of announcement a notice is (BT-03). A change is a new version of a form, not a form."""

    PLANNING = "planning"
    CONSULTATION = "consultation"
    COMPETITION = "competition"
    RESULT = "result"
    DIRECT_AWARD = "dir-awa-pre"
    MODIFICATION = "cont-modif"
    COMPLETION = "completion"
    REGISTRATION = "bri"


class DeadlineKind(StrEnum):
    """What has to arrive by the deadline: a tender (BT-131), a request to participate (BT-1311), an expression of
    interest (BT-630)."""

    TENDER = "tender"
    REQUEST = "request"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a notice with their language (ISO 639-3 upper case as in eForms, "FRA"), None if undeclared; `detected`
    where the publisher declared none and the language was detected from the words."""

    value: str
    language: str | None = None
    detected: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency, as written by the publisher."""

    amount: Decimal
    currency: str

    @property
    def is_stated(self) -> bool:
        """False for the placeholders that mean "not stated"."""
        return self.amount not in PLACEHOLDER_AMOUNTS


class ValueLevel(StrEnum):
    """What an amount is the value of: a lot or the whole procedure (BT-27), or the most a framework agreement may come
    to (BT-271), for the lot or in all."""

    LOT = "lot"
    LOT_FRAMEWORK = "lot-framework-maximum"
    PROCEDURE = "procedure"
    PROCEDURE_FRAMEWORK = "procedure-framework-maximum"


@dataclass(frozen=True, slots=True)
class Value:
    """A stated amount and what it is the value of."""

    money: Money
    level: ValueLevel


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment for `kind`. `at` is zone-aware; `zone` is the offset the publisher wrote ("+02:00") or the IANA
    name applied because it wrote none ("Europe/Paris"). Without a stated hour `at` is the end of that day, 23:59:59,
    and `hour_stated` is False: digests then write that no hour is stated."""

    at: datetime
    kind: DeadlineKind
    zone: str
    hour_stated: bool = True

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise BadFact(f"deadline {self.at.isoformat()} has no zone; give the reader the publisher's zone")


@dataclass(frozen=True, slots=True)
class Organisation:
    """A legal body as one notice describes it. `id` is its key inside that notice ("ORG-0001"); `company_number` is
    BT-501 as written, junk included; `country` is ISO 3166-1 alpha-3. `recognised` is "stated" for an organisation of
    its own, or "group-name" for one found in a group's name; `written` is the name as published where a part was taken
    out of it ("Quais SA - mandataire")."""

    id: str
    names: tuple[Text, ...]
    company_number: str | None = None
    country: str | None = None
    nuts: Nuts | None = None
    city: str | None = None
    size: str | None = None
    recognised: str = "stated"
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """An organisation that buys, with its legal type (BT-11) and main activity (BT-10)."""

    organisation: Organisation
    legal_type: str | None = None
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class TenderingParty:
    """Who tenders together under one name: its organisations (the lead first) and known subcontractors."""

    id: str
    organisations: tuple[Organisation, ...]
    subcontractors: tuple[Organisation, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """The result of one lot. `outcome` is BT-142 ("selec-w", "clos-nw", "open-nw"); `winners` is empty without a
    winner; `value` is the winning tender's where one is stated; `terminates` is BT-119: whether the dynamic purchasing
    system ends with it, None where that is not stated; `sme_tenders` are those of the tenders that came from small and
    medium firms (BT-759, BT-760 "t-sme"), `subcontracted` whether part of the contract is (BT-773)."""

    lot: str
    outcome: str
    winners: tuple[TenderingParty, ...] = ()
    value: Money | None = None
    decided_on: date | None = None
    tenders_received: int | None = None
    terminates: bool | None = None
    sme_tenders: int | None = None
    subcontracted: bool | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """How much an award criterion counts (BT-541): a number of at most four decimals and what it is (BT-5421:
    "per-exa" exact percentage, "poi-exa" exact points, "ord-imp" order of importance, "dec-exa" ...; "%" where only
    that is written)."""

    number: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class ContractTerm:
    """How long the contract runs (BT-36 `length` in `unit`: DAY, WEEK, MONTH or YEAR; BT-536 `starts`, BT-537 `ends`;
    `unlimited`), and how often it may be renewed (BT-58), all None where unstated."""

    length: int | None = None
    unit: str | None = None
    starts: date | None = None
    ends: date | None = None
    unlimited: bool = False
    renewals: int | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition a tenderer must meet or be measured by. `use` is "selection", "award" or "execution" (required of
    whoever performs: "curricula-t-requ" for BT-79, "clearance" for BT-578); `kind` is the publisher's code ("sui-act",
    "tp-abil", "ef-stand", "quality", "price")."""

    use: str
    kind: str
    texts: tuple[Text, ...]
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """The part one may win (BT-137), which is what members are matched with. `cpv` starts with the main code (BT-262),
    the additional ones (BT-263) follow; `nuts` is the place of performance (BT-5071), empty when anywhere or unstated.
    `techniques` name a framework agreement (BT-765: "fa-wo-rc", "fa-w-rc", "fa-mix"; "fa" before eForms) or a dynamic
    purchasing system (BT-766: "dps-list", "dps-nlist"). `eu_funded` is BT-60, `suits_smes` BT-726, `subcontracting`
    BT-65 or BT-651 as coded, `documents_restricted` BT-14: whether access to the documents is restricted."""

    id: str
    titles: tuple[Text, ...]
    descriptions: tuple[Text, ...] = ()
    nature: str | None = None
    cpv: tuple[Cpv, ...] = ()
    nuts: tuple[Nuts, ...] = ()
    countries: tuple[str, ...] = ()
    deadline: Deadline | None = None
    estimate: Money | None = None
    framework_maximum: Money | None = None
    criteria: tuple[Criterion, ...] = ()
    tender_languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    reserved: bool | None = None
    techniques: tuple[str, ...] = ()
    term: ContractTerm | None = None
    eu_funded: bool | None = None
    suits_smes: bool | None = None
    subcontracting: str | None = None
    documents_restricted: bool | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a change notice points at (BT-758, "<uuid>-<nn>" or a publication number), why (BT-140) and its words.
    `lots` are the lots it names, `sections` the other sections (BT-13716: "RES-0001", "ORG-0002", "PROCEDURE")."""

    notice: str
    reason: str | None = None
    texts: tuple[Text, ...] = ()
    lots: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def cancels(self) -> bool:
        """Whether the purchase, or the lots named, were withdrawn."""
        return self.reason == "cancel"


@dataclass(frozen=True, slots=True)
class Publication:
    """Where and when a portal published a notice: the portal's own number ("612645-2026", "26-79589") and its page."""

    source: str
    number: str
    day: date | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One published announcement in one version (BT-701, BT-757).

    `procedure` is BT-04 where stated. `is_summary` marks a notice known only from a portal's search fields, to be
    completed when its full text can be fetched. `cpv` starts with the main code. `doubts` are sentences of its reader
    for whoever must look (an impossible deadline was left out): they become alarms and are not kept with the notice.
    """

    id: str
    version: int
    form: Form
    publication: Publication
    notice_type: str | None = None
    subtype: str | None = None
    schema: str | None = None
    procedure: str | None = None
    procedure_type: str | None = None
    languages: tuple[str, ...] = ()
    titles: tuple[Text, ...] = ()
    descriptions: tuple[Text, ...] = ()
    nature: str | None = None
    cpv: tuple[Cpv, ...] = ()
    nuts: tuple[Nuts, ...] = ()
    estimate: Money | None = None
    framework_maximum: Money | None = None
    buyers: tuple[Buyer, ...] = ()
    lots: tuple[Lot, ...] = ()
    awards: tuple[Award, ...] = ()
    changes: tuple[Change, ...] = ()
    issued_at: datetime | None = None
    is_summary: bool = False
    doubts: tuple[str, ...] = field(default=(), compare=False)

    @property
    def uid(self) -> str:
        """The notice in its version, in eForms' own spelling: "<notice id>-<nn>"."""
        return f"{self.id}-{self.version:02d}"

    @property
    def procedure_uid(self) -> str:
        """BT-04, or the notice's own id where the publisher gives none."""
        return self.procedure or self.id

    @property
    def is_dummy(self) -> bool:
        """Whether its title marks it as a test: publishers try their software on the production portals."""
        return any(is_dummy(text.value) for text in self.titles)

    @property
    def buyer_countries(self) -> tuple[str, ...]:
        """Countries of the buyers, in order of appearance, each once."""
        return tuple(dict.fromkeys(b.organisation.country for b in self.buyers if b.organisation.country))

    def lot_uid(self, lot: Lot) -> str:
        """The lot's name across versions and portals: "<procedure>:<lot id>"."""
        return f"{self.procedure_uid}:{lot.id}"


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot that accepts tenders, with the newest notice that describes it (its `lots` and `awards` left out) and every
    place it was published at. `procedure` is the purchase it is part of, where that is not the one its own notice
    states: the same purchase under another name at another portal."""

    uid: str
    lot: Lot
    notice: Notice
    publications: tuple[Publication, ...]
    procedure: str | None = None

    @property
    def procedure_uid(self) -> str:
        """The purchase as a whole, whichever of its notices states it."""
        return self.procedure or self.notice.procedure_uid


@dataclass(frozen=True, slots=True)
class Reference:
    """An award found in the warehouse under a member's company number; `buyers` are the buyers' own numbers,
    `partner_numbers` those of who won with it in one party."""

    company_number: str
    notice: str
    lot: str
    titles: tuple[Text, ...]
    cpv: tuple[Cpv, ...]
    nuts: tuple[Nuts, ...]
    decided_on: date | None
    value: Money | None
    partners: tuple[str, ...]
    buyers: tuple[str, ...] = ()
    partner_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something that could not be read: where it came from, why, and where its bytes lie (relative to the data
    folder)."""

    source: str
    identifier: str
    reason: str
    path: str
    day: date


def stated_value(lot: Lot, notice: Notice) -> Value | None:
    """The stated amount nearest to the lot, with its level; None where every amount is a placeholder or none is given.
    View lot_value has the same rule."""
    known = (
        (ValueLevel.LOT, lot.estimate),
        (ValueLevel.LOT_FRAMEWORK, lot.framework_maximum),
        (ValueLevel.PROCEDURE, notice.estimate),
        (ValueLevel.PROCEDURE_FRAMEWORK, notice.framework_maximum),
    )
    return next((Value(money, level) for level, money in known if money and money.is_stated), None)


def in_language(texts: tuple[Text, ...], *preferred: str) -> Text | None:
    """The first text in the most preferred language, else the first text, else None."""
    for language in preferred:
        for text in texts:
            if text.language == language:
                return text
    return texts[0] if texts else None
