"""An invented week of notices, members and match results, for the tests of digests. Nothing here is real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from digests.composing.compose import compose_digest
from presentation.digest_model import AwardedLot, Digest, NotifiedLot
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    GroupReason,
    GroupReasonKind,
    Held,
    Match,
    MatchResult,
    Reason,
    ReasonKind,
    Role,
)
from warehouse.model.members import Competence, Frequency, Member, Preferences
from warehouse.model.notices import (
    Award,
    Buyer,
    Change,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    OpenLot,
    Organisation,
    Publication,
    TenderingParty,
    Text,
)

NIGHT = datetime(2026, 11, 20, 4, 30, tzinfo=ZoneInfo("Europe/Brussels"))


def make_member(name: str = "Nuagera", *, languages: tuple[str, ...] = ("fr", "en"), **changes: object) -> Member:
    member = Member(
        id=name.lower().replace(" ", "-"),
        company_number="BE0999000112",
        name=name,
        email=f"appels@{name.lower().replace(' ', '-')}.example",
        languages=languages,
        nuts=Nuts("BE32B"),
        headcount=9,
        turnover=Money(Decimal(1_400_000), "EUR"),
        certificates=(),
        grappes=("cloud",),
        competences=(Competence("Hébergement en nuage et virtualisation", "fr", (Cpv("72400000"),)),),
        preferences=Preferences(frequency=Frequency.DAILY),
    )
    return replace(member, **changes)  # type: ignore[arg-type]


NUAGERA = make_member()
FROIDUVAL = make_member("Froiduval", nuts=Nuts("BE352"))
STROOMWACHT = make_member("Stroomwacht", nuts=Nuts("FRE11"), languages=("nl",))
MEMBERS = {m.id: m for m in (NUAGERA, FROIDUVAL, STROOMWACHT)}


def make_lot(
    number: str,
    title: str = "Exploitation du centre de données provincial",
    *,
    closes: datetime | None = NIGHT + timedelta(days=20),
    description: str | None = "Alimentation secourue, refroidissement et virtualisation de 120 baies.",
    lot_id: str = "LOT-0001",
    changes: tuple[Change, ...] = (),
    language: str = "FRA",
    hour_stated: bool = True,
    zone: str = "Europe/Brussels",
    url: str | None = "https://ted.europa.eu/en/notice/-/detail/612645-2026",
    buyer: str = "Province inventée de Haute-Sambre",
) -> OpenLot:
    texts = (Text(description, language),) if description else ()
    deadline = Deadline(closes, DeadlineKind.TENDER, zone, hour_stated) if closes else None
    lot = Lot(
        id=lot_id,
        titles=(Text(title, language),),
        descriptions=texts,
        nature="services",
        cpv=(Cpv("72400000"),),
        nuts=(Nuts("BE32B"),),
        deadline=deadline,
        estimate=Money(Decimal(1_250_000), "EUR"),
        tender_languages=("FRA",),
    )
    publications = (
        Publication("eu_ted", f"{number}-2026", date(2026, 11, 18), url),
        Publication(
            "fr_boamp", f"26-{number}", date(2026, 11, 17), "https://www.boamp.fr/pages/avis/?q=idweb:26-79589"
        ),
    )
    notice = Notice(
        id=f"00000000-0000-4000-8000-{int(number):012d}",
        version=1 + len(changes),
        form=Form.COMPETITION,
        publication=publications[0],
        procedure=f"proc-{number}",
        procedure_type="open",
        languages=(language,),
        titles=(Text(title, language),),
        buyers=(Buyer(Organisation("ORG-0001", (Text(buyer, language),), country="BEL")),),
        changes=changes,
    )
    return OpenLot(f"proc-{number}:{lot_id}", lot, notice, publications)


def make_match(lot: OpenLot, score: float = 0.8, member: str = "nuagera") -> Match:
    reasons = (
        Reason(
            ReasonKind.MEANING, score * 0.5, "virtualisation de 120 baies", "Hébergement en nuage et virtualisation"
        ),
        Reason(ReasonKind.CPV, score * 0.3, "72400000", "72400000"),
        Reason(ReasonKind.PLACE, score * 0.2, "BE32B", "BE32"),
    )
    return Match(lot.uid, member, score, reasons)


FACETS = (
    Facet(FacetKind.TITLE, "Exploitation du centre de données provincial", 0.25, "fr"),
    Facet(FacetKind.SENTENCE, "Virtualisation et hébergement des applications métier", 0.25, "fr"),
    Facet(FacetKind.SENTENCE, "Refroidissement à eau des salles, 24 heures sur 24", 0.25, "fr"),
    Facet(FacetKind.SENTENCE, "Alimentation sans coupure et groupes électrogènes", 0.2, "fr"),
    Facet(FacetKind.CRITERION, "Habilitation de sécurité du personnel", 0.05, "fr"),
)


def make_consortium(
    lot: OpenLot, *, alone: float = 0.41, together: float = 0.93, flags: tuple[str, ...] = ()
) -> Consortium:
    roles = (
        Role("nuagera", (0, 1), (1,), 0.25, 0.4, ("Hébergement en nuage et virtualisation",) * 2),
        Role("froiduval", (0, 2), (2,), 0.25, 0.3, ("Groupes frigorifiques",) * 2),
        Role("stroomwacht", (3,), (3,), 0.2, 0.3, ("Noodstroom en UPS",)),
    )
    need = (Held("stroomwacht", FACETS[3].text),)
    reasons = (GroupReason(GroupReasonKind.NEED, FACETS[3].text, need),) if together - alone >= 0.1 else ()
    return Consortium(
        lot.uid, 1, together - 0.04, together, roles, (4,), "nuagera", alone, None, 0.0, flags, reasons=reasons
    )


def make_match_result(lot: OpenLot, score: float | None = 0.8, *consortia: Consortium) -> MatchResult:
    matches = (make_match(lot, score),) if score is not None else ()
    return MatchResult(lot.uid, FACETS, matches, (), consortia)


def compose(
    *matched: tuple[OpenLot, MatchResult],
    member: Member = NUAGERA,
    as_of: datetime = NIGHT,
    notified: tuple[NotifiedLot, ...] = (),
    **more: object,
) -> Digest | None:
    lots = {lot.uid: lot for lot, _ in matched}
    match_results = [match_result for _, match_result in matched]
    return compose_digest(member, lots, match_results, as_of=as_of, members=MEMBERS, notified=notified, **more)  # type: ignore[arg-type]


def make_rich_digest(member: Member = NUAGERA) -> Digest:
    """One digest with an item in each section."""
    closing = make_lot(
        "100001",
        "Supervision et maintenance du réseau des bibliothèques",
        closes=NIGHT.replace(hour=11) + timedelta(days=4),
    )
    fresh = make_lot(
        "100002",
        "Hosting van de gemeentelijke websites en het burgerportaal",
        language="NLD",
        closes=NIGHT.replace(hour=12) + timedelta(days=24),
        zone="+02:00",
    )
    moved = make_lot(
        "100003",
        "Plateforme d'apprentissage en ligne pour les agents communaux",
        closes=NIGHT + timedelta(days=13),
        hour_stated=False,
    )
    great = make_lot(
        "100004",
        "Data centre for high-energy physics computing: power, cooling, virtualisation and operation",
        language="ENG",
        closes=NIGHT.replace(hour=17) + timedelta(days=38),
    )
    gone = make_lot(
        "100005", "Refonte du géoportail", closes=NIGHT + timedelta(days=30), changes=(Change("x", "cancel"),)
    )
    decided = make_lot("100006", "Sauvegarde externalisée des archives", closes=NIGHT - timedelta(days=60))
    winner = Organisation("ORG-0002", (Text("Coffre-Fort des Ardennes SA", "FRA"),))
    award = Award(
        "LOT-0001",
        "selec-w",
        (TenderingParty("TPA-1", (winner,)),),
        Money(Decimal("98500.50"), "EUR"),
        date(2026, 11, 12),
    )
    notified = (
        NotifiedLot(moved.uid, "new", "aaaa", NIGHT.astimezone(UTC) + timedelta(days=6), closing=False),  # type: ignore[arg-type]
        NotifiedLot(decided.uid, "new", "cccc", NIGHT - timedelta(days=60), closing=False),  # type: ignore[arg-type]
        NotifiedLot(gone.uid, "new", "bbbb", NIGHT + timedelta(days=30), closing=False),  # type: ignore[arg-type]
    )
    digest = compose(
        (closing, make_match_result(closing, 0.82)),
        (fresh, make_match_result(fresh, 0.66)),
        (moved, make_match_result(moved, 0.55)),
        (great, make_match_result(great, 0.52, make_consortium(great, flags=("majority-of-able",)))),
        (gone, make_match_result(gone, 0.7)),
        member=member,
        notified=notified,
        missing_sources=("BOAMP",),
        awarded=(AwardedLot(decided, award),),
    )
    assert digest
    return digest
