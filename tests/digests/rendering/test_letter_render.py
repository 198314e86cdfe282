"""What a rendered letter shows: the same facts in text and HTML, nothing a stranger could use against its reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import digests
from digests.composing.compose import compose_digest
from digests.rendering.letter import Sender
from digests.rendering.letter_view import view_digest
from digests.rendering.mime import render_digest, render_html, render_letter, render_text
from presentation.digest_model import Digest
from presentation.errors import DigestRefused
from presentation.sanitize import clean_text, clean_url, clip_text
from presentation.signed_links import PortalLinks
from presentation.views.reasons import ReasonView
from tests.support.letters.digest_examples import (
    FACETS,
    MEMBERS,
    NIGHT,
    compose,
    make_consortium,
    make_lot,
    make_match,
    make_match_result,
    make_member,
)
from tests.support.letters.rendered_letters import PORTAL, Page, flatten, parse, rich
from warehouse.model.match_results import Reason, ReasonKind, Role
from warehouse.model.members import Frequency, Preferences
from warehouse.model.notices import Buyer, Change, Organisation, Text

LANGUAGES = ("fr", "nl", "en", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_hold_the_same_facts(language: str) -> None:
    digest = rich(language)
    text, page = flatten(render_text(digest)), Page(render_html(digest))
    facts = [
        *(lot.notice.titles[0].value for item in digest.items for lot in item.lots),
        *(p.name for item in digest.items if item.coalition for p in item.coalition.partners),
        *(facet.text for facet in FACETS[1:4]),
        *(item.sentences[0].value for item in digest.items if item.sentences),
        *re.findall(r"\d{1,2}\.? \w+\.?, \d\d:\d\d", text),
        *re.findall(r"\d+\s?%", text),
        *("BOAMP", "TED", "Coffre-Fort des Ardennes SA", "98"),
    ]
    assert len(facts) >= 24
    assert [fact for fact in facts if flatten(fact) not in text or flatten(fact) not in page.text] == []


def strings_of(view: object) -> Iterator[str]:
    """Every string of a view that a reader should meet, but for links and what only steers the layout."""
    if isinstance(view, str):
        yield view
    elif isinstance(view, tuple):
        for part in view:
            yield from strings_of(part)
    elif is_dataclass(view):
        for field in fields(view):
            if field.name not in ("language", "url", "kind", "subject", "actions"):
                yield from strings_of(getattr(view, field.name))
            elif field.name in ("kind",) and isinstance(view, ReasonView):
                yield view.kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_of_the_letter_stands_in_text_and_in_html(language: str) -> None:
    digest = rich(language)
    text, page = render_text(digest, PORTAL), Page(render_html(digest, PORTAL)).text
    strings = [flatten(phrase).casefold() for phrase in strings_of(view_digest(digest, PORTAL))]
    plain = re.sub(r"\n\W*", " ", text)  # a long sentence is folded, each line under its sign
    assert len(strings) > 100
    assert [phrase for phrase in strings if phrase not in flatten(page).casefold()] == []
    assert [phrase for phrase in strings if squeeze(phrase) not in squeeze(flatten(plain).casefold())] == []


def squeeze(text: str) -> str:
    return re.sub(r"\W+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_hold_the_same_links(language: str) -> None:
    digest = rich(language)
    for portal in (None, PORTAL):
        text, page = render_text(digest, portal), Page(render_html(digest, portal))
        links, anchors = ({link for link in page.links if link.startswith("#") is wanted} for wanted in (False, True))
        assert set(re.findall(r"(?:https?|webcal)://\S+", text)) == links
        assert anchors == {f"#c{number}" for number in range(1, len(digest.items) + 1)}
        assert {f"#{attributes['id']}" for tag, attributes in page.tags if tag == "h3"} == anchors


def test_every_language_tells_the_same_facts() -> None:
    names = [
        sorted(set(re.findall(r"TED|BOAMP|Froiduval|Stroomwacht|11:30|17:30", render_text(rich(language)))))
        for language in LANGUAGES
    ]
    assert names[0]
    assert names.count(names[0]) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_keeps_to_its_columns_but_for_links(language: str) -> None:
    lines = render_text(rich(language)).splitlines()
    assert [line for line in lines if len(line) > 76 and "https://" not in line] == []


def test_words_of_a_notice_carry_their_own_language() -> None:
    page = Page(render_html(rich("fr")))
    assert "nl" in {attributes.get("lang") for tag, attributes in page.tags if tag == "span"}


def test_a_page_fetches_nothing_and_runs_nothing() -> None:
    html = render_html(rich("fr"))
    tags = {tag for tag, _ in Page(html).tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "svg", "video", "base"}
    assert not re.search(r"url\(|@import|src=", html)


def test_tables_are_for_layout_and_the_page_says_its_language_and_schemes() -> None:
    page = Page(render_html(rich("de")))
    roles = [attributes.get("role") for tag, attributes in page.tags if tag == "table"]
    assert set(roles) == {"presentation"}
    (root,) = (attributes for tag, attributes in page.tags if tag == "html")
    assert (root["lang"], root["dir"]) == ("de", "ltr")
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags


def luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(css: str) -> dict[str, dict[str, str]]:
    """By class: its color and background-color."""
    found: dict[str, dict[str, str]] = {}
    for names, body in re.findall(r"([^{}]+) \{([^{}]*)\}", css):
        for name in names.split(","):
            found.setdefault(name.strip(), {}).update(re.findall(r"(?<![\w-])((?:background-)?color): (#\w{6})", body))
    return found


def read_template(name: str) -> str:
    written = (Path(digests.__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", written)


def styles(scheme: str) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The colours of a scheme, and its two grounds: the page's and the card's."""
    if scheme == "light":
        grounds = re.findall(r'background-color="(#\w{6})"', read_template("letter.mjml"))
        return colours(read_template("letter.css")), list(dict.fromkeys(grounds))
    used = colours(read_template("head.css").partition("@media (prefers-color-scheme: dark)")[2].partition("{")[2])
    return used, [used[name]["background-color"] for name in (".ground", ".card")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_words_stands_out_from_its_ground(scheme: str) -> None:
    used, reasons = styles(scheme)
    words = [(used[name]["color"], ground) for name in (".ink", ".soft", ".fine", ".who", "a") for ground in reasons]
    chips = [(style["color"], style["background-color"]) for style in used.values() if len(style) == 2]
    assert (len(reasons), len(chips) >= 6) == (2, True)
    assert [pair for pair in words + chips if contrast(*pair) < 4.5] == []


def test_a_missing_hour_and_a_thin_notice_are_stated() -> None:
    lot = make_lot("1", hour_stated=False)
    lot = replace(lot, notice=replace(lot.notice, is_summary=True))
    digest = compose((lot, make_match_result(lot)), member=make_member(languages=("en",)))
    assert digest
    text = flatten(render_text(digest))
    assert "hour not stated" in text
    assert "Only the portal's summary could be read" in text


def test_a_value_the_notice_does_not_state_is_reported_as_missing() -> None:
    lot = make_lot("1")
    lot = replace(lot, lot=replace(lot.lot, estimate=None))
    digest = compose((lot, make_match_result(lot)), member=make_member(languages=("en",)))
    assert digest
    assert "Not stated: the value." in flatten(render_text(digest))
    assert "€" not in render_text(digest)


# The message


def test_the_same_digest_gives_the_same_bytes() -> None:
    assert render_digest(rich("fr")).as_bytes() == render_digest(rich("fr")).as_bytes()


def test_a_message_is_named_after_its_member_and_edition_only() -> None:
    one, other = rich("fr"), rich("fr")
    fewer = replace(other, items=other.items[:1])
    later = replace(other, edition="2026-11-21")
    ids = [render_digest(digest)["Message-ID"] for digest in (one, fewer, later)]
    assert ids[0] == ids[1] != ids[2]


def test_the_headers_of_a_letter() -> None:
    message = parse(render_digest(rich("nl")))
    assert message["From"] == "PIB <pib@cluster.example>"
    assert message["Reply-To"] == "team@cluster.example"
    assert message["Date"] == "Fri, 20 Nov 2026 04:30:00 +0100"
    assert message["List-Id"] == "PIB <digest.pib.cluster.example>"
    assert message["List-Unsubscribe"].strip().startswith("<mailto:team@cluster.example?subject=unsubscribe%20")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "nl"
    assert re.fullmatch(r"<[0-9a-f]{20}\.2026-11-20@cluster\.example>", message["Message-ID"])


def test_a_message_holds_text_then_html_then_the_calendar() -> None:
    message = parse(render_digest(rich("fr")))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_the_parts_arrive_as_they_were_written() -> None:
    digest = rich("fr")
    message = parse(render_digest(digest))
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().replace("\r\n", "\n") == render_text(digest)
    assert html.get_content().replace("\r\n", "\n").rstrip() == render_html(digest).rstrip()


def test_no_line_of_a_message_is_longer_than_smtp_allows() -> None:
    lines = render_digest(rich("fr")).as_bytes().split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert b"\n" not in b"".join(lines)


def test_the_calendar_holds_each_open_deadline_once_in_lines_of_75_octets() -> None:
    part = next(p for p in render_digest(rich("fr")).walk() if p.get_content_type() == "text/calendar")
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    events = body.replace(b"\r\n ", b"").decode()
    assert events.count("BEGIN:VEVENT") == len(set(re.findall(r"UID:(\S+)", events))) == 5
    assert "DTSTART:20261124T103000Z" in events
    assert "DTSTART;VALUE=DATE:20261203" in events
    assert events.count("STATUS:CANCELLED") == 1


def make_richest_digest() -> Digest:
    """Seven items that each fill every line they have."""
    words = "Exploitation, supervision et maintenance évolutive des équipements réseau hébergés – " * 9
    lots = [make_lot(str(n), f"{n} {words}", buyer=words, closes=NIGHT + timedelta(days=n)) for n in range(1, 8)]
    firms = [make_member(f"Entreprise inventée numéro {n}") for n in range(4)]
    facets = tuple(replace(facet, text=f"{n} {words}") for n, facet in enumerate(FACETS * 4))
    match_results = []
    for lot in lots:
        roles = [
            Role(m.id, (), (4 * n, 4 * n + 1, 4 * n + 2), 0.2, 0.2, ())
            for n, m in enumerate([MEMBERS["nuagera"], *firms])
        ]
        reasons = tuple(Reason(ReasonKind.MEANING, 0.2, words, f"{n} {words}") for n in range(4))
        consortium = replace(make_consortium(lot, flags=("majority-of-able", "self-sufficient")), roles=tuple(roles))
        match = replace(make_match(lot), reasons=reasons)
        match_results.append(replace(make_match_result(lot, 0.8, consortium), facets=facets, matches=(match,)))
    digest = compose_digest(
        make_member(preferences=Preferences(Frequency.DAILY)),
        {lot.uid: lot for lot in lots},
        match_results,
        as_of=NIGHT,
        members={m.id: m for m in firms},
    )
    assert digest
    assert len(digest.items) == 7
    return digest


@pytest.mark.parametrize("portal", [None, PORTAL])
def test_the_richest_letter_stays_under_a_hundred_kilobytes_with_all_its_parts(portal: PortalLinks | None) -> None:
    message = render_digest(make_richest_digest(), portal=portal)
    html = message.get_body(("html",))
    assert html
    assert len(message.as_bytes()) < 100_000
    assert len(re.findall("<h3", html.get_content())) == 7


def test_a_letter_that_would_be_too_long_says_of_its_last_groups_who_is_in_them_only() -> None:
    text = parse(render_digest(make_richest_digest(), portal=PORTAL)).get_body(("plain",))
    assert text
    brought, groups = text.get_content().count("* Entreprise inventée"), text.get_content().count("Avec qui")
    assert (groups, 0 <= brought < 28) == (7, True)


def test_an_ordinary_letter_tells_every_item_in_full() -> None:
    lots = [make_lot(str(n), closes=NIGHT + timedelta(days=n)) for n in range(1, 8)]
    digest = compose(*((lot, make_match_result(lot, 0.8, make_consortium(lot))) for lot in lots))
    assert digest
    text = parse(render_digest(digest, portal=PORTAL)).get_body(("plain",))
    assert text
    assert text.get_content().count("Avec qui") == 7


def test_a_member_who_wants_forty_items_gets_twenty_the_first_in_full_and_nothing_cut() -> None:
    lots = [make_lot(str(n), closes=NIGHT + timedelta(days=n)) for n in range(1, 41)]
    member = make_member(preferences=Preferences(Frequency.DAILY, maximum=40), languages=("en",))
    digest = compose(*((lot, make_match_result(lot)) for lot in lots), member=member)
    assert digest
    assert (len(digest.items), digest.left_out) == (20, 20)
    message = parse(render_digest(digest, portal=PORTAL))
    text = message.get_body(("plain",))
    assert text
    assert 1 <= text.get_content().count("Seems close") <= 7
    assert len(re.findall(r"\[(?:\d+ days?|tomorrow)\b", text.get_content())) == 20
    assert len(message.as_bytes()) < 100_000


# Hostile words

HOSTILE = st.text(max_size=200) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "Marché\r\nBcc: victime@ailleurs.example\r\n\r\ncorps",
        "facture\u202efdp.exe",
        "a\u0300" + "\u0301" * 50,
        "{{ 7 * 7 }} {n} %s {letter.subject}",
        "\x00\x07\x1b[31m",
        "</td></tr></table><h1>PIB",
        "=?utf-8?q?=0d=0aBcc:_x?=",
        "\ud800 \ufeff \u2028 \U000e0041",
    ]
)
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def hostile_digest(words: str) -> Digest:
    lot = make_lot("1", words, buyer=words, changes=(Change("x", "update-add", (Text(words, "FRA"),)),))
    lot = replace(
        lot,
        notice=replace(
            lot.notice,
            procedure_type=words,
            buyers=(Buyer(Organisation("ORG-0001", (Text(words, words),), country=words)),),
        ),
        lot=replace(lot.lot, documents=(words, f"javascript:{words}"), tender_languages=(words,), nature=words),
        publications=tuple(replace(p, number=words, url=words) for p in lot.publications),
    )
    consortium = make_consortium(lot, flags=(words,))
    match_result = replace(
        make_match_result(lot, 0.8, consortium), facets=tuple(replace(f, text=words) for f in FACETS)
    )
    match = replace(make_match(lot), reasons=(Reason(ReasonKind.WORDS, 0.5, words, words),))
    digest = compose((lot, replace(match_result, matches=(match,))), member=make_member(name="Nuagera"))
    assert digest
    return replace(digest, member=replace(digest.member, name=words), missing_sources=(words,))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_hostile_words_never_become_markup(words: str) -> None:
    harmless, page = Page(render_html(hostile_digest("mots"))), Page(render_html(hostile_digest(words)))
    shown = {tag for tag, _ in page.tags} | {name for _, attributes in page.tags for name in attributes}
    assert shown <= {tag for tag, _ in harmless.tags} | {name for _, a in harmless.tags for name in a}
    assert all(link.startswith(("http://", "https://", "#c")) for link in page.links)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_hostile_words_leave_no_invisible_sign(words: str) -> None:
    digest = hostile_digest(words)
    seen = render_text(digest) + Page(render_html(digest)).text
    assert {sign for sign in seen if unicodedata.category(sign) in INVISIBLE} <= {"\n"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_hostile_words_never_add_a_header(words: str) -> None:
    harmless, hostile = parse(render_digest(hostile_digest("mots"))), parse(render_digest(hostile_digest(words)))
    assert hostile.keys() == harmless.keys()
    assert [part.get_content_type() for part in hostile.walk()] == [part.get_content_type() for part in harmless.walk()]
    assert not re.search(r"[\r\n]", str(hostile["Subject"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HOSTILE)
def test_hostile_words_never_add_an_event(words: str) -> None:
    part = next(p for p in render_digest(hostile_digest(words)).walk() if p.get_content_type() == "text/calendar")
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes)
    names = [line.split(b":")[0].split(b";")[0] for line in body.replace(b"\r\n ", b"").split(b"\r\n") if line]
    assert names.count(b"BEGIN") == 4  # the calendar, its event, two alarms
    assert set(names) <= set(
        b"BEGIN VERSION PRODID CALSCALE METHOD NAME X-WR-CALNAME UID DTSTAMP SEQUENCE DTSTART SUMMARY DESCRIPTION"
        b" STATUS TRANSP URL ACTION TRIGGER END".split()
    )


@given(st.text())
def test_cleaning_twice_is_cleaning_once(written: str) -> None:
    assert clean_text(clean_text(written)) == clean_text(written)


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_clipping_never_exceeds_its_measure(written: str, most: int) -> None:
    assert len(clip_text(written, most)) <= most


def test_visible_words_stay_as_written() -> None:
    written = "Œuvre n° 12 – « Ça & là » <b> ﬁn, façade à Liège: 50 % ; Straße, coöperatie"
    assert clean_text(written) == written


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "https://ted.europa.eu@evil.example/",
        "https://x.example/a b",
        'https://x.example/"onclick',
        "https://exämple.example/",
        "https://",
        "http://[::1",
        "https://x.example/" + "a" * 600,
        "",
        None,
    ],
)
def test_an_unsafe_address_is_no_link(url: str | None) -> None:
    assert clean_url(url) is None


def test_a_safe_address_stays_as_it_is() -> None:
    url = "https://www.boamp.fr/pages/avis/?q=idweb:26-79589&x=1#top"
    assert clean_url(url) == url


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a b@c.example", "x@é.example", "a@b.example\r\nBcc: c@d.example"]
)
def test_an_address_a_header_cannot_hold_is_refused(address: str) -> None:
    digest = replace(rich("fr"), member=make_member(email=address))
    with pytest.raises(DigestRefused, match=r"cannot be written to|not plain ASCII"):
        render_digest(digest)


def test_a_letter_carries_its_envelope_and_the_digest_of_its_bytes() -> None:
    sender = Sender("Veille", "veille@autre.example", "equipe@autre.example", "veille.autre.example")
    letter = render_letter(rich("fr"), sender)
    assert (letter.sender, letter.address) == ("veille@autre.example", "appels@nuagera.example")
    assert letter.message_id.endswith(".2026-11-20@autre.example>")
    assert letter.mime.startswith(b"From: Veille <veille@autre.example>\r\n")
