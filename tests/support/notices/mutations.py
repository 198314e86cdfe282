"""Bad input, made on purpose: one engine that spoils the bytes of a publisher in the ways publishers and networks do.

A mutation is a function from bytes and a Random to bytes; the same Random makes the same bytes. `MUTATIONS` are those
that fit any body, `XML_MUTATIONS` and `JSON_MUTATIONS` use the format. What a reader must do with them is claimed in
test_mutations.py; nothing of a reader comes in here.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from lxml import etree

Mutation = Callable[[bytes, Random], bytes]

HOSTILE = (
    "",
    " ",
    "0000-00-00",
    "0001-01-01",
    "0001-01-01+14:00",
    "9999-12-31",
    "9999-12-31-14:00",
    "2026-02-30",
    "2026-11-20T25:61:61",
    "24:00:00",
    "99:99",
    "20261120",
    "31/02/2026",
    "-1",
    "0",
    "0.01",
    "NaN",
    "Infinity",
    "-Infinity",
    "1E+999999999",
    "1E-999999999",
    "1e5",
    "9" * 5000,
    "٣٤٥٦٧٨٩٠",
    "²",
    "½",
    "true",
    "unpublished",
    "LOT-0001",
    "GLO-0001",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1:9/",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "<p><p><p><b>",
    "&amp;#0;&#xD800;&lt;br/&gt;",
    "&amp;" * 300,
    "‮gnp.exe",
    "e\u0301" * 200,
    "\u2028\u2029\x85",
    "🜃" * 50,
    "' ; drop table notice; --",
    "{{7*7}} %s %(x)s {0}",
    "A" * 70_000,
    "EUR",
    "XXXXX",
    "be-BE",
)
"""Words no field expects, each met somewhere: calendar days that are none, numbers that are none, digits of other
scripts (which str.isdigit and re's \\d take for digits), markup, addresses, and very long words."""

HOSTILE_JSON: tuple[Any, ...] = (
    *HOSTILE,
    None,
    True,
    False,
    0,
    -1,
    10**30,
    1.5,
    1e308,
    float("inf"),
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": ""},
    {"#text": None},
    {"#text": ["a", "b"]},
    {"@languageID": "FRA"},
    "\0",
    "a\0b",
    "\x01\x08\x0b\x1f\ufffe\uffff",
    "\ud800",
    "\udfff tail",
    ["x"] * 300,
)
"""Beyond words: what JSON can hold where words are expected, NUL and half a surrogate pair among them."""

_TAG = re.compile(rb"</?[A-Za-z][^<>]{0,200}>")


def _span(body: bytes, random: Random, longest: int = 400) -> tuple[int, int]:
    start = random.randrange(len(body) + 1)
    return start, min(len(body), start + random.randrange(1, longest))


def cut(body: bytes, random: Random) -> bytes:
    """The connection broke."""
    return body[: random.randrange(len(body) + 1)]


def cut_inside(body: bytes, random: Random) -> bytes:
    """A block is missing."""
    start, end = _span(body, random)
    return body[:start] + body[end:]


def doubled(body: bytes, random: Random) -> bytes:
    """Everything came twice, or a block of it did."""
    if random.random() < 0.3:
        return body + body
    start, end = _span(body, random)
    return body[:end] + body[start:]


def reordered(body: bytes, random: Random) -> bytes:
    """Two blocks changed places."""
    a, b, c = sorted(random.randrange(len(body) + 1) for _ in range(3))
    return body[:a] + body[b:c] + body[a:b] + body[c:]


def flipped(body: bytes, random: Random) -> bytes:
    """Some bytes are others."""
    spoilt = bytearray(body or b"\0")
    for _ in range(random.randrange(1, 6)):
        spoilt[random.randrange(len(spoilt))] = random.randrange(256)
    return bytes(spoilt)


def with_nul(body: bytes, random: Random) -> bytes:
    """NUL and other control bytes in between."""
    at = random.randrange(len(body) + 1)
    return body[:at] + random.choice([b"\0", b"\0" * 64, b"\x01", b"\x1b[2J", b"\x7f"]) + body[at:]


def as_latin_1(body: bytes, random: Random) -> bytes:
    """Written in another encoding than declared, with the accents of the day."""
    return body.decode("utf-8", "replace").replace("e", "é", random.randrange(1, 40)).encode("latin-1", "replace")


def as_utf_16(body: bytes, random: Random) -> bytes:
    """UTF-16, with or without its mark, declared as what it was."""
    return body.decode("utf-8", "replace").encode(random.choice(["utf-16", "utf-16-le", "utf-16-be"]))


def with_mark(body: bytes, random: Random) -> bytes:
    """A byte order mark, of UTF-8 or of what it is not."""
    return random.choice([b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]) + body


def misdeclared(body: bytes, random: Random) -> bytes:
    """The declaration contradicts the bytes."""
    encoding = random.choice([b"utf-16", b"iso-8859-1", b"us-ascii", b"UTF-7", b"ebcdic-cp-be", b"x", b"", b"utf-8\0"])
    bare = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", body)
    return b'<?xml version="1.0" encoding="' + encoding + b'"?>' + bare


def worded(body: bytes, random: Random) -> bytes:
    """One word is another, wherever it is: a tag, a key, a date."""
    words = sorted(set(re.findall(rb"[A-Za-z0-9:-]{3,40}", body)))
    if not words:
        return body
    return body.replace(random.choice(words), random.choice(words), random.choice([1, 1, -1]))


def interrupted(body: bytes, random: Random) -> bytes:
    """Something of another protocol in the middle: a chunk's length, an error page, a second declaration."""
    at = random.randrange(len(body) + 1)
    alien = [
        b"\r\n2000\r\n",
        b"<html><body>502 Bad Gateway</body></html>",
        b'<?xml version="1.0"?>',
        b"]]>",
        b"<![CDATA[",
    ]
    return body[:at] + random.choice(alien) + body[at:]


MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        cut,
        cut_inside,
        doubled,
        reordered,
        flipped,
        with_nul,
        as_latin_1,
        as_utf_16,
        with_mark,
        misdeclared,
        worded,
        interrupted,
    )
}


def tree_spoilt(body: bytes, random: Random) -> bytes:
    """Well-formed still: elements dropped, doubled, moved, emptied, renamed, filled with words no field expects."""
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True))
    for _ in range(random.choice([1, 1, 1, 2, 4, 12])):
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        random.choice(_SURGERY)(elements, random)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def prefixed(body: bytes, random: Random) -> bytes:
    """An undeclared prefix, or bound to another namespace, or every name in a namespace of its own."""
    spaces = sorted(set(re.findall(rb'xmlns(?::\w+)?="([^"]+)"', body)))
    prefixes = sorted(set(re.findall(rb"<(\w+):", body)))
    choice = random.randrange(3)
    if choice == 0 and prefixes:
        old = random.choice(prefixes)
        return re.sub(rb"(</?)" + old + rb":", rb"\1zz:", body, count=random.choice([1, 0]))
    if choice == 1 and len(spaces) > 1:
        one, other = random.sample(spaces, 2)
        return body.replace(b'"' + one + b'"', b'"' + other + b'"')
    if spaces:
        return body.replace(random.choice(spaces), b"urn:x-nobody:" + str(random.randrange(99)).encode())
    return body


def tags_shuffled(body: bytes, random: Random) -> bytes:
    """Two tags changed places."""
    tags = list(_TAG.finditer(body))
    if len(tags) < 2:
        return body
    one, other = sorted(random.sample(tags, 2), key=lambda tag: tag.start())
    return body[: one.start()] + other[0] + body[one.end() : other.start()] + one[0] + body[other.end() :]


def _drop(elements: list[Any], random: Random) -> None:
    one = random.choice(elements)
    if one.getparent() is not None:
        one.getparent().remove(one)


def _double(elements: list[Any], random: Random) -> None:
    one = random.choice(elements)
    if one.getparent() is not None:
        for _ in range(random.choice([1, 1, 30])):
            one.addnext(etree.fromstring(etree.tostring(one, with_tail=False)))


def _move(elements: list[Any], random: Random) -> None:
    one, other = random.choice(elements), random.choice(elements)
    if other not in one.iter():
        other.append(one)


def _empty(elements: list[Any], random: Random) -> None:
    one = random.choice(elements)
    for inner in list(one):
        one.remove(inner)
    one.text = None


def _fill(elements: list[Any], random: Random) -> None:
    leaves = [element for element in elements if len(element) == 0] or elements
    random.choice(leaves).text = random.choice(HOSTILE)


def _fill_all(elements: list[Any], random: Random) -> None:
    """Every leaf of that name."""
    name = random.choice(elements).tag
    word = random.choice(HOSTILE)
    for element in elements:
        if element.tag == name and len(element) == 0:
            element.text = word


def _rename(elements: list[Any], random: Random) -> None:
    one, other = random.choice(elements), random.choice(elements)
    one.tag = random.choice([other.tag, "{urn:x-nobody}Thing", "Thing", one.tag + "s"])


def _attribute(elements: list[Any], random: Random) -> None:
    marked = [element for element in elements if element.attrib] or elements
    element = random.choice(marked)
    name = random.choice(list(element.attrib) or ["listName"])
    if random.random() < 0.3:
        element.attrib.pop(name, None)
    else:
        element.set(name, random.choice(HOSTILE))


def _swap(elements: list[Any], random: Random) -> None:
    one = random.choice(elements)
    inner = list(one)
    random.shuffle(inner)
    one[:] = inner


_SURGERY = (_drop, _double, _move, _empty, _fill, _fill, _fill, _fill_all, _rename, _attribute, _swap)

XML_MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation for mutation in (tree_spoilt, prefixed, tags_shuffled)
}


def json_spoilt(body: bytes, random: Random) -> bytes:
    """Valid JSON still: keys dropped, renamed and added, values of any kind where words are expected; what is JSON in a
    string (BOAMP's donnees and gestion) is spoilt inside as well."""
    value = json.loads(body)
    for _ in range(random.choice([1, 1, 1, 2, 4, 12])):
        _spoil(value, random)
    return json.dumps(value, ensure_ascii=random.random() < 0.7).encode("utf-8", "surrogatepass")


def _spoil(value: Any, random: Random) -> None:
    places = list(_places(value))
    if not places:
        return
    holder, key = random.choice(places)
    inner = _inner(holder[key])
    if inner is not None and random.random() < 0.9:
        _spoil(inner, random)
        holder[key] = json.dumps(inner)
        return
    choice = random.randrange(6)
    if choice == 0:
        del holder[key]
    elif choice == 1 and isinstance(holder, dict):
        holder[random.choice([f"{key}s", "nouveau", "#text", "@x", "cbc:ID", "a:b:c", " "])] = holder.pop(key)
    elif choice == 2:
        holder[key] = [copy.deepcopy(holder[key]) for _ in range(random.choice([1, 2, 30]))]
    elif choice == 3 and isinstance(holder, list):
        random.shuffle(holder)
    else:
        holder[key] = copy.deepcopy(random.choice(HOSTILE_JSON))


def _inner(value: object) -> Any:
    """The JSON a string holds, None when it holds none."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value, as its holder and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


JSON_MUTATIONS: Mapping[str, Mutation] = {"json_spoilt": json_spoilt}


def mutations_for(body: bytes) -> Mapping[str, Mutation]:
    """The mutations that fit a body by its format."""
    if body.lstrip().startswith(b"<") and not body.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return {**MUTATIONS, **XML_MUTATIONS}
    return {**MUTATIONS, **JSON_MUTATIONS} if body.lstrip().startswith(b"{") else MUTATIONS
