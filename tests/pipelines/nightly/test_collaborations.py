"""What members declared together stands beside later proposals, only when all agreed, and moves no figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interest.partners.competition_law import Bid
from interest.partners.joint_bids import Bids, DeclaredBid
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.declared_consortia import add_declared, load_declared
from presentation.i18n import Phrases
from presentation.views.consortium_summary import summarise_consortium
from presentation.views.notes import describe_remarks
from tests.support.letters.digest_examples import FACETS, MEMBERS, make_consortium, make_lot, make_verdict
from warehouse.model.match_results import Joint, Remarks

LOT = make_lot("1")
PROPOSED = make_consortium(LOT)
PAIR = (sorted(role.member for role in PROPOSED.roles)[0], sorted(role.member for role in PROPOSED.roles)[1])


def declared_in(folder: Path, lot: str, consents: frozenset[str]) -> tuple[Joint, ...]:
    workspace = Workspace(Settings(data=folder))
    Bids(workspace.interest / "bids").declare(DeclaredBid(Bid(lot, frozenset(PAIR)), consents))
    return load_declared(workspace)


def test_a_group_is_told_when_all_its_members_agreed(tmp_path: Path) -> None:
    assert declared_in(tmp_path, "another", frozenset(PAIR)) == (Joint(PAIR, "", "another"),)


def test_a_group_of_which_one_did_not_agree_is_not_told(tmp_path: Path) -> None:
    assert declared_in(tmp_path, "another", frozenset(PAIR[:1])) == ()


def test_it_stands_beside_a_proposal_and_moves_no_figure_of_it() -> None:
    match_result = make_verdict(LOT, 0.8, PROPOSED)
    (told,) = add_declared(match_result, [Joint(PAIR, "", "another")]).consortia
    assert told.remarks.joint == (*PROPOSED.remarks.joint, Joint(PAIR, "", "another"))
    assert replace(told, remarks=PROPOSED.remarks) == PROPOSED


def test_nothing_is_told_beside_the_lot_that_they_answer() -> None:
    match_result = make_verdict(LOT, 0.8, PROPOSED)
    assert add_declared(match_result, [Joint(PAIR, "", match_result.lot_uid)]) == match_result


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_letters_tell_it_apart_from_awards_won(language: str) -> None:
    def say(*joint: Joint) -> list[str]:
        proposed = replace(PROPOSED, remarks=Remarks(joint=joint))
        coalition = summarise_consortium(proposed, FACETS, MEMBERS["nuagera"], MEMBERS)
        return list(describe_remarks(coalition, Phrases(language)))

    won, said = Joint(PAIR, "notice", "LOT-1"), Joint(PAIR, "", "another")
    assert say(won, said) == [*say(won), *say(said)]
    assert say(won) != say(said)
