"""Bad input: whatever a publisher or a network makes of its bytes, a reader returns facts, or the reason why not.

`PIB_MUTATIONS=20000 python -m pytest tests/scrapers/readers/test_mutations.py`
tries that many spoilt bodies a claim instead of a few
hundred (some ten minutes).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceChanged, SourceError, Unreadable
from scrapers.feeds.request import CrawlRequest
from scrapers.landing import read_landing
from scrapers.notice_json import notice_line
from scrapers.read import read_body
from scrapers.readers.normalise.normalise import finish
from scrapers.readers.ted.packages import read_package
from scrapers.source import find_file
from tests.support.notices.archives import tar_gz
from tests.support.notices.manual_calls import CSV, TOML
from tests.support.notices.mutations import mutations_for
from tests.support.paths import RECORDINGS
from tests.support.stores import open_store
from warehouse.model.notices import Notice
from warehouse.store import Store

WORKSPACE = "6a000001-0000-4000-8000-000000000001"
EXAMPLES = int(os.environ.get("PIB_MUTATIONS", "250"))
LONGEST = 10.0
"""Seconds of processor time a body of ordinary size may take; it takes milliseconds."""

quickly = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


Reader = Callable[[bytes], Iterable[tuple[str, Notice | SourceError]]]


@dataclass(frozen=True, slots=True)
class Seed:
    """A body to spoil, and who reads it; `name` begins with its format."""

    name: str
    body: bytes
    read: Reader = read_body

    def __repr__(self) -> str:
        return self.name


ROWS = ("notices", "results", "publications", "marches", "data")
"""What a page's list of rows is called, by publisher."""


def pages(name: str, body: bytes) -> Iterator[Seed]:
    """A page of rows, and each of its rows alone on a page: one fault then meets one notice more often."""
    page = json.loads(body)
    rows = next((rows for rows in ROWS if isinstance(page.get(rows), list)), None)
    if rows is not None:
        yield Seed(name, body)
        for n, row in enumerate(page[rows]):
            yield Seed(f"{name}, row {n}", json.dumps({**page, rows: [row]}, ensure_ascii=False).encode())


def recorded() -> Iterator[Seed]:
    """Every invented recording, by what it holds."""
    for path in sorted(path for path in RECORDINGS.glob("*/*") if path.parent.name != "neighbours"):
        name, body = path.relative_to(RECORDINGS).as_posix(), path.read_bytes()
        yield from pages(name, body) if path.suffix == ".json" else [Seed(name, body)]


def belgian() -> Iterator[Seed]:
    """A workspace of two versions, one of them for the eForms reader to refuse."""
    xml = (RECORDINGS / "eforms" / "call_two_languages.xml").read_text(encoding="utf-8")
    dated = {"publicationDate": "2026-11-19", "status": "PUBLISHED"}
    versions = [
        {"version": n, "notice": {"xmlContent": text, **dated}, **dated} for n, text in enumerate((xml, xml[:90]), 1)
    ]
    body = json.dumps({"id": WORKSPACE, "versions": versions}, ensure_ascii=False).encode()
    yield Seed("workspace/two_versions.json", body)
    yield Seed("workspace/asked_for.json", body, lambda body: find_file("be_bosa").read("workspace", body, WORKSPACE))


def written() -> Iterator[Seed]:
    """Calls as operators write them."""
    for kind, body in (("toml", TOML), ("csv", CSV)):
        yield Seed(
            f"manual/calls.{kind}", body.encode(), partial(find_file("manual").read, kind, number=f"calls.{kind}")
        )


def packed() -> Iterator[Seed]:
    """A package of three notices."""
    files = [("20261119_225/1.xml", "eforms/call_two_languages.xml"), ("2.xml", "ted_export/result_group.xml")]
    body = tar_gz(*((name, (RECORDINGS / path).read_bytes()) for name, path in files))
    yield Seed("package/day.tar.gz", body, lambda body: read_package(io.BytesIO(body), frozenset({"BEL", "FRA"})))
    yield Seed(
        "package/day.tar", gzip.decompress(body), lambda body: read_package(io.BytesIO(gzip.compress(body, 1)), set())
    )


def neighbouring() -> Iterator[Seed]:
    """What portals of the neighbouring countries answer, read by their own sources."""
    folder, dutch = RECORDINGS / "neighbours", find_file("nl_tenderned").read
    luxembourgish = partial(find_file("lu_pmp").read, "search", number=None)
    yield Seed("neighbours/lu_search.html", (folder / "lu_search.html").read_bytes(), luxembourgish)
    yield Seed(
        "neighbours/nl_listing.json", (folder / "nl_listing.json").read_bytes(), partial(dutch, "search", number=None)
    )
    for number, publication in json.loads((folder / "nl_publications.json").read_bytes()).items():
        body = json.dumps(publication, ensure_ascii=False).encode()
        yield Seed(f"neighbours/{number}.json", body, partial(dutch, "publication", number=number))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(folder / "de_call_below_thresholds.xml", "call.xml")
    german = partial(find_file("de_oeffentlichevergabe").read, "export 2026-11-18", number=None)
    yield Seed("neighbours/de_day.zip", archive.getvalue(), german)


def answers(seed: Seed, body: bytes) -> list[Notice]:
    """The notices in the body, which may be spoilt: faults are values or SourceErrors, and nothing else is raised."""
    notices: list[Notice] = []
    faults: list[SourceError] = []
    try:
        for identifier, result in seed.read(body):
            assert isinstance(identifier, str)
            assert isinstance(result, Notice | SourceError), result
            if isinstance(result, Notice):
                notices.append(finish(result))
            else:
                faults.append(result)
    except SourceError as error:
        faults.append(error)
    assert all(str(fault) for fault in faults), "a fault without a sentence"
    return notices


SEEDS = (*recorded(), *belgian(), *written(), *packed(), *neighbouring())
XML = tuple(seed for seed in SEEDS if seed.name.endswith(".xml"))
JSON = tuple(seed for seed in SEEDS if ".json" in seed.name)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A body that was spoilt; `way` and `dice` make it again."""

    seed: Seed
    way: str
    dice: int
    body: bytes

    def __repr__(self) -> str:
        return f"{self.seed}: {self.way} {self.dice} ({self.body[:60]!r} ...)"


@st.composite
def spoilt(draw: st.DrawFn, seeds: tuple[Seed, ...] = SEEDS) -> Spoilt:
    """A seed, its body spoilt in one way; the ways that keep it well-formed reach furthest and come up most."""
    seed = draw(st.sampled_from(seeds))
    ways = mutations_for(seed.body)
    deep = [name for name in ways if name.endswith("_spoilt")]
    way = draw(st.sampled_from([*ways, *deep * len(ways)]))
    dice = draw(st.integers(0, 2**32))
    return Spoilt(seed, way, dice, ways[way](seed.body, Random(dice)))


def notices_of(seed: Seed, body: bytes) -> list[Notice]:
    """The notices in a spoilt body, which can be said as JSON in UTF-8 and took no unreasonable time."""
    begun = time.process_time()
    notices = answers(seed, body)
    for notice in notices:
        json.dumps(notice_line(notice), ensure_ascii=False).encode()
    assert time.process_time() - begun < LONGEST
    return notices


def test_there_is_something_to_spoil_in_every_format() -> None:
    formats = {"approch", "boamp", "bosa", "decp", "eforms", "manual", "neighbours", "package", "ted", "ted_export"}
    formats |= {"workspace"}
    assert {seed.name.split("/")[0] for seed in SEEDS} == formats


def test_every_seed_is_read_before_it_is_spoilt() -> None:
    assert [seed for seed in SEEDS if not answers(seed, seed.body) and seed.name != "bosa/error_500.json"] == []


@quickly
@given(spoilt())
def test_a_spoilt_body_is_facts_or_a_fault_with_a_sentence(case: Spoilt) -> None:
    notices_of(case.seed, case.body)


@pytest.fixture(scope="module")
def real(shared: Path) -> tuple[Seed, ...]:
    """Real notices of every kind, the smaller ones, and pages of real records and rows."""
    notices = [path for path in sorted(shared.glob("notices/**/*.xml")) if path.stat().st_size < 60_000]
    recordings = sorted(shared.glob("recordings/*/*.json"))
    return (
        *(Seed(path.name, path.read_bytes()) for path in notices[:: len(notices) // 60]),
        *(seed for path in recordings for seed in _few(path)),
    )


def _few(path: Path) -> list[Seed]:
    """Some rows of a recorded page, each alone on it; nothing of a recording that is no page."""
    found = json.loads(path.read_bytes())
    return list(pages(path.name, path.read_bytes()))[1:6] if isinstance(found, dict) else []


@quickly
@given(data=st.data())
def test_a_spoilt_real_body_is_facts_or_a_fault_with_a_sentence(real: tuple[Seed, ...], data: st.DataObject) -> None:
    case = data.draw(spoilt(real))
    notices_of(case.seed, case.body)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("kept") / "pib.duckdb") as opened:
        yield opened


@settings(quickly, max_examples=max(40, EXAMPLES // 4))
@given(case=spoilt())
def test_whatever_is_read_of_a_spoilt_body_can_be_kept_and_comes_back_equal(store: Store, case: Spoilt) -> None:
    for n, notice in enumerate(notices_of(case.seed, case.body)):
        name = f"{time.monotonic_ns()}-{n}"
        renamed = replace(notice, id=name, publication=replace(notice.publication, number=name))
        store.save_notices([renamed])
        assert store.load_notice(renamed.uid) == renamed


def land(folder: Path, kind: str, body: bytes, number: str | None) -> Path:
    ledger = Ledger(folder, lambda: datetime(2026, 11, 20, 9, 45, tzinfo=UTC))
    suffix = "xml" if kind == "notice" else "json"
    crawl_request = CrawlRequest(
        kind, f"{kind} {number}", "http://127.0.0.1/", f"{kind}-{number}", suffix, number=number
    )
    return folder / (ledger.settle(crawl_request, Outcome.LANDED, status=200, body=body).file or "")


CHANNELS = (
    ("eu_ted", "notice", "700001-2026", tuple(seed for seed in XML if seed.name.startswith(("eforms/", "ted")))),
    ("eu_ted", "search", None, tuple(seed for seed in JSON if seed.name.startswith("ted/"))),
    ("fr_boamp", "records", None, tuple(seed for seed in JSON if seed.name.startswith("boamp/"))),
    ("be_bosa", "workspace", WORKSPACE, tuple(belgian())),
    ("manual", "toml", "calls.toml", tuple(seed for seed in written() if seed.name.endswith("toml"))),
)


@pytest.mark.parametrize(("source", "kind", "number", "seeds"), CHANNELS, ids=lambda value: str(value)[:12])
@settings(quickly, max_examples=max(25, EXAMPLES // 8))
@given(data=st.data())
def test_what_cannot_be_read_is_set_aside_with_its_bytes_or_stops_its_source(
    tmp_path_factory: pytest.TempPathFactory,
    source: str,
    kind: str,
    number: str | None,
    seeds: tuple[Seed, ...],
    data: st.DataObject,
) -> None:
    body = data.draw(spoilt(seeds)).body
    folder = tmp_path_factory.mktemp("landing")
    path = land(folder, kind, body, number)
    try:
        readings = list(read_landing(source, folder))
    except SourceChanged:
        readings = []
    assert path.read_bytes() == body
    for reading in readings:
        assert (reading.notice is None) == bool(reading.reason)
        assert reading.path == path


Attack = Callable[[bytes], bytes]


def in_a_leaf(words: bytes) -> Attack:
    """The words in place of the first words of an XML body."""

    def attack(body: bytes) -> bytes:
        at = body.index(b"</", body.index(b"</", len(body) // 3) + 2)
        return body[:at] + words + body[at:]

    return attack


def under_a_doctype(declared: str, used: str = "&x;") -> Attack:
    """A document type with these declarations, and the entity used."""

    def attack(body: bytes) -> bytes:
        leaf_body = in_a_leaf(used.encode())(body)
        head = leaf_body.index(b"?>") + 2 if leaf_body.lstrip().startswith(b"<?xml") else 0
        return leaf_body[:head] + f"<!DOCTYPE n [{declared}]>".encode() + leaf_body[head:]

    return attack


LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BLOWN = f'<!ENTITY l0 "{"ha" * 50_000}"><!ENTITY x "{"&l0;" * 10_000}">'

XML_ATTACKS: dict[str, Callable[[], Attack]] = {
    "billion laughs": lambda: under_a_doctype(LAUGHS, "&l9;"),
    "quadratic blow-up": lambda: under_a_doctype(BLOWN),
    "50 MB of words": lambda: in_a_leaf(b"mot " * 12_500_000),
    "a million open tags": lambda: in_a_leaf(b"<n>" * 1_000_000),
    "a million elements": lambda: in_a_leaf(b"<n/>" * 1_000_000),
    "an attribute of 20 MB": lambda: in_a_leaf(b'<n a="' + b"x" * 20_000_000 + b'"/>'),
    "100,000 attributes": lambda: in_a_leaf(b"<n " + b" ".join(b'a%d="x"' % n for n in range(100_000)) + b"/>"),
    "100,000 namespaces": lambda: in_a_leaf(
        b"<n " + b" ".join(b'xmlns:a%d="urn:%d"' % (n, n) for n in range(100_000)) + b"/>"
    ),
    "a name of 5 MB": lambda: in_a_leaf(b"<" + b"n" * 5_000_000 + b"/>"),
    "a comment of 20 MB": lambda: in_a_leaf(b"<!--" + b"x" * 20_000_000 + b"-->"),
    "300,000 paragraphs of HTML": lambda: in_a_leaf(b"&lt;p&gt;" * 300_000),
    "NUL": lambda: in_a_leaf(b"\0" * 1000),
    "references to no characters": lambda: in_a_leaf(b"&#0;&#xD800;&#x110000;"),
}


@pytest.mark.parametrize("name", XML_ATTACKS)
@pytest.mark.parametrize("kind", ["eforms", "ted_export"])
def test_an_attack_in_xml_ends_soon_in_facts_or_a_fault(kind: str, name: str) -> None:
    seed = next(seed for seed in XML if seed.name.startswith(kind))
    notices_of(seed, XML_ATTACKS[name]()(seed.body))


@pytest.mark.parametrize("name", ["billion laughs", "quadratic blow-up"])
def test_an_entity_bomb_is_refused_as_one(name: str) -> None:
    with pytest.raises(Unreadable, match="DOCTYPE"):
        list(read_body(XML_ATTACKS[name]()(XML[0].body)))


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


JSON_ATTACKS: dict[str, Callable[[], object]] = {
    "50 MB of words": lambda: "mot " * 12_500_000,
    "300,000 paragraphs of HTML": lambda: "<p>" * 300_000,
    "a million open brackets": lambda: "<" * 1_000_000,
    "a million entities": lambda: "&amp;" * 1_000_000,
    "100,000 values": lambda: ["x"] * 100_000,
    "a number of a million digits": lambda: "9" * 1_000_000,
    "NUL and half a pair": lambda: "\0\ud800\x1b",
    "300 levels": lambda: json.loads(deep(300)),
    "900 levels": lambda: json.loads(deep(900)),
}


PLACES = (
    ("ted/search.json", "notices", "title-proc"),
    ("ted/search.json", "notices", "official-language"),
    ("boamp/records.json", "results", "objet"),
    ("boamp/records.json", "results", "donnees"),
    ("bosa/search.json", "publications", "lots"),
    ("decp/records.json", "results", "objet"),
    ("approch/records.json", "results", "libelle"),
)


@pytest.mark.parametrize("name", JSON_ATTACKS)
@pytest.mark.parametrize(("page", "rows", "key"), PLACES)
def test_an_attack_in_json_ends_soon_in_facts_or_a_fault(page: str, rows: str, key: str, name: str) -> None:
    seed = next(seed for seed in JSON if seed.name == page)
    body = json.loads(seed.body)
    row, attack = body[rows][0], JSON_ATTACKS[name]()
    if key == "donnees":
        row[key] = json.dumps({"FNSimple": {"initial": {"natureMarche": {"intitule": attack}}}})
    else:
        row[key] = {"fra": attack} if key == "title-proc" else attack
    notices_of(seed, json.dumps(body).encode())


@pytest.mark.parametrize("levels", [300, 900, 5_000, 1_000_000])
def test_json_nested_without_end_is_a_fault(levels: int) -> None:
    body = b'{"results": [{"idweb": ' + b"[" * levels + b"]" * levels + b"}]}"
    try:
        ((_, fault),) = read_body(body)
    except SourceError as raised:
        fault = raised
    assert isinstance(fault, SourceError)


@pytest.fixture
def bait() -> Iterator[tuple[int, list[object]]]:
    """A port that no code should contact, and who did."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def wait() -> None:
            while not over.is_set():
                try:
                    visitor, address = server.accept()
                except TimeoutError:
                    continue
                came.append(address)
                visitor.close()

        waiter = threading.Thread(target=wait)
        waiter.start()
        yield server.getsockname()[1], came
        over.set()
        waiter.join()


LURES = {
    "an external entity": under_a_doctype('<!ENTITY x SYSTEM "{url}">'),
    "an external parameter entity": under_a_doctype('<!ENTITY % x SYSTEM "{url}"> %x;', ""),
    "an external document type": lambda body: body.replace(b"?>", b'?><!DOCTYPE n SYSTEM "{url}">', 1),
    "XInclude": in_a_leaf(b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}" parse="text"/>'),
    "a style sheet": lambda body: body.replace(b"?>", b'?><?xml-stylesheet href="{url}" type="text/xsl"?>', 1),
    "a schema": in_a_leaf(
        b'<n xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{url}"/>'
    ),
}


@pytest.mark.parametrize("lure", LURES)
@pytest.mark.parametrize("kind", ["eforms", "ted_export"])
def test_nothing_is_fetched_and_no_file_is_opened(
    bait: tuple[int, list[object]],
    tmp_path: Path,
    kind: str,
    lure: str,
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("sesame-of-the-test")
    seed = next(seed for seed in XML if seed.name.startswith(kind))
    for url in (f"http://127.0.0.1:{bait[0]}/x", secret.as_uri()):
        body = LURES[lure](seed.body).replace(b"{url}", url.encode())
        lines = [json.dumps(notice_line(notice)) for notice in notices_of(seed, body)]
        assert "sesame" not in "".join(lines)
    assert bait[1] == []


@pytest.mark.parametrize("number", ["../../outside", "/outside", "a/../../b", "n" * 4000, "a\0b", ".", "é\n"])
def test_a_number_that_is_a_path_names_a_file_inside_the_landing_folder(tmp_path: Path, number: str) -> None:
    folder = tmp_path / "landing" / "eu_ted" / "2026-11-20"
    folder.mkdir(parents=True)
    path = land(folder, "notice", b"<n/>", number)
    assert path.resolve().parent == folder.resolve()
    assert path.read_bytes() == b"<n/>"
