"""Rows of essential data (DECP) from a result notice: one for each lot that was won, as the ministry's data set has
them: no names, three winners at most, "CDL" in empty fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import cast

from scrapers.sandbox.leaves import EXTENSION, Element, find, word, words
from scrapers.sandbox.publishers.datasets import FIELDS
from scrapers.sandbox.publishers.eforms_row import Row

FILLER = "CDL"
RESULT = f"{EXTENSION}/efac:NoticeResult"
PROCEDURES = {"open": "Appel d'offres ouvert", "restricted": "Appel d'offres restreint"}


def compose_contracts(root: Element, row: Mapping[str, object], number: str, day: date) -> Iterator[Row]:
    """The rows of a result notice, its data published a day after `day`.

    `root` is its XML, `row` its TED search row, `number` its publication number.
    """
    buyers, titles = _listed(row, "organisation-identifier-buyer"), row.get("title-proc")
    title = next(iter(cast("dict[str, str]", titles).values()), "") if isinstance(titles, dict) else ""
    codes = [*_listed(row, "main-classification-proc"), *_listed(row, "classification-cpv")]
    if not buyers or not title:
        return
    for ordinal, result in enumerate(find(root, f"{RESULT}/efac:LotResult"), 1):
        tenders = words(result, "efac:LotTender/cbc:ID")
        winners, amount = _winners(root, tenders[:1])
        if word(result, "cbc:TenderResultCode") != "selec-w" or not winners:
            continue
        yield contract_row(
            id=f"{number.replace('-', '')}{ordinal:02d}",
            acheteur_id=buyers[0],
            objet=title,
            codecpv=codes[0] if codes else FILLER,
            procedure=PROCEDURES.get(str(row.get("procedure-type")), "Procédure adaptée"),
            datenotification=(day - timedelta(days=10)).isoformat(),
            datepublicationdonnees=day.isoformat(),
            montant=amount,
            typegroupementoperateurs="Conjoint" if len(winners) > 1 else "Pas de groupement",
            winners=winners,
        )


def contract_row(*, winners: list[tuple[str, str]], montant: str | None, **columns: object) -> Row:
    """A row of every column, filled with "CDL" where nothing is given. `winners` are (number, kind) pairs."""
    row: Row = dict.fromkeys(sorted(FIELDS["decp"]), FILLER)
    row |= {"nature": "Marché", "source": "exemple", "montant": float(montant) if montant else None}
    for n, (number, kind) in enumerate(winners[:3], 1):
        row |= {f"titulaire_id_{n}": number, f"titulaire_typeidentifiant_{n}": kind}
    return row | columns


def _winners(root: Element, tenders: list[str]) -> tuple[list[tuple[str, str]], str | None]:
    """The firms of a tender, lead first, and its price."""
    companies = {
        word(company, "cac:PartyIdentification/cbc:ID"): company
        for company in find(root, f"{EXTENSION}/efac:Organizations/efac:Organization/efac:Company")
    }
    for tender in find(root, f"{RESULT}/efac:LotTender"):
        if word(tender, "cbc:ID") not in tenders:
            continue
        parties = words(tender, "efac:TenderingParty/cbc:ID")
        numbers = [
            _spell(word(companies[key], "cac:PartyLegalEntity/cbc:CompanyID") or "")
            for party in find(root, f"{RESULT}/efac:TenderingParty")
            if word(party, "cbc:ID") in parties
            for key in words(party, "efac:Tenderer/cbc:ID")
            if key in companies
        ]
        return [number for number in numbers if number[0]], word(tender, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    return [], None


def _spell(written: str) -> tuple[str, str]:
    """A SIRET, or the VAT number of a firm from elsewhere (here always Belgian)."""
    digits = re.sub(r"\D", "", written.partition("_")[0])
    if len(digits) == 14:
        return digits, "SIRET"
    return (f"BE{digits.zfill(10)}", "TVA") if len(digits) in {9, 10} else ("", "")


def _listed(row: Mapping[str, object], key: str) -> list[str]:
    found = row.get(key)
    return [str(item) for item in cast("list[object]", found)] if isinstance(found, list) else []
