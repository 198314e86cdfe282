"""What members declared together is shown beside later proposals, only when all agreed, and changes no figure."""

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
from tests.support.letters.digest_examples import FACETS, MEMBERS, make_consortium, make_lot, make_match_result
from warehouse.model.match_results import Joint, Remarks

LOT = make_lot("1")
PROPOSED = make_consortium(LOT)
PAIR = (sorted(role.member for role in PROPOSED.roles)[0], sorted(role.member for role in PROPOSED.roles)[1])


def declared_in(folder: Path, lot: str, consents: frozenset[str]) -> tuple[Joint, ...]:
    workspace = Workspace(Settings(data=folder))
    Bids(workspace.interest / "bids").declare(DeclaredBid(Bid(lot, frozenset(PAIR)), consents))
    return load_declared(workspace)


def test_a_group_is_reported_when_all_its_members_agreed(tmp_path: Path) -> None:
    assert declared_in(tmp_path, "another", frozenset(PAIR)) == (Joint(PAIR, "", "another"),)


def test_a_group_of_which_one_did_not_agree_is_not_reported(tmp_path: Path) -> None:
    assert declared_in(tmp_path, "another", frozenset(PAIR[:1])) == ()


def test_it_stands_beside_a_proposal_and_moves_no_figure_of_it() -> None:
    match_result = make_match_result(LOT, 0.8, PROPOSED)
    (with_remark,) = add_declared(match_result, [Joint(PAIR, "", "another")]).consortia
    assert with_remark.remarks.joint == (*PROPOSED.remarks.joint, Joint(PAIR, "", "another"))
    assert replace(with_remark, remarks=PROPOSED.remarks) == PROPOSED


def test_nothing_is_shown_beside_the_lot_that_they_answer() -> None:
    match_result = make_match_result(LOT, 0.8, PROPOSED)
    assert add_declared(match_result, [Joint(PAIR, "", match_result.lot_uid)]) == match_result


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_letters_distinguish_it_from_awards_won(language: str) -> None:
    def remarks_of(*joint: Joint) -> list[str]:
        proposed = replace(PROPOSED, remarks=Remarks(joint=joint))
        coalition = summarise_consortium(proposed, FACETS, MEMBERS["nuagera"], MEMBERS)
        return list(describe_remarks(coalition, Phrases(language)))

    won, stated = Joint(PAIR, "notice", "LOT-1"), Joint(PAIR, "", "another")
    assert remarks_of(won, stated) == [*remarks_of(won), *remarks_of(stated)]
    assert remarks_of(won) != remarks_of(stated)
