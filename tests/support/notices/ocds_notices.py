"""Ocds notices for the tests of several rooms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.support.notices.exported_call import a_call
from warehouse.model.notices import Award, Form, Money, Notice, Organisation, TenderingParty, Text

NIGHT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def a_result() -> Notice:
    firms = tuple(
        Organisation(f"ORG-{n}", (Text(name, "FRA"),), country="BEL") for n, name in ((2, "Aquila"), (3, "Boréal"))
    )
    award = Award(
        "LOT-0001",
        "selec-w",
        (TenderingParty("TPA-1", firms),),
        Money(Decimal("12345678901234.56"), "EUR"),
        date(2026, 10, 1),
        3,
    )
    return replace(a_call("r"), form=Form.RESULT, awards=(award,))
