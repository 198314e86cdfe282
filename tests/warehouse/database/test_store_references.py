"""Company numbers as they are written, and the awards found under them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stores import passing_store
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.notices import (
    Award,
    Change,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    Reference,
    TenderingParty,
    Text,
)
from warehouse.store import Store


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("0203963680_780", "BEL", "BE0203963680"),
        ("0426682709_a66d1d7f-5bcb-4970-86a8-b971d170094d", "BEL", "BE0426682709"),
        ("0931.814.266", "BEL", "BE0931814266"),
        ("BE 0931 814 266", None, "BE0931814266"),
        ("be0931814266", "FRA", "BE0931814266"),
        ("475.480.736", "BEL", "BE0475480736"),
        ("BE0999000112", None, "BE0999000112"),
        ("99900011200013", "FRA", "FR999000112"),
        ("552 049 447 76279", "FR", "FR552049447"),
        ("999000112", "FRA", "FR999000112"),
        ("FR83999000112", None, "FR999000112"),
        ("B 123456", "LUX", "LUB123456"),
        ("LU23519355", "LUX", "LU23519355"),
        ("TVA BE0999000112", "BEL", "BE0999000112"),
        ("SIREN: 999 000 112", "FRA", "FR999000112"),
        ("999 000 112 RCS Ville-Imaginaire", "FRA", "FR999000112"),
        ("RCS Luxembourg B 123456", "LUX", "LUB123456"),
    ],
)
def test_a_company_number_is_reduced_to_country_and_digits(written: str, country: str | None, number: str) -> None:
    assert read_company_number(written, country) == number


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("BE001", "BEL"),
        ("2160045800017", "FRA"),  # thirteen digits, seen at BOAMP
        ("63217", "FRA"),  # a portal's own number
        ("0000000000", "BEL"),
        ("00000000000000", "FRA"),
        ("0931814266", None),  # of no country
        ("0931814266", "NLD"),
        ("Nicht bekannt", "DEU"),
        ("", "BEL"),
        (None, "BEL"),
        ("2931814266", "BEL"),  # Belgian numbers begin with 0 or 1
    ],
)
def test_what_is_no_company_number_is_none(written: str | None, country: str | None) -> None:
    assert read_company_number(written, country) is None


@given(st.text(max_size=20), st.sampled_from(["BEL", "FRA", "LUX", None]))
def test_a_number_read_again_is_the_same_number(written: str, country: str | None) -> None:
    number = read_company_number(written, country)
    assert number is None or read_company_number(number) == number


NIGHT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened() -> Iterator[Store]:
    with passing_store() as store:
        store.set_as_of(NIGHT)
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    for table in ("notice", "publication", "lot", "buyer", "award", "tendering_party", "change"):
        opened._con.execute(f"delete from {table}")  # noqa: S608  our own tables
    return opened


def a_firm(name: str, number: str | None) -> Organisation:
    return Organisation(f"ORG-{name}", (Text(name, "FRA"),), company_number=number, country="BEL")


AQUILA = a_firm("Aquila", "0999.000.112")
BOREALIS = a_firm("Borealis", "0999000222_17")
CYGNUS = a_firm("Cygnus", "BE001")


def a_result(*firms: Organisation, version: int = 1, day: int = 10, **more: object) -> Notice:
    award = Award(
        "LOT-0001",
        "selec-w",
        (TenderingParty("TPA-0001", firms),),
        Money(Decimal("250000.00"), "EUR"),
        date(2026, 10, 1),
        3,
    )
    lot = Lot("LOT-0001", (Text("Lot 1", "FRA"),), cpv=(Cpv("32440000"),), nuts=(Nuts("BE323"),))
    notice = Notice(
        id="result",
        version=version,
        form=Form.RESULT,
        publication=Publication("eu_ted", f"{version}-2026", date(2026, 11, day)),
        schema="eforms-sdk-1.13",
        titles=(Text("Réseau de capteurs", "FRA"),),
        cpv=(Cpv("72000000"),),
        lots=(lot,),
        awards=(award,),
    )
    return replace(notice, **more)  # pyright: ignore[reportArgumentType]


def test_a_reference_says_what_was_won_when_where_and_with_whom(store: Store) -> None:
    store.save_notices([a_result(AQUILA, BOREALIS, CYGNUS)])
    assert store.load_references(["BE0999000112"]) == (
        Reference(
            company_number="BE0999000112",
            notice="result-01",
            lot="LOT-0001",
            titles=(Text("Réseau de capteurs", "FRA"), Text("Lot 1", "FRA")),
            cpv=(Cpv("32440000"),),
            nuts=(Nuts("BE323"),),
            decided_on=date(2026, 10, 1),
            value=Money(Decimal("250000.00"), "EUR"),
            partners=("Borealis", "Cygnus"),
            partner_numbers=("BE0999000222",),
        ),
    )


def test_a_number_is_found_in_any_usual_way_of_writing_it(store: Store) -> None:
    store.save_notices([a_result(AQUILA)])
    assert len(store.load_references(["BE 0999.000.112", "BE0999000112"])) == 1


def test_a_firm_without_a_proper_number_has_no_track_record(store: Store) -> None:
    store.save_notices([a_result(CYGNUS)])
    assert store._con.execute("select * from track_record").fetchall() == []


def test_an_award_corrected_by_its_next_version_is_one_reference(store: Store) -> None:
    store.save_notices([a_result(AQUILA), a_result(BOREALIS, version=2)])
    assert [r.notice for r in store.load_references(["BE0999000112", "BE0999000222"])] == ["result-02"]


def test_an_award_corrected_by_another_notice_is_one_reference(store: Store) -> None:
    corrected = a_result(AQUILA, id="other", day=12, version=2, changes=(Change("result-01", "cor-buy"),))
    store.save_notices([a_result(AQUILA), corrected])
    assert [r.notice for r in store.load_references(["BE0999000112"])] == ["other-02"]


def test_the_same_award_at_two_portals_is_one_reference(store: Store) -> None:
    again = a_result(AQUILA, publication=Publication("fr_boamp", "26-1", date(2026, 11, 11)))
    store.save_notices([a_result(AQUILA), again])
    assert len(store.load_references(["BE0999000112"])) == 1


def test_a_lot_without_codes_of_its_own_has_those_of_the_procedure(store: Store) -> None:
    store.save_notices([a_result(AQUILA, lots=())])
    assert [r.cpv for r in store.load_references(["BE0999000112"])] == [(Cpv("72000000"),)]


@pytest.mark.parametrize("form", [Form.DIRECT_AWARD, Form.MODIFICATION])
def test_only_results_make_a_track_record(store: Store, form: Form) -> None:
    store.save_notices([a_result(AQUILA, form=form)])
    assert store.load_references(["BE0999000112"]) == ()


def test_references_come_newest_first(store: Store) -> None:
    older = a_result(AQUILA, id="older", version=2)
    store.save_notices(
        [replace(older, awards=(replace(older.awards[0], decided_on=date(2025, 1, 1)),)), a_result(AQUILA)]
    )
    assert [r.notice for r in store.load_references(["BE0999000112"])] == ["result-01", "older-02"]
