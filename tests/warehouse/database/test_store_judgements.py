"""Match results, members, vectors and crawls are loaded as they were saved, and a night replaces itself whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.notices.strategies import cpvs, money, places
from tests.support.stores import passing_store
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    GroupReason,
    GroupReasonKind,
    Held,
    Joint,
    Match,
    MatchResult,
    PastGroup,
    Reason,
    ReasonKind,
    Refusal,
    RefusalKind,
    Remarks,
    Role,
)
from warehouse.model.members import Channel, Competence, Frequency, Member, Preferences, Weekday
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Money
from warehouse.store import Store

NIGHT = date(2026, 11, 20)
LAW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

words = st.text(max_size=10)
numbers = st.floats(0, 1)
indices = st.lists(st.integers(0, 5), max_size=3).map(tuple)
ids = st.sampled_from(["aquila", "borealis", "cygnus"])
reasons = st.lists(st.builds(Reason, st.sampled_from(ReasonKind), numbers, words, words), max_size=3).map(tuple)
facets = st.lists(
    st.builds(Facet, st.sampled_from(FacetKind), words, numbers, st.none() | words, st.none() | words), max_size=3
).map(tuple)
roles = st.lists(
    st.builds(Role, ids, indices, indices, numbers, numbers, st.lists(words, max_size=2).map(tuple)), max_size=3
).map(tuple)

some = st.lists(words, max_size=2).map(tuple)
held = st.lists(st.builds(Held, ids, words), max_size=2).map(tuple)
group_reasons = st.builds(GroupReason, st.sampled_from(GroupReasonKind), words, held, st.none() | words)
past_groups = st.builds(
    PastGroup,
    members=st.lists(ids, min_size=2, max_size=3).map(tuple),
    similarity=numbers,
    notice=words,
    lot=words,
    title=words,
    purchases=st.integers(1, 5),
    others=st.integers(0, 5),
    is_same_buyer=st.booleans(),
    partner_only=some,
)
remarks = st.builds(
    Remarks,
    bound_by=st.none() | words,
    bound_gain=numbers,
    alone_lacks=some,
    unverified=some,
    silent_turnover=some,
    holds=st.lists(st.builds(Held, ids, words), max_size=2).map(tuple),
    stages=some,
    countries=some,
    joint=st.lists(st.builds(Joint, st.tuples(ids, ids), words, words), max_size=2).map(tuple),
    lots=some,
)


@st.composite
def match_results(draw: st.DrawFn) -> MatchResult:
    lot = draw(st.uuids()).hex + ":LOT-0001"
    matches = st.lists(st.builds(Match, st.just(lot), ids, numbers, reasons), max_size=3)
    refusals = st.lists(st.builds(Refusal, st.just(lot), ids, st.sampled_from(RefusalKind), words), max_size=3)
    consortia = st.lists(
        st.builds(
            Consortium,
            lot_uid=st.just(lot),
            rank=st.integers(1, 10),
            value=numbers,
            coverage=numbers,
            roles=roles,
            uncovered=indices,
            best_alone=ids,
            best_alone_coverage=numbers,
            binding=st.none() | words,
            gap=numbers,
            flags=st.lists(words, max_size=2).map(tuple),
            remarks=remarks,
            reasons=st.lists(group_reasons, max_size=2).map(tuple),
            partner_only=some,
        ),
        max_size=2,
    )
    reason = draw(st.none() | st.text(min_size=1, max_size=10))
    past = tuple(draw(st.lists(past_groups, max_size=2)))
    return MatchResult(
        lot, draw(facets), tuple(draw(matches)), tuple(draw(refusals)), tuple(draw(consortia)), reason, past
    )


members = st.builds(
    Member,
    id=ids,
    company_number=st.sampled_from(["BE0999000112", "FR999000111"]),
    name=words,
    email=st.just("contact@aquila.example"),
    languages=st.lists(st.sampled_from(["fr", "nl"]), min_size=1, max_size=2).map(tuple),
    nuts=st.sampled_from(["BE323", "FRE11"]).map(Nuts),
    headcount=st.integers(0, 5000),
    turnover=money,
    certificates=st.lists(words, max_size=2).map(tuple),
    grappes=st.lists(words, max_size=2).map(tuple),
    competences=st.lists(
        st.builds(Competence, words, st.just("fr"), cpvs, st.lists(words, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    reach=places,
    conflicts=st.lists(ids, max_size=2).map(tuple),
    preferences=st.builds(
        Preferences,
        st.sampled_from(Frequency),
        numbers,
        st.integers(1, 20),
        st.lists(words, max_size=2).map(tuple),
        st.sampled_from(Channel),
        st.lists(st.sampled_from(Weekday), max_size=3).map(tuple),
        st.booleans(),
    ),
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with passing_store() as opened:
        yield opened


@LAW
@given(concluded=st.lists(match_results(), max_size=4, unique_by=lambda match_result: match_result.lot_uid))
def test_match_results_come_back_as_they_were_kept(store: Store, concluded: list[MatchResult]) -> None:
    store.save_match_results(NIGHT, concluded)
    assert store.load_match_results(NIGHT) == tuple(concluded)
    without = tuple(replace(result, refusals=()) for result in concluded)
    assert store.load_match_results(NIGHT, without_refusals=True) == without


@LAW
@given(cluster=st.lists(members, max_size=3, unique_by=lambda member: member.id))
def test_members_come_back_as_they_were_kept(store: Store, cluster: list[Member]) -> None:
    store.save_members(cluster)
    assert store.load_members() == tuple(cluster)


def a_match_result(lot: str = "purchase:LOT-0001") -> MatchResult:
    refusal = Refusal(lot, "cygnus", RefusalKind.LANGUAGE, "NL")
    reason = Reason(ReasonKind.WORDS, 0.6, "capteurs", "capteurs de niveau")
    return MatchResult(
        lot, (Facet(FacetKind.TITLE, "Capteurs", 1.0),), (Match(lot, "aquila", 0.6, (reason,)),), (refusal,), ()
    )


def test_a_night_matched_again_replaces_its_earlier_results(store: Store) -> None:
    store.save_match_results(NIGHT, [a_match_result("a:1"), a_match_result("b:1")])
    store.save_match_results(NIGHT, [a_match_result("c:1")])
    assert [match_result.lot_uid for match_result in store.load_match_results(NIGHT)] == ["c:1"]


def test_a_night_leaves_the_others_alone(store: Store) -> None:
    store.save_match_results(NIGHT, [a_match_result("a:1")])
    store.save_match_results(date(2026, 11, 21), [a_match_result("b:1")])
    assert store.load_match_results(NIGHT) == (a_match_result("a:1"),)


def test_match_results_that_break_off_leave_the_night_as_it_was(store: Store) -> None:
    def broken() -> Iterator[MatchResult]:
        for n in range(300):
            yield a_match_result(f"{n}:1")
        raise InterruptedError

    store.save_match_results(NIGHT, [a_match_result("a:1")])
    with pytest.raises(InterruptedError):
        store.save_match_results(NIGHT, broken())
    assert store.load_match_results(NIGHT) == (a_match_result("a:1"),)


def a_member(name: str) -> Member:
    return Member(
        name, "BE0999000112", name.title(), f"{name}@cluster.example", ("fr",), Nuts("BE323"), 5, None, (), (), ()
    )


def test_members_are_replaced_all_or_none(store: Store) -> None:
    def broken() -> Iterator[Member]:
        yield a_member("borealis")
        raise InterruptedError

    store.save_members([a_member("aquila")])
    with pytest.raises(InterruptedError):
        store.save_members(broken())
    assert store.load_members() == (a_member("aquila"),)


def test_an_unknown_turnover_is_not_zero(store: Store) -> None:
    known = replace(
        a_member("borealis"),
        turnover=Money(Decimal(0), "EUR"),
        competences=(Competence("x", "fr", (Cpv("72000000"),)),),
    )
    store.save_members([a_member("aquila"), known])
    assert [member.turnover for member in store.load_members()] == [None, Money(Decimal(0), "EUR")]


def test_vectors_are_found_by_model_and_digest(store: Store) -> None:
    store.save_vectors("small", {"a": b"\x00\x00\x80?", "b": b"\x00\x00\x00@"})
    store.save_vectors("large", {"a": b"\x00\x00\x80?" * 2})
    assert store.load_vectors("small", ["a", "c"]) == {"a": b"\x00\x00\x80?"}


def test_a_vector_kept_twice_is_kept_once(store: Store) -> None:
    first = store.save_vectors("twice", {"a": bytes(4)})
    assert (first, store.save_vectors("twice", {"a": bytes(4), "b": bytes(4)})) == (1, 1)


def test_a_hundred_thousand_digests_are_requested_at_once(store: Store) -> None:
    store.save_vectors("many", {f"{n:064x}": bytes(8) for n in range(0, 100_000, 50)})
    assert len(store.load_vectors("many", (f"{n:064x}" for n in range(100_000)))) == 2000


@pytest.mark.parametrize("numbers_kept", [b"", b"abc"], ids=["empty", "three bytes"])
def test_what_is_no_vector_is_refused(store: Store, numbers_kept: bytes) -> None:
    with pytest.raises(BadFact, match="no 32-bit floats"):
        store.save_vectors("small", {"z": numbers_kept})


def a_crawl(day: int, *, complete: bool = True, source: str = "eu_ted") -> Crawl:
    error = {} if complete else {"error_kind": "unreachable", "error": "no answer after 5 attempts"}
    night = date(2026, 11, day)
    return Crawl(
        source, night, date(2026, 11, day - 3), night, complete, requests=4, notices=250, bytes=10**10, **error
    )


@pytest.fixture
def crawled(store: Store) -> Store:
    store._con.execute("delete from crawl")
    return store


def test_crawls_come_back_as_they_were_kept(crawled: Store) -> None:
    crawled.save_crawl(a_crawl(20))
    crawled.save_crawl(a_crawl(20, complete=False, source="fr_boamp"))
    assert crawled.load_crawls(NIGHT) == (a_crawl(20), a_crawl(20, complete=False, source="fr_boamp"))


def test_a_watermark_advances_with_a_complete_crawl(crawled: Store) -> None:
    crawled.save_crawl(a_crawl(19))
    crawled.save_crawl(a_crawl(20))
    assert crawled.load_watermark("eu_ted") == date(2026, 11, 20)


def test_a_watermark_stays_where_it_was_after_a_broken_crawl(crawled: Store) -> None:
    crawled.save_crawl(a_crawl(19))
    crawled.save_crawl(a_crawl(20, complete=False))
    assert crawled.load_watermark("eu_ted") == date(2026, 11, 19)


def test_a_watermark_never_goes_back_with_a_backfill(crawled: Store) -> None:
    crawled.save_crawl(a_crawl(20))
    crawled.save_crawl(a_crawl(10))
    assert crawled.load_watermark("eu_ted") == date(2026, 11, 20)


def test_a_source_never_read_has_no_watermark(crawled: Store) -> None:
    assert crawled.load_watermark("lu_pmp") is None


def test_the_last_attempt_of_a_night_stands(crawled: Store) -> None:
    crawled.save_crawl(a_crawl(20, complete=False))
    crawled.save_crawl(a_crawl(20))
    assert crawled.load_crawls(NIGHT) == (a_crawl(20),)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadFact, match="is empty"):
        Crawl("eu_ted", NIGHT, NIGHT, date(2026, 11, 19), complete=True)
