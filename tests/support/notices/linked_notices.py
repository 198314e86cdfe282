"""Linked notices for the tests of several rooms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from warehouse.codes.classifications import Cpv
from warehouse.model.notices import (
    Buyer,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Notice,
    Organisation,
    Publication,
    Text,
)

CLOSES = datetime(2026, 12, 15, 11, 0, tzinfo=UTC)


TITLE = "Hébergement et supervision de la plateforme de capteurs des quais"


def a_notice(source: str = "eu_ted", title: str = TITLE, **more: object) -> Notice:
    buyer = Organisation("ORG-0001", (Text("Régie des Quais de Morvaux", "FRA"),), "0999.000.112", "BEL")
    lot = Lot("LOT-0001", (), deadline=Deadline(CLOSES, DeadlineKind.TENDER, "+00:00"), cpv=(Cpv("72400000"),))
    notice = Notice(
        id=f"notice-{source}",
        version=1,
        form=Form.COMPETITION,
        publication=Publication(source, "1", date(2026, 11, 2)),
        titles=(Text(title, "FRA"),),
        cpv=(Cpv("72400000"),),
        buyers=(Buyer(buyer),),
        lots=(lot,),
    )
    return replace(notice, **more)  # pyright: ignore[reportArgumentType]
