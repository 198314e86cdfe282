"""Members who won together are shown again for similar purchases, beside the consortia and under their own name."""

from __future__ import annotations

from dataclasses import replace

from matching.consortium.past_groups import PastGroups, Roles, code_similarity
from matching.engine import match_lots
from tests.support.matching_world import NOON, award, competence, lot, member
from warehouse.codes.classifications import Cpv
from warehouse.model.notices import Reference

SERVERS, CABLES, GUARDS = (member(name) for name in ("servers", "cables", "guards"))
ROOM = lot("Serveurs et câblage de la salle informatique", cpv=["48820000"])


def won_by(*firms: str, title: str, cpv: str, notice: str) -> list[Reference]:
    return [
        replace(
            award(firm, title, cpv, notice=notice),
            partners=tuple(other for other in firms if other != firm),
            partner_numbers=tuple(other for other in firms if other != firm),
        )
        for firm in firms
    ]


TOGETHER = won_by(
    SERVERS.company_number,
    CABLES.company_number,
    title="Salle informatique: serveurs et câblage",
    cpv="48820000",
    notice="n-joint",
)
GUARDED = won_by(
    SERVERS.company_number, GUARDS.company_number, title="Gardiennage des parkings", cpv="79713000", notice="n-guard"
)
MEMBERS = (SERVERS, CABLES, GUARDS)


def test_members_who_won_such_a_purchase_together_are_found() -> None:
    (found,) = PastGroups(MEMBERS, [*TOGETHER, *GUARDED]).find(ROOM)
    assert (found.members, found.notice, found.purchases) == (("cables", "servers"), "n-joint", 1)


def test_a_purchase_of_another_kind_shows_nobody() -> None:
    assert PastGroups(MEMBERS, GUARDED).find(ROOM) == ()


def test_the_same_group_found_in_two_purchases_stands_once_with_both_counted() -> None:
    again = won_by(
        SERVERS.company_number, CABLES.company_number, title="Serveurs de calcul", cpv="48820000", notice="n-again"
    )
    (found,) = PastGroups(MEMBERS, [*TOGETHER, *again]).find(ROOM)
    assert (found.notice, found.purchases) == ("n-joint", 2)


def test_firms_outside_the_cluster_are_counted_and_not_named() -> None:
    party = won_by(
        SERVERS.company_number,
        CABLES.company_number,
        "BE0999999999",
        title="Serveurs et câblage",
        cpv="48820000",
        notice="n-three",
    )
    (found,) = PastGroups(MEMBERS, party).find(ROOM)
    assert (found.members, found.others) == (("cables", "servers"), 1)


def test_a_larger_party_is_shown_whole_and_in_pairs() -> None:
    party = won_by(
        *(item.company_number for item in MEMBERS), title="Serveurs et câblage", cpv="48820000", notice="n-three"
    )
    found = PastGroups(MEMBERS, party).find(ROOM, show=4)
    assert {len(item.members) for item in found} == {2, 3}


def test_a_whole_party_of_a_slightly_less_similar_purchase_stands_before_pairs_of_a_larger_one() -> None:
    party = won_by(
        *(item.company_number for item in MEMBERS),
        title="Salle informatique: serveurs et câblage",
        cpv="48820000",
        notice="n-three",
    )
    pair = won_by(
        SERVERS.company_number,
        GUARDS.company_number,
        title="Salle informatique et serveurs",
        cpv="48820000",
        notice="n-two",
    )
    found = [item.members for item in PastGroups(MEMBERS, [*party, *pair]).find(ROOM)]
    assert found[:2] == [("cables", "guards", "servers"), ("guards", "servers")]
    without = [item.members for item in PastGroups(MEMBERS, party).find(ROOM)]
    assert without[1] == ("cables", "guards")


def test_members_that_never_bid_together_are_not_proposed() -> None:
    rivals = (replace(SERVERS, conflicts=("cables",)), CABLES, GUARDS)
    assert PastGroups(rivals, TOGETHER).find(ROOM) == ()


def test_a_member_refused_for_language_is_a_partner_and_marked_so() -> None:
    roles = Roles(frozenset({"servers"}), frozenset({"cables"}))
    (found,) = PastGroups(MEMBERS, TOGETHER).find(ROOM, roles=roles)
    assert found.partner_only == ("cables",)


def test_nobody_is_shown_where_none_may_lead() -> None:
    roles = Roles(frozenset(), frozenset({"servers", "cables"}))
    assert PastGroups(MEMBERS, TOGETHER).find(ROOM, roles=roles) == ()


def test_the_share_of_joint_purchases_is_that_of_such_purchases() -> None:
    alone = award(GUARDS.company_number, "Gardiennage", "79713000", notice="n-alone")
    past = PastGroups(MEMBERS, [*TOGETHER, alone])
    assert past.joint_share(ROOM) > 0.9
    assert past.joint_share(lot("Gardiennage", cpv=["79713000"])) < 0.1


def test_without_past_there_is_no_group_and_no_share() -> None:
    past = PastGroups(MEMBERS, ())
    assert past.find(ROOM) == ()
    assert past.joint_share(ROOM) == 0.0


def test_codes_are_as_similar_as_their_common_digits() -> None:
    assert code_similarity([Cpv("48820000")], [Cpv("48820000")]) == 1.0
    assert code_similarity([Cpv("48820000")], [Cpv("48900000")]) == 4 / 7
    assert code_similarity([Cpv("48820000")], [Cpv("79713000")]) == 0.0
    assert code_similarity([], [Cpv("48820000")]) == 0.0


def test_the_engine_lists_past_groups_beside_its_consortia() -> None:
    skilled = replace(SERVERS, competences=(competence("Serveurs et stockage", "48820000"),))
    foreign = replace(CABLES, languages=("de",))
    french = lot("Serveurs et câblage", "Serveurs et stockage", cpv=["48820000"], tender_languages=("FRA",))
    (match_result,) = match_lots([french], (skilled, foreign), TOGETHER, None, as_of=NOON)
    (found,) = match_result.past_groups
    assert (found.members, found.partner_only) == (("cables", "servers"), ("cables",))
