"""A body that is no notice is refused with a sentence on what was seen, and never harms the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrapers.errors import Unreadable
from scrapers.safe_formats.xml import parse_xml
from tests.support.paths import RECORDINGS

FOLDER = RECORDINGS / "eforms"

BOMB = """<?xml version="1.0"?>
<!DOCTYPE notice [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<notice>&c;</notice>"""


def test_an_entity_bomb_is_not_expanded():
    with pytest.raises(Unreadable, match="declares entities"):
        parse_xml(BOMB.encode())


def test_an_entity_bomb_in_another_encoding_is_not_expanded_either():
    with pytest.raises(Unreadable, match="declares entities"):
        parse_xml(BOMB.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"))


def test_a_file_of_this_machine_is_not_read(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("sesame")
    body = f'<!DOCTYPE n [<!ENTITY x SYSTEM "{secret.as_uri()}">]><n>&x;</n>'
    with pytest.raises(Unreadable) as refused:
        parse_xml(body.encode())
    assert "sesame" not in str(refused.value)


def test_a_document_type_of_elsewhere_is_not_fetched():
    with pytest.raises(Unreadable, match="DOCTYPE"):
        parse_xml(b'<!DOCTYPE n SYSTEM "http://127.0.0.1:9/n.dtd"><n/>')


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_body_is_called_empty(body: bytes):
    with pytest.raises(Unreadable, match="empty"):
        parse_xml(body)


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
def test_a_truncated_notice_is_called_cut_off(share: float):
    whole = (FOLDER / "call_two_languages.xml").read_bytes()
    with pytest.raises(Unreadable, match="cut off"):
        parse_xml(whole[: int(len(whole) * share)])


def test_a_notice_cut_within_a_character_is_called_cut_off():
    whole = (FOLDER / "call_two_languages.xml").read_bytes()
    with pytest.raises(Unreadable, match="cut off"):
        parse_xml(whole[: whole.index("é".encode()) + 1])


def test_a_wrongly_encoded_notice_names_the_byte():
    text = (FOLDER / "call_two_languages.xml").read_text(encoding="utf-8")
    with pytest.raises(Unreadable, match=r"declares UTF-8 but is not \(byte 0x"):
        parse_xml(text.encode("latin-1", "replace"))


def test_an_encoding_nobody_knows_is_named():
    with pytest.raises(Unreadable, match="X-MORVAUX"):
        parse_xml(b'<?xml version="1.0" encoding="X-MORVAUX"?><n/>')


def test_an_html_page_is_called_so_with_its_title():
    with pytest.raises(Unreadable, match=r"HTML page.*Maintenance en cours"):
        parse_xml(b"\n<!DOCTYPE html><html><head><title>Maintenance\n en cours</title></head><body><p>x</body></html>")


@pytest.mark.parametrize("body", [b'{"notices": []}', b"\x89PNG\r\n", b"PK\x03\x04", b"Bad Gateway"])
def test_what_is_no_xml_is_shown_by_its_beginning(body: bytes):
    with pytest.raises(Unreadable, match="not XML"):
        parse_xml(body)


def test_a_tower_of_elements_is_refused():
    with pytest.raises(Unreadable):
        parse_xml(b"<n>" * 5000 + b"</n>" * 5000)


def test_comments_are_not_words():
    assert parse_xml("<n>Ré<!-- non -->gie</n>".encode()).text == "Régie"
