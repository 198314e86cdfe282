"""The invented rows of the French data sets: contracts without a notice, and projects of purchases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from scrapers.sandbox.embedded.read_spec import SpecError, read_buyers, read_contracts, read_projects
from scrapers.sandbox.publishers.datasets import FIELDS
from scrapers.sandbox.publishers.decp_row import contract_row
from scrapers.sandbox.publishers.eforms_row import Row


def compose_contract_rows(on: date) -> Iterator[Row]:
    """Rows of essential data around that day; a contract that was modified has a second row. Raises SpecError."""
    buyers = read_buyers()
    for row_spec in read_contracts():
        taken = dict(row_spec)
        published, decided = (on - timedelta(days=int(taken.pop(key))) for key in ("published", "decided"))
        winners = [(number, kind) for number, kind in taken.pop("winners")]
        days = {"datepublicationdonnees": published.isoformat(), "datenotification": decided.isoformat()}
        modified: dict[str, Any] = taken.pop("modified", {})
        number = buyers[taken.pop("buyer")].number
        _refuse_unknown(taken, FIELDS["decp"])
        row = contract_row(winners=winners, acheteur_id=number, **days, **taken)
        yield row
        if modified:
            later = (published + timedelta(days=1)).isoformat()
            yield row | {
                "idmodification": "1",
                "montantmodification": modified["montant"],
                "datenotificationmodificationmodification": later,
                "datepublicationdonneesmodificationmodification": later,
            }


def compose_projects(on: date) -> Iterator[Row]:
    """Rows of planned purchases around that day: `planned` and `target` days ahead of it. Raises SpecError."""
    for row_spec in read_projects():
        taken = dict(row_spec)
        planned, target = taken.pop("planned"), taken.pop("target", None)
        _refuse_unknown(taken, FIELDS["approch"])
        yield {
            **taken,
            "date_previsionnelle_de_publication": (on + timedelta(days=planned)).isoformat(),
            "date_cible_de_remise_des_offres": (on + timedelta(days=target)).isoformat() if target else None,
        }


def _refuse_unknown(taken: dict[str, Any], known: frozenset[str]) -> None:
    unknown = taken.keys() - known
    if unknown:
        raise SpecError(f"{taken.get('id') or taken.get('code')}: unknown key {min(unknown)!r}")
