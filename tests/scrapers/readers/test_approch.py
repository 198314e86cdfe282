"""Claims about reading projects of French public purchases."""

from __future__ import annotations

import json

import pytest

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.approch import read_projects
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Form, Notice

RECORDS = (RECORDINGS / "approch" / "records.json").read_bytes()


def read() -> dict[str, Notice]:
    return {number: notice for number, notice in read_projects(RECORDS) if isinstance(notice, Notice)}


def one(**changed: object) -> Notice | SourceError:
    row = {**json.loads(RECORDS)["results"][0], **changed}
    return next(iter(read_projects(json.dumps({"total_count": 1, "results": [row]}).encode())))[1]


def test_a_project_is_a_planning_notice_with_a_part_and_no_lot_to_answer():
    notice = read()["990101"]
    assert (notice.form, notice.publication.source, notice.publication.number) == (
        Form.PLANNING,
        "fr_approch",
        "990101",
    )
    assert [lot.id for lot in notice.lots] == ["PAR-0001"]
    assert notice.lots[0].deadline is None
    assert notice.nature == "services"
    assert [str(code) for code in notice.cpv] == ["72415000", "72514000"]
    assert [str(nuts) for nuts in notice.nuts] == ["FRM01", "FRL03"]


def test_a_siren_gets_back_the_zeros_it_lost():
    assert read()["990101"].buyers[0].organisation.company_number == "001401252"


def test_what_is_only_words_is_read_as_words():
    lines = read()["990101"].descriptions[0].value.splitlines()
    assert lines[0] == "Renouvellement du marché."
    assert "Date prévisionnelle de publication : 2027-01-09" in lines
    assert "Montant estimé du marché : 1M - 5M€" in lines
    assert not any("CDL" in line for line in lines)
    assert read()["990101"].estimate is None


def test_a_project_given_up_is_cancelled():
    (change,) = read()["990102"].changes
    assert change.cancels


def test_all_of_france_is_no_place_and_a_link_loses_its_entities():
    notice = read()["990102"]
    assert notice.nuts == ()
    assert notice.lots[0].documents == ("https://marches.example/c?id=1&org=x",)


@pytest.mark.parametrize("name", ["indice_nouveau", "date_de_publication_prevue", "nom_de_l_acheteur"])
def test_a_name_nobody_knows_sets_its_project_aside_and_is_shown(name: str):
    result = one(**{name: "quelque chose"})
    assert isinstance(result, Unknown)
    assert f"'{name}': 'quelque chose'" in str(result)


@pytest.mark.parametrize("row", [{"libelle": "x"}, 7])
def test_a_project_without_code_is_set_aside_alone(row: object):
    assert [type(result) for _, result in read_projects(json.dumps({"results": [row]}).encode())] == [Unknown]


def test_considerations_are_passed_over_whatever_they_are_called():
    assert isinstance(one(considerations_environnementales_autres=["x"]), Notice)


@pytest.mark.parametrize("changed", [{"libelle": None}, {"date_previsionnelle_de_publication": "bientôt"}])
def test_a_project_without_words_or_day_is_set_aside(changed: dict[str, object]):
    assert isinstance(one(**changed), Unreadable)


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_a_page_of_another_shape_stops_the_source(body: bytes):
    with pytest.raises(SourceChanged):
        list(read_projects(body))
