"""CPV and NUTS codes with their parents."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact

cpvs = st.from_regex(r"[0-9]{8}", fullmatch=True).map(Cpv)
nuts = st.from_regex(r"[A-Z]{2}[A-Z0-9]{0,3}", fullmatch=True).map(Nuts)


@given(cpvs)
def test_a_cpv_lies_within_all_its_parents(code: Cpv) -> None:
    assert all(code.within(parent) for parent in code.parents)


@given(cpvs)
def test_the_last_parent_of_a_cpv_is_its_division(code: Cpv) -> None:
    assert (code.parents or (code,))[-1] == code.division


@given(cpvs, cpvs)
def test_what_two_cpvs_share_does_not_depend_on_their_order(one: Cpv, other: Cpv) -> None:
    assert one.common(other) == other.common(one)


@given(cpvs)
def test_a_cpv_shares_with_its_parent_as_many_digits_as_the_parent_means(code: Cpv) -> None:
    assert all(code.common(parent) == len(parent.stem) for parent in code.parents)


@given(nuts)
def test_a_place_lies_within_all_its_parents(code: Nuts) -> None:
    assert all(code.within(parent) for parent in code.parents)


@given(nuts, nuts)
def test_how_near_two_places_are_does_not_depend_on_their_order(one: Nuts, other: Nuts) -> None:
    assert one.common(other) == other.common(one)


@pytest.mark.parametrize("written", ["72000000", "72000000-5", " 72000000 "])
def test_a_cpv_is_read_as_publishers_write_it(written: str) -> None:
    assert Cpv.read(written) == Cpv("72000000")


@pytest.mark.parametrize("written", ["7200000", "720000000", "72000000-", "IT", "", "７２００００００"])
def test_what_is_no_cpv_is_refused(written: str) -> None:
    with pytest.raises(BadFact):
        Cpv.read(written)


@pytest.mark.parametrize("written", ["", "B", "be100", "BE1000", "BE 10"])
def test_what_is_no_place_is_refused(written: str) -> None:
    with pytest.raises(BadFact):
        Nuts(written)


@pytest.mark.parametrize(
    ("one", "other", "levels"),
    [("BE323", "BE323", 4), ("BE323", "BE32B", 3), ("BE323", "BE100", 1), ("BE323", "FRE11", 0), ("BE323", "BE3", 2)],
)
def test_places_share_levels_from_the_country_down(one: str, other: str, levels: int) -> None:
    assert Nuts(one).common(Nuts(other)) == levels


def test_the_official_parent_of_a_code_is_among_its_parents(shared: Path) -> None:
    with (shared / "codelists" / "cpv_2008_fr_nl_de_en.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(Cpv(row["code"]), row["parent_code"]) for row in csv.DictReader(lines) if row["parent_code"]]
    assert [code for code, parent in rows if Cpv(parent) not in code.parents] == []
