"""What a spotter finds is what its expressions find, whatever letters it looks for first."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text.multi_pattern import Spotter, branches_of, letters_of

LISTS = ("requirements/demands", "requirements/certificates", "text/wordlists", "requirements/ict")


def expressions_of(read: object) -> Iterator[list[str]]:
    """Every list of expressions of a table, however deep."""
    if isinstance(read, dict):
        for value in read.values():  # pyright: ignore[reportUnknownVariableType]
            yield from expressions_of(value)
    elif isinstance(read, list) and all(isinstance(item, str) for item in read):  # pyright: ignore[reportUnknownVariableType]
        yield read  # pyright: ignore[reportUnknownVariableType]


EVERY = [
    expression
    for name in LISTS
    for expression in expressions_of(tomllib.loads((resources.files("matching") / f"{name}.toml").read_text("utf-8")))
]
WORDS = sorted({word for some in EVERY for expression in some for word in re.findall(r"[^\W\d_]{2,}", expression)})


@pytest.mark.parametrize(
    ("branch", "letters"),
    [
        ("reconduct", ("reconduct",)),
        ("critères? d['’]attribution", ("attribution",)),
        (r"\w{0,20}ums[aä]tze?n?\b", ("ums",)),
        ("(?:date|délai) (?:limite|prévisionnel)", ("limite", "prévisionnel")),
        ("(?:proposera|disposer d['’]|proposer) ?une? (?:gest|chef)", ("proposera", "disposer d", "proposer")),
        (r"\bISO ?9001", ("iso",)),
        ("(?<!sous la )références?", ("référence",)),
        ("voir (?:le |la )?règlement", ("règlement",)),
        ("(?:lange|)kurz", ("kurz",)),
        ("ab{2,3}cd+e", ("cd",)),
        (r"\(requis\)", ("requis",)),
        ("(?-i:[A-Z]+|KI)", ("",)),
        ("[abc]", ("",)),
    ],
)
def test_the_letters_are_those_that_cannot_be_missing(branch: str, letters: tuple[str, ...]) -> None:
    assert letters_of(branch) == letters


def test_an_expression_is_parted_at_its_bars_and_not_at_those_of_its_groups() -> None:
    assert branches_of(r"a(?:b|c)|d[|]e|f\|g") == ["a(?:b|c)", "d[|]e", r"f\|g"]


@pytest.mark.parametrize("before", ["", r"\b"])
@given(data=st.data())
def test_it_finds_what_the_expressions_find(before: str, data: st.DataObject) -> None:
    expressions = data.draw(st.sampled_from(EVERY))
    words = st.sampled_from(WORDS) | st.sampled_from(["de", "le", "n°", "l'", "9001", "-", "."]) | st.text(max_size=4)
    drawn = " ".join(data.draw(st.lists(words, max_size=12)))
    made = "".join(data.draw(st.from_regex(re.compile(data.draw(st.sampled_from(expressions))))))
    text = data.draw(st.sampled_from([drawn, made, f"{drawn} {made}", f"{made} {drawn}".upper()]))
    if "ſ" in text or "\u212a" in text or "İ" in text:  # letters that are others' capitals in expressions only
        return
    plain = re.compile(rf"{before}(?:{'|'.join(expressions)})", re.IGNORECASE)
    spotter = Spotter(expressions, before)
    assert spotter.is_in(text) == (plain.search(text) is not None)
    assert [hit.span() for hit in spotter.finditer(text)] == [hit.span() for hit in plain.finditer(text)]
