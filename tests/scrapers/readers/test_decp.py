"""Claims about reading essential data of French contracts, in the three shapes they come in."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.decp import read_contracts
from scrapers.readers.records import LISTING
from tests.support.paths import RECORDINGS
from tests.support.stores import open_store
from warehouse.model.notices import Form, Money, Notice

FOLDER = RECORDINGS / "decp"
RECORDS = (FOLDER / "records.json").read_bytes()


WITHOUT_DIGEST = re.compile(r"-[0-9a-f]{8}\b")
"""Signs of the object and the holders, behind buyer and number."""


def read(body: bytes) -> dict[str, Notice]:
    found = dict(read_contracts(body))
    assert all(isinstance(result, Notice) for result in found.values())
    return {WITHOUT_DIGEST.sub("", name): result for name, result in found.items() if isinstance(result, Notice)}


def one(**changed: object) -> Notice | SourceError:
    """The first record, changed."""
    row = {**json.loads(RECORDS)["results"][0], **changed}
    return next(iter(read_contracts(json.dumps({"total_count": 1, "results": [row]}).encode())))[1]


def test_a_record_is_a_result_under_the_number_of_buyer_and_contract():
    notice = read(RECORDS)["9997010330001426S0031"]
    assert (notice.form, notice.version) == (Form.RESULT, 1)
    assert (notice.publication.source, notice.publication.day) == ("fr_decp", date(2026, 11, 18))
    assert notice.titles[0].value == "Supervision du centre de calcul deux ans"
    assert [str(code) for code in notice.cpv] == ["72514000"]
    assert [str(nuts) for nuts in notice.nuts] == ["FRE11"]
    award = notice.awards[0]
    assert (award.decided_on, award.tenders_received) == (date(2026, 10, 7), 5)


def test_an_amount_is_the_one_written_to_the_cent():
    assert read(RECORDS)["9997010330001426S0031"].awards[0].value == Money(Decimal("184000.1"), "EUR")


def test_a_stated_group_is_one_party_and_others_are_parties_of_their_own():
    notices = read(RECORDS)
    (group,) = notices["9997010330001426S0031"].awards[0].winners
    assert [(o.company_number, o.country) for o in group.organisations] == [
        ("BE0999000105", "BEL"),
        ("99970202200015", "FRA"),
    ]
    apart = notices["999701011000182026 F 88"].awards[0].winners
    assert [len(party.organisations) for party in apart] == [1, 1]


def test_a_modification_is_a_later_version_with_its_amount_and_day():
    later = read(RECORDS)["9997010330001426S0031 2"]
    assert (later.form, later.version) == (Form.MODIFICATION, 2)
    assert later.awards[0].value == Money(Decimal(203500), "EUR")
    assert (later.awards[0].decided_on, later.publication.day) == (date(2026, 11, 19), date(2026, 11, 20))


def test_fillers_hold_nothing_and_a_code_cut_short_is_no_code():
    notice = read(RECORDS)["999701011000182026 F 88"]
    assert notice.awards[0].tenders_received is None
    assert notice.cpv == ()
    assert [str(nuts) for nuts in notice.nuts] == ["FRM01"]  # 20137 is in Corse-du-Sud


@pytest.mark.parametrize(
    ("code", "kind", "nuts"),
    [
        ("62", "Code département", "FRE12"),
        ("97410", "Code postal", "FRY40"),
        ("20200", "Code postal", "FRM02"),
        ("2B033", "Code commune", "FRM02"),
        ("32", "Code région", None),
        ("FR", "Code pays", None),
        ("CDL", "CDL", None),
    ],
)
def test_a_place_is_its_departement_or_nothing(code: str, kind: str, nuts: str | None):
    notice = one(lieuexecution_code=code, lieuexecution_typecode=kind)
    assert isinstance(notice, Notice)
    assert [str(place) for place in notice.nuts] == ([nuts] if nuts else [])


def test_rows_of_the_tabular_api_with_one_winner_each_are_one_contract():
    ((identifier, notice),) = read((FOLDER / "tabular.json").read_bytes()).items()
    assert identifier == "9997010330001426S0031"
    (group,) = notice.awards[0].winners
    assert [o.names[0].value for o in group.organisations] == ["VEILLE ET QUART", "Calcul du Nord"]
    assert notice.buyers[0].organisation.names[0].value == "Université des Deux-Canaux"


def test_a_later_row_of_the_tabular_api_does_not_take_the_place_of_the_first_amount():
    page = json.loads((FOLDER / "tabular.json").read_bytes())
    page["data"] = [{**page["data"][0], "modification_id": 1, "montant": 203500}]
    ((identifier, notice),) = read(json.dumps(page).encode()).items()
    assert (identifier, notice.version) == ("9997010330001426S0031 2", 2)


def test_a_buyers_file_of_2022_holds_its_objects_under_their_names():
    notices = read((FOLDER / "marches.json").read_bytes())
    assert [(n.version, n.awards[0].value and n.awards[0].value.amount) for n in notices.values()] == [
        (1, Decimal("38900.5")),
        (2, Decimal(41000)),
    ]


def test_the_same_contract_in_two_shapes_is_one_notice(tmp_path: Path):
    with open_store(tmp_path / "w.duckdb") as store:
        store.save_notices(read(RECORDS).values())
        assert store.save_notices(read((FOLDER / "tabular.json").read_bytes()).values()).same == 1


def test_a_winner_is_found_by_its_number_as_a_reference(tmp_path: Path):
    with open_store(tmp_path / "w.duckdb") as store:
        store.set_as_of(datetime(2026, 11, 20, 10, tzinfo=UTC))
        store.save_notices(read(RECORDS).values())
        (reference,) = store.load_references(["BE0999.000.105"])
    assert reference.titles[0].value.startswith("Supervision")
    assert reference.value == Money(Decimal("184000.1"), "EUR")


def test_a_column_nobody_knows_sets_the_record_aside_and_is_shown():
    result = one(indice_nouveau="nouveau")
    assert isinstance(result, Unknown)
    assert re.search(r"indice_nouveau.*nouveau", str(result))


def test_a_page_of_nothing_but_unknown_columns_stops_the_source():
    rows = [{**json.loads(RECORDS)["results"][0], "indice_nouveau": n} for n in range(LISTING)]
    with pytest.raises(SourceChanged, match="indice_nouveau"):
        list(read_contracts(json.dumps({"total_count": 1, "results": rows}).encode()))


@pytest.mark.parametrize("row", [7, None, [], {"id": "x"}, {"id": None, "acheteur_id": "1"}])
def test_a_record_that_is_none_is_set_aside_alone(row: object):
    page = json.loads(RECORDS)
    page["results"][1] = row
    results = [result for _, result in read_contracts(json.dumps(page).encode())]
    assert sorted(isinstance(result, Notice) for result in results) == [False, True, True]


def test_a_contract_without_holders_or_with_null_ones_is_read():
    page = json.loads((FOLDER / "marches.json").read_bytes())
    contract = page["marches"]["marche"][0]
    contract["titulaires"] = [None, {"titulaire": None}, *contract["titulaires"]]
    notice, _ = read(json.dumps(page).encode()).values()
    assert len(notice.awards[0].winners) == 1


def test_a_modification_may_change_the_holder():
    page = json.loads((FOLDER / "marches.json").read_bytes())
    change = page["marches"]["marche"][0]["modifications"][0]["modification"]
    change["titulaires"] = [{"titulaire": {"id": "99970203300018", "typeIdentifiant": "SIRET"}}]
    first, later = read(json.dumps(page).encode()).values()
    assert [n.awards[0].winners[0].organisations[0].company_number for n in (first, later)] == [
        "BE0999000103",
        "99970203300018",
    ]
    assert first.id == later.id


def test_a_record_of_the_data_set_may_name_the_holder_of_its_modification():
    changed = {"idtitulairemodification": "99970203300018", "typeidentifianttitulairemodification": "SIRET"}
    row = {**json.loads(RECORDS)["results"][1], **changed}
    first, later = [n for _, n in read_contracts(json.dumps({"total_count": 1, "results": [row]}).encode())]
    assert isinstance(first, Notice)
    assert isinstance(later, Notice)
    assert later.awards[0].winners[0].organisations[0].company_number == "99970203300018"
    assert first.awards[0].winners[0].organisations[0].company_number == "BE0999000105"


def test_a_concession_is_read_as_a_contract_in_its_own_words():
    concession = {
        "_type": "Contrat de concession",
        "id": "C7",
        "autoriteConcedante": {"id": "99970105500016"},
        "concessionnaires": [{"id": "99970203300018", "typeIdentifiant": "SIRET"}],
        "objet": "Parc de bornes",
        "dateSignature": "2024-01-01",
        "datePublicationDonnees": "2024-02-01",
        "valeurGlobale": 100000,
    }
    for marches in ([concession], {"contrat-concession": [concession]}):
        (notice,) = read(json.dumps({"marches": marches}).encode()).values()
        (award,) = notice.awards
        assert (award.value, award.decided_on) == (Money(Decimal(100000), "EUR"), date(2024, 1, 1))
        assert award.winners[0].organisations[0].company_number == "99970203300018"


def test_one_number_with_two_objects_is_two_contracts_on_whichever_page():
    row = json.loads(RECORDS)["results"][0]
    other = {**row, "objet": "Téléphonie", "montant": 5000}
    pages = [[row, other], [other, row], [row], [other]]
    bodies = [json.dumps({"total_count": len(page), "results": page}).encode() for page in pages]
    found = [{notice.uid for _, notice in read_contracts(body) if isinstance(notice, Notice)} for body in bodies]
    assert found[0] == found[1] == found[2] | found[3]
    assert len(found[0]) == 2


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-01T00:00:00+01:00", date(2024, 3, 1)),
        ("2024-03-01 08:00:00", date(2024, 3, 1)),
        ("01/03/2024", date(2024, 3, 1)),
        ("2107-03-01", None),
        ("0001-01-01", None),
        ("2024-02-31", None),
        ("bientôt", None),
    ],
)
def test_days_are_read_as_people_write_them_and_impossible_ones_are_refused(written: str, day: date | None):
    notice = one(datenotification=written)
    assert isinstance(notice, Notice)
    assert notice.awards[0].decided_on == day


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1200,50", "1200.50"),
        ("1 200,50", "1200.50"),
        ("1\u202f200,5 €", "1200.5"),
        ("1.200,50", "1200.50"),
        ("1,200.50", "1200.50"),
        ("1,200,300", "1200300"),
        ("1.200.300", "1200300"),
        ("1200.5", "1200.5"),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, amount: str):
    notice = one(montant=written)
    assert isinstance(notice, Notice)
    assert notice.awards[0].value == Money(Decimal(amount), "EUR")


def test_an_amount_that_means_two_things_is_set_aside():
    assert isinstance(one(montant="1,200"), Unreadable)


def test_a_contract_without_words_is_set_aside():
    assert isinstance(one(objet="CDL"), Unreadable)


def test_an_amount_that_is_none_is_set_aside():
    assert isinstance(one(montant="beaucoup"), Unreadable)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"marches": 7}'])
def test_a_page_of_another_shape_stops_the_source(body: bytes):
    with pytest.raises(SourceChanged):
        list(read_contracts(body))


@given(
    st.dictionaries(
        st.sampled_from(sorted(json.loads(RECORDS)["results"][0])),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.integers(), max_size=2)),
    )
)
def test_whatever_a_field_holds_is_read_or_set_aside_or_stops_the_source(changed: dict[str, object]):
    with suppress(SourceChanged):
        assert isinstance(one(**changed), Notice | Unreadable)


def test_the_recorded_contracts_are_read(shared: Path):
    folder = shared / "recordings" / "fr_decp"
    read_all = [n for path in sorted(folder.iterdir()) for n in read(path.read_bytes()).values()]
    assert [(n.form, n.version, n.awards[0].value and str(n.awards[0].value.amount)) for n in read_all] == [
        (Form.RESULT, 1, "80000"),
        (Form.RESULT, 1, "80000"),
        (Form.MODIFICATION, 2, "100000"),
    ]
    assert {n.publication.day for n in read_all} == {date(2019, 4, 25), date(2019, 5, 21)}
    assert read_all[0].awards[0].winners[0].organisations[0].company_number == "38024392300089"
