"""Interest at the portal: two members meet without a script, a third learns nothing, and looking changes nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from starlette.testclient import TestClient

from interest.atomic_files import write_undated
from interest.crypto.receipts import Receipt
from interest.crypto.sealed_store import SealedStore
from interest.partners.partner_inbox import read_note
from tests.support.portals.portal_interest_world import (
    ASKER,
    HERE,
    OFFERER,
    THERE,
    InterestWorld,
    declare,
    found,
    make_interest_world,
    open_room,
    send,
)
from tests.support.portals.portal_world import NOW, follow_all, read_page

NOTE = "We have no certified electricians of our own."
CONSENT = {"contact": "desk@member.example", "note": NOTE, "read": "yes"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_interest_world(tmp_path_factory.mktemp("interested")).data


@pytest.fixture
def world(published: Path) -> InterestWorld:
    shutil.rmtree(published / "interest")
    return open_room(published, NOW)


@pytest.fixture
def client(world: InterestWorld) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def rows(world: InterestWorld) -> int:
    return len(SealedStore(world.room.collector).rows())


def test_the_lot_page_leads_to_the_page_of_interest_whoever_declared_what(
    world: InterestWorld, client: TestClient
) -> None:
    before = client.get(world.lot_path()).text
    declare(client, world.path(), "cloud")
    assert f'href="/pib{world.path()}"' in before
    assert client.get(world.lot_path()).text == before


def test_a_code_is_shown_once_and_checks_changes_and_withdraws(world: InterestWorld, client: TestClient) -> None:
    code = declare(client, world.path(), "cloud")
    assert code not in client.get(world.path()).text
    assert "Your declaration is kept." in send(client, world.path(), "check", code=code).text
    changed = send(client, world.path(), "change", code=code, families=["cloud"], role="lead")
    assert "Your declaration is changed." in changed.text
    assert "deleted" in send(client, world.path(), "withdraw", code=code).text
    assert rows(world) == 0


def test_declaring_by_a_form_sent_twice_is_declaring_once(world: InterestWorld, client: TestClient) -> None:
    form = read_page(client.get(world.path()).text).fields["form"]
    sent = {"form": form, "act": "declare", "families": ["cloud"], "role": "lead"}
    assert [client.post(world.path(), data=sent).status_code for _ in range(2)] == [200, 200]
    assert rows(world) == 1


def meet(world: InterestWorld, *, is_answered: bool) -> tuple[str, str]:
    """Declare; a card whose asker consents to whoever answers, or wants to see offers first and then says nothing; an
    offer. The two codes, after two nights."""
    with world.client() as asker, world.client() as offerer:
        codes = declare(asker, world.path(), "cloud"), declare(offerer, world.path(OFFERER), "power")
        act, consent = ("card", CONSENT) if is_answered else ("card-first-look", {})
        assert "posted" in send(asker, world.path(), act, code=codes[0], families=["power"], **consent).text
        world.pass_night(1)
        seen = send(offerer, world.path(OFFERER), "open", code=codes[1])
        (card,) = found(seen.text, "card")
        assert "cloud 0" not in seen.text
        sent = send(offerer, world.path(OFFERER), "offer", code=codes[1], card=card, family="power", **CONSENT)
        assert "filed" in sent.text
        assert "power 0" not in send(asker, world.path(), "open", code=codes[0]).text
        world.pass_night(2)
    return codes


def test_an_asker_that_sees_offers_first_meets_a_night_later(world: InterestWorld, client: TestClient) -> None:
    asker, offerer = meet(world, is_answered=False)
    seen = send(client, world.path(), "open", code=asker)
    (offer,) = found(seen.text, "offer")
    assert "power 0" not in seen.text
    assert "filed" in send(client, world.path(), "accept", code=asker, offer=offer, **CONSENT).text
    world.pass_night(3)
    assert "power 0" in send(client, world.path(), "open", code=asker).text
    assert "cloud 0" in send(client, world.path(OFFERER), "open", code=offerer).text


def test_no_page_of_partners_holds_base64_and_the_note_comes_as_a_file(
    world: InterestWorld, client: TestClient
) -> None:
    codes = meet(world, is_answered=True)
    for path, code in zip((world.path(), world.path(OFFERER)), codes, strict=True):
        page = send(client, path, "open", code=code).text
        assert not re.search(r"[A-Za-z0-9+/]{65,}", re.sub(r'(href|action|value)="[^"]*"', "", page))
        assert "<textarea" not in page.partition("<h2>Introductions")[2].partition("</section>")[0]
        answer = send(client, path, "kit", code=code, offer=found(page, "offer"), role="lead")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as kit:
            assert kit.read("kit/0-your-note.txt").decode() == NOTE
            sealed = kit.read("kit/0-your-note.sealed.txt").decode()
        assert read_note(Receipt.read(code), sealed) == NOTE
        other = codes[1] if code == codes[0] else codes[0]
        there = send(client, world.path() if code == codes[1] else world.path(OFFERER), "open", code=other).text
        assert hashlib.sha256(sealed.encode()).hexdigest() in there


def test_two_members_meet_and_take_the_kit_home(world: InterestWorld, client: TestClient) -> None:
    asker, offerer = meet(world, is_answered=True)
    seen = send(client, world.path(), "open", code=asker)
    assert "power 0" in seen.text
    assert "cloud 0" in send(client, world.path(OFFERER), "open", code=offerer).text
    offers = found(seen.text, "offer")
    answer = send(client, world.path(), "kit", code=asker, offer=offers, role="lead")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as kit:
        files = {name.removeprefix("kit/"): kit.read(name) for name in kit.namelist()}
    table = list(csv.reader(io.StringIO(files["2-who-covers-what.csv"].decode("utf-8-sig"))))
    assert table == [
        ["Asked", "cloud 0", "power 0", "Covered"],
        ["Virtualisation, hosting and cloud", "x", "", "yes"],
    ]
    (sheet,) = load_workbook(io.BytesIO(files["2-who-covers-what.xlsx"])).worksheets
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == table
    assert b"desk@member.example" in files["1-group.txt"]
    assert files["4-checklist.txt"].count(b"Part III") == 2
    calendar = Calendar.from_ical(files["calendar.ics"])
    days = [event["DTSTART"].dt for event in calendar.walk("VEVENT")]
    deadline = HERE.lot.deadline
    assert deadline
    assert days == sorted(days)
    assert days[-1] == deadline.at.date() - timedelta(days=1)
    assert all(day.weekday() < 5 for day in days)


def test_one_who_is_never_answered_sees_what_one_sees_who_is_alone(world: InterestWorld, client: TestClient) -> None:
    _, offerer = meet(world, is_answered=False)
    waiting = send(client, world.path(OFFERER), "open", code=offerer).text
    other = declare(client, world.path("power-1"), "power")
    alone = send(client, world.path("power-1"), "open", code=other).text

    def plain(html: str, code: str, number: str) -> str:
        form = found(html, "form")[0]
        for path in (world.path(OFFERER), world.path("power-1")):
            html = html.replace(path, "/interest/x")
        return (
            "\n".join(line for line in html.splitlines() if "/lot/" not in line and "/pib/" not in line)
            .replace(form, "form")
            .replace(code, "code")
            .replace(f"power {number}", "name")
            .replace(f"power-{number}", "name")
        )

    assert plain(waiting, offerer, "0") == plain(alone, other, "1")


def test_the_note_is_required_before_any_introduction_and_opens_for_its_writer_alone(
    world: InterestWorld, client: TestClient
) -> None:
    asker, offerer = declare(client, world.path(), "cloud"), declare(client, world.path(OFFERER), "power")
    send(client, world.path(), "card-first-look", code=asker, families=["power"])
    world.pass_night()
    (card,) = found(send(client, world.path(OFFERER), "open", code=offerer).text, "card")
    before = rows(world)
    offer = {"code": offerer, "card": card, "family": "power", **CONSENT}
    for missing in ({"note": " "}, {"read": "no"}, {"contact": ""}, {"note": "x" * 901}, {"contact": "a\nb"}):
        assert send(client, world.path(OFFERER), "offer", **{**offer, **missing}).status_code == 400
        request = {"code": asker, "families": ["power"], **CONSENT, **missing}
        assert send(client, world.path(), "card", **request).status_code == 400
    assert rows(world) == before
    page = send(client, world.path(OFFERER), "offer", **offer).text
    assert NOTE not in page


def test_whoever_looks_and_however_often_changes_no_byte(world: InterestWorld, client: TestClient) -> None:
    code = declare(client, world.path(), "cloud")
    send(client, world.path(), "card-first-look", code=code, families=["power"])
    world.pass_night()

    def stored() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(world.data.rglob("*")) if path.is_file()}

    client.get("/")
    before, reached = stored(), set[str]()
    for path, _ in follow_all(client, [world.lot_path(), world.path(OFFERER, THERE.uid), world.path()]):
        assert client.head(path).status_code == 200
        reached.add(path.split("/")[1])
    assert {"interest", "lot"} <= reached
    assert stored() == before


def test_a_page_of_another_call_tells_that_a_family_is_looked_for(world: InterestWorld, client: TestClient) -> None:
    code = declare(client, world.path(), "cloud")
    send(client, world.path(), "card-first-look", code=code, families=["power"])
    world.pass_night()
    assert f'href="/pib{world.path(OFFERER)}"' in client.get(world.path(OFFERER, THERE.uid)).text
    assert world.path("cloud-1") not in client.get(world.path("cloud-1", THERE.uid)).text


def test_attack_23_a_card_of_a_partner_cluster_reaches_the_wanted_family_alone(
    world: InterestWorld, client: TestClient
) -> None:
    def card(families: list[str], place: str) -> dict[str, object]:
        preview = {"place": place, "size": "10-49"}
        plain = {"card_id": "a" * 32, "lot_uid": HERE.uid, "families_wanted": families, "preview": preview}
        return {**plain, "reply_pk": "b" * 64, "expires_on": (NOW + timedelta(days=9)).date().isoformat()}

    cards = [card(["cloud", "data"], "NL4"), card(["cloud"], "<b>call us</b>"), card(["plumbing", "cloud"], "NL4")]
    folder = world.room.public / "partners" / "north"
    write_undated(folder / "need_cards.json", json.dumps({"cards": cards}).encode())
    write_undated(world.room.public / "partners" / "south" / "need_cards.json", b'{"cards": [1]}')
    asker, other = declare(client, world.path(), "cloud"), declare(client, world.path(OFFERER), "power")
    seen = send(client, world.path(), "open", code=asker).text
    assert seen.count("north: wanted: ") == 1
    assert "NUTS region NL4, 10\u201149 people" in seen
    assert "call us" not in seen
    assert "north" not in send(client, world.path(OFFERER), "open", code=other).text


def refusal(answer) -> str:
    return answer.text.partition("<main")[2].partition("</main>")[0]


def test_forged_cut_and_left_members_tokens_are_refused_in_the_same_words(
    world: InterestWorld, client: TestClient
) -> None:
    token = world.path()
    bad = (token[:-3], token + "A", "/interest/x", "/interest/%F0%9F%98%80", world.path("left-last-year"))
    refusals = {(answer.status_code, refusal(answer)) for path in bad for answer in [client.get(path + "?lang=en")]}
    assert len(refusals) == 1
    assert {client.post(path, data={"form": "x"}).status_code for path in bad} == {403}


def test_swapped_expired_and_made_up_forms_are_refused_and_nothing_is_kept(
    world: InterestWorld, client: TestClient
) -> None:
    sent = {"act": "declare", "families": ["cloud"], "role": "lead"}
    form = read_page(client.get(world.path("cloud-1")).text).fields["form"]
    own = read_page(client.get(world.path()).text).fields["form"]
    assert client.post(world.path(), data={**sent, "form": form}).status_code == 403
    assert client.post(world.path(), data={**sent, "form": "a.9999999999.00"}).status_code == 403
    cross = {"sec-fetch-site": "cross-site"}
    assert client.post(world.path(), data={**sent, "form": own}, headers=cross).status_code == 403
    with world.client(now=NOW + timedelta(hours=13)) as late:
        assert late.post(world.path(), data={**sent, "form": own}).status_code == 403
    assert rows(world) == 0


@pytest.mark.parametrize("act", ["check", "withdraw", "open", "card-first-look", "kit"])
def test_a_code_of_nobody_is_refused_in_one_sentence(world: InterestWorld, client: TestClient, act: str) -> None:
    fields = {"card-first-look": {"families": "power"}, "kit": {"offer": "00", "role": "lead"}}.get(act, {})
    nobody = send(client, world.path(), act, code=Receipt.fresh().code, **fields)
    assert nobody.status_code == (200 if act == "check" else 400)
    assert ("Nothing stands" if act == "check" else "Nothing can be done with this code here") in nobody.text


def test_a_code_of_another_call_or_member_is_refused_like_one_of_nobody(
    world: InterestWorld, client: TestClient
) -> None:
    there, others = (
        declare(client, world.path(ASKER, THERE.uid), "cloud"),
        declare(client, world.path("cloud-1"), "cloud"),
    )
    for code in (there, others):
        answer = send(client, world.path(), "card-first-look", code=code, families=["power"])
        assert (answer.status_code, "Nothing can be done with this code here" in answer.text) == (400, True)
    assert rows(world) == 2


def test_the_page_of_another_member_is_the_same_whoever_declared(world: InterestWorld, client: TestClient) -> None:
    def page() -> str:
        html = client.get(world.path("cloud-1")).text
        return html.replace(read_page(html).fields["form"], "")

    before = page()
    declare(client, world.path(), "cloud")
    world.pass_night()
    assert page() == before


def test_a_form_that_posts_to_others_is_good_once(world: InterestWorld, client: TestClient) -> None:
    code = declare(client, world.path(), "cloud")
    form = read_page(client.get(world.path()).text).fields["form"]
    sent = {"form": form, "act": "card-first-look", "code": code, "families": "power"}
    assert [client.post(world.path(), data=sent).status_code for _ in range(2)] == [200, 403]


def test_nothing_of_interest_stays_in_caches_cookies_referers_addresses_or_logs(
    world: InterestWorld, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = declare(client, world.path(), "cloud")
    answer = send(client, world.path(), "open", code=code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert code not in "".join([str(answer.url), *read_page(answer.text).links, caplog.text])
    assert not any(secret in world.path() for secret in (ASKER, "300001", HERE.uid))
    assert not (world.data / "choices.sqlite").exists()
    assert code.encode() not in b"".join(path.read_bytes() for path in world.data.rglob("*") if path.is_file())


def test_a_room_that_is_broken_is_one_sentence_and_no_log(
    world: InterestWorld, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    form = read_page(client.get(world.path()).text).fields["form"]
    for path in (world.room.vault / "keys").iterdir():
        path.unlink()
    sent = {"form": form, "act": "declare", "families": ["cloud"], "role": "lead"}
    answer = client.post(f"{world.path()}?lang=en", data=sent)
    assert (answer.status_code, "Something failed here" in answer.text) == (503, True)
    assert caplog.text == ""


def test_a_lot_that_closed_still_lets_one_withdraw(world: InterestWorld, client: TestClient) -> None:
    code = declare(client, world.path(), "cloud")
    with world.client(now=NOW + timedelta(days=22)) as late:
        page = late.get(f"{world.path()}?lang=en").text
        assert "This call takes no declarations." in page
        assert "deleted" in send(late, world.path(), "withdraw", code=code).text
    assert rows(world) == 0
