"""Exported call for the tests of several rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from warehouse.codes.classifications import Cpv
from warehouse.model.notices import (
    Buyer,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    Text,
)


def a_call(name: str) -> Notice:
    deadline = Deadline(datetime(2026, 12, 1, 11, tzinfo=UTC), DeadlineKind.TENDER, "+00:00")
    return Notice(
        id=name,
        version=1,
        form=Form.COMPETITION,
        publication=Publication("eu_ted", f"{name}-2026", date(2026, 11, 2)),
        titles=(Text('Réseau de "capteurs",\nphase 2', "FRA"), Text("Sensor network", "ENG")),
        cpv=(Cpv("32440000"), Cpv("72000000")),
        buyers=(Buyer(Organisation("ORG-1", (Text("Ville imaginaire", "FRA"),), country="BEL")),),
        estimate=Money(Decimal("125000.5"), "EUR"),
        lots=(Lot("LOT-0001", (Text("Lot 1", "FRA"),), deadline=deadline),),
    )
