"""The fit: every score is exactly its reasons, answers move one member alone, weights are read whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import exp
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matching.engine import match_lots, texts_to_encode
from matching.errors import WeightsRefused
from matching.fit.awards.code_embeddings import CodeVectors, learn_codes
from matching.fit.awards.cooccurrence import cpv_terms
from matching.fit.estimator import Examples, learn_fit
from matching.fit.features import AT, NAMES, OWN
from matching.fit.member_offsets import FeedbackExample, learn_offset
from matching.fit.model import (
    MOST_LOWERED,
    PLACE_OR_SIZE,
    Fit,
    Personal,
    parts_of,
    parts_of_each,
    probability,
    share_points,
)
from matching.fit.weights import find_fit, name_fit, shipped_fit, write_fit
from tests.support.matching_world import NOON, award, competence, lot, member, vectors_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.feedback import Answer
from warehouse.model.match_results import Match, ReasonKind
from warehouse.model.notices import Money, OpenLot

measures = arrays.arrays(np.float32, len(NAMES), elements=st.floats(0, 1, width=32))
weights = arrays.arrays(np.float64, len(NAMES), elements=st.floats(-5, 5))
bases = st.floats(-8, 4)


@given(bases, weights, weights, measures)
def test_the_parts_sum_to_the_log_odds(base: float, weight: np.ndarray, moved: np.ndarray, x: np.ndarray) -> None:
    fit = Fit(base, weight, CodeVectors({}))
    mine = Personal(0.5, moved, np.zeros((2, len(NAMES))))
    start, parts = parts_of(fit, x)
    assert start + parts.sum() == pytest.approx(base + float(x.astype(float) @ weight), abs=1e-9)
    start, parts = parts_of(fit, x, mine)
    by_answers = x.astype(float) * moved
    change = max(-MOST_LOWERED, 0.5 + by_answers[~PLACE_OR_SIZE].sum()) + by_answers[PLACE_OR_SIZE].sum()
    assert start + parts.sum() == pytest.approx(base + float(x.astype(float) @ weight) + change, abs=1e-9)


@given(bases, arrays.arrays(np.float64, st.integers(1, 8), elements=st.floats(-6, 6)))
def test_points_sum_to_the_probability_exactly_and_keep_the_proportions_of_the_log_odds(
    base: float, parts: np.ndarray
) -> None:
    scores, starts, (points,) = share_points(np.array([base]), parts[None])
    score, start = float(scores[0]), float(starts[0])
    assert score == start + sum(points.tolist()) == sum(reversed(points.tolist())) + start
    assert score == pytest.approx(1 / (1 + np.exp(-(base + parts.sum()))), abs=1e-6)
    # Told back: points over the whole difference are the parts over their sum.
    total = parts.sum()
    if abs(total) > 0.5:
        assert points * total == pytest.approx(parts * (score - start), abs=1e-4)


def chance(fit: Fit, x: np.ndarray, mine: Personal | None = None) -> float:
    return float(probability(*parts_of(fit, x, mine)))


@given(bases, weights, weights, st.lists(measures, min_size=1, max_size=3))
def test_members_together_have_the_results_each_has_alone(
    base: float, weight: np.ndarray, moved: np.ndarray, xs: list[np.ndarray]
) -> None:
    fit, personal = Fit(base, weight, CodeVectors({})), {0: Personal(0.5, moved, np.zeros((2, len(NAMES))))}
    starts, parts = parts_of_each(fit, np.stack(xs), personal)
    for j, x in enumerate(xs):
        start, mine = parts_of(fit, x, personal.get(j))
        assert starts[j] == pytest.approx(start, abs=1e-9)
        assert parts[j] == pytest.approx(mine, abs=1e-9)


def match_of(
    open_lot: OpenLot, who: object, *others: object, feedback: tuple[FeedbackExample, ...] = ()
) -> dict[str, Match]:
    members = (who, *others)
    vectors = vectors_of(texts_to_encode([open_lot], members, (), feedback))  # pyright: ignore[reportArgumentType]
    (match_result,) = match_lots([open_lot], members, (), vectors, as_of=NOON, feedback=feedback)  # pyright: ignore[reportArgumentType]
    return {match.member: match for match in match_result.matches}


SERVERS = competence("Fourniture de serveurs et de baies de stockage", "48820000")
OPEN_LOT = lot("Serveurs et stockage", "Baies de stockage pour la commune.", cpv=["48820000"], nuts=["BE32B"])


def test_reasons_sum_to_the_log_odds_of_the_fit() -> None:
    match = match_of(OPEN_LOT, member("a", SERVERS))["a"]
    start = next(reason.points for reason in match.reasons if reason.kind is ReasonKind.BASE)
    assert 0 < start < 0.05, "before any comparison hardly any pair is one to notify"
    assert match.score == sum(reason.points for reason in match.reasons) > 0.5


def test_an_answer_moves_nobody_else_by_a_bit() -> None:
    both = member("a", SERVERS), member("b", SERVERS, competence("Sauvegarde de données", "72910000"))
    feedback = (FeedbackExample("a", OPEN_LOT, Answer.NOT_RELEVANT),)
    before, after = match_of(OPEN_LOT, *both), match_of(OPEN_LOT, *both, feedback=feedback)
    assert after["b"] == before["b"]
    assert after["a"].score < before["a"].score


def test_more_answers_of_one_kind_move_further() -> None:
    scores = [match_of(OPEN_LOT, member("a", SERVERS))["a"].score]
    lots = [replace(OPEN_LOT, uid=f"p:LOT-{n:04d}") for n in range(4)]
    for count in (1, 2, 4):
        feedback = tuple(FeedbackExample("a", lot, Answer.NOT_RELEVANT) for lot in lots[:count])
        found = match_of(OPEN_LOT, member("a", SERVERS), feedback=feedback)
        scores.append(found["a"].score if found else 0.0)
    assert scores == sorted(scores, reverse=True)
    assert scores[1] > 0.2, "one answer is not a rule"


def test_too_far_lowers_what_is_far_and_not_what_is_near() -> None:
    who = member("a", SERVERS)
    far, near = (replace(OPEN_LOT, lot=replace(OPEN_LOT.lot, nuts=(Nuts(code),))) for code in ("FR101", "BE32B"))
    feedback = (FeedbackExample("a", replace(far, uid="p:LOT-0009"), Answer.TOO_FAR),)
    assert match_of(far, who, feedback=feedback)["a"].score < match_of(far, who)["a"].score
    assert match_of(near, who, feedback=feedback)["a"].score == pytest.approx(match_of(near, who)["a"].score, abs=1e-6)


def test_too_far_lowers_for_a_member_with_a_record_what_is_farther_than_it_goes() -> None:
    near, far = np.zeros((2, len(NAMES)), np.float32)
    near[[AT["record"], AT["near"]]] = 1.0
    far[[AT["record"], AT["near"], AT["farther"]]] = 1.0, 0.3, -0.5
    fit = Fit(0.0, np.ones(len(NAMES)), CodeVectors({}))
    mine = learn_offset(fit, [(Answer.TOO_FAR, far)])
    assert chance(fit, far, mine) < chance(fit, far) - 0.05
    assert chance(fit, near, mine) == pytest.approx(chance(fit, near), abs=1e-9)


@pytest.mark.parametrize("answer", [Answer.TOO_LATE, Answer.WRONG_LANGUAGE])
def test_conditions_do_not_change_the_fit(answer: Answer) -> None:
    assert learn_offset(shipped_fit(), [(answer, np.ones(len(NAMES), np.float32))]) is None


def test_yes_and_no_about_the_same_lot_cancel_out() -> None:
    x = np.full(len(NAMES), 0.5, np.float32)
    fit = Fit(-float(x.sum()), np.ones(len(NAMES)), CodeVectors({}))
    mine = learn_offset(fit, [(Answer.RELEVANT, x), (Answer.NOT_RELEVANT, x)])
    assert chance(fit, x, mine) == pytest.approx(0.5, abs=1e-6)


def examples(count: int = 400) -> Examples:
    """Pairs whose award depends on the profile and on nearness, and on nothing else."""
    drawn = np.random.default_rng(7)
    x = drawn.random((count, len(NAMES))).astype(np.float32)
    x[:, AT["record"]] = 1
    odds = -3 + 4 * x[:, AT["profile"]] + 2 * x[:, AT["near"]]
    return Examples(x, drawn.random(count) < 1 / (1 + np.exp(-odds)), np.ones(count), np.arange(count) // 8)


def test_learning_finds_what_decides() -> None:
    _, learned = learn_fit(examples(4000))
    strongest = sorted(NAMES, key=lambda name: -learned[AT[name]])[:2]
    assert strongest == ["profile", "near"]
    assert (learned[~OWN] >= 0).all()


def test_a_measure_that_speaks_against_is_left_out() -> None:
    given = examples()
    given.measures[:, AT["trade-code"]] = 1 - given.measures[:, AT["profile"]]
    _, learned = learn_fit(given)
    assert learned[AT["trade-code"]] == 0


def test_examples_of_one_kind_teach_nothing() -> None:
    with pytest.raises(ValueError, match="one kind only"):
        learn_fit(replace(examples(), won=np.ones(400, bool)))


def test_weights_are_read_back_equal_and_named_by_their_numbers(tmp_path: Path) -> None:
    fit = name_fit(replace(shipped_fit(), trained='awards of "here" \\ there'), date(2026, 11, 22))
    write_fit(fit, tmp_path / "data" / "fit_weights.toml")
    found = find_fit(tmp_path / "data" / "fit_weights.toml")
    assert (found.base, found.weights.tolist(), found.codes, found.id, found.trained) == (
        fit.base, fit.weights.tolist(), fit.codes, fit.id, fit.trained,
    )  # fmt: skip
    assert name_fit(replace(fit, base=fit.base + 1e-9), date(2026, 11, 22)).id != fit.id


def test_a_folder_without_weights_uses_the_shipped_ones(tmp_path: Path) -> None:
    assert find_fit(tmp_path / "fit_weights.toml") is shipped_fit()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("spelling = ", "spellingz = "),
        ("base = -", "base = nan # "),
        ("[codes]", '[codes]\n"#99" = "1 2"'),
        ("[weights]", "[weights"),
        ("spelling = ", "spelling = -"),
        ("id = ", "name = "),
    ],
)
def test_a_spoilt_file_of_weights_is_refused_with_what_to_do(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "fit_weights.toml"
    write_fit(shipped_fit(), path)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after, 1), encoding="utf-8")
    with pytest.raises(WeightsRefused, match="pib train"):
        find_fit(path)


def test_codes_that_the_same_firms_win_are_near_and_unknown_ones_are_nothing() -> None:
    roofs = [(cpv_terms("4526121" if n % 2 else "441125"), [f"roofer-{n // 2 % 4}"]) for n in range(24)]
    soft = [(cpv_terms("72212" if n % 2 else "48"), [f"coder-{n // 2 % 4}"]) for n in range(24)]
    codes = learn_codes([*roofs, *soft])
    roof, tiles, code, none = codes.stack([(Cpv(c),) for c in ("45261210", "44112500", "72212000", "01999999")])
    assert roof @ tiles > 0.5 > roof @ code
    assert not none.any()


def test_a_lot_far_beyond_a_member_s_turnover_counts_against_it_once_it_answered_too_big() -> None:
    who = member("a", SERVERS, turnover=Money(200_000, "EUR"))  # pyright: ignore[reportArgumentType]
    big = replace(OPEN_LOT, lot=replace(OPEN_LOT.lot, estimate=Money(5_000_000, "EUR")))  # pyright: ignore[reportArgumentType]
    assert match_of(big, who)["a"].score == match_of(OPEN_LOT, who)["a"].score
    feedback = (FeedbackExample("a", replace(big, uid="p:LOT-0009"), Answer.TOO_BIG),)
    match = match_of(big, who, feedback=feedback)["a"]
    assert match.score < match_of(OPEN_LOT, who, feedback=feedback)["a"].score
    assert next(reason.points for reason in match.reasons if reason.kind is ReasonKind.SIZE) < 0


def test_each_member_is_scored_by_its_stronger_feature_set() -> None:
    fit = Fit(0.0, np.where(OWN, 0.0, 1.0), CodeVectors({}))
    rows = np.zeros((4, len(NAMES)), np.float32)
    rows[1:, AT["record"]] = 1.0
    rows[:, AT["terms"]] = 0.6, 0.0, 0.6, 0.6  # the second has no statements
    rows[:, AT["profile"]] = 0.0, 0.1, 0.5, 0.7
    selected = fit.select_features(rows)
    assert selected[:, AT["terms"]].tolist() == pytest.approx([0.6, 0, 0.6, 0])
    assert selected[:, AT["profile"]].tolist() == pytest.approx([0, 0.1, 0, 0.7])
    assert selected[:, AT["record"]].tolist() == [0, 1, 0, 1]


def test_awards_in_another_trade_do_not_silence_a_competence() -> None:
    who = member("a", SERVERS)
    past = [award(who.company_number, title, "50313200", notice=title) for title in ("Photocopieurs", "Imprimantes")]
    vectors = vectors_of(texts_to_encode([OPEN_LOT], [who], past))
    alone, beside = (
        next(match_lots([OPEN_LOT], [who], won, vectors, as_of=NOON)).matches[0].score for won in ((), past)
    )
    assert beside > alone - 0.1


def test_five_hundred_lots_have_one_match_result_each() -> None:
    lots = [replace(OPEN_LOT, uid=f"p:LOT-{n:04d}") for n in range(500)]
    match_results = list(match_lots(lots, [member("a", SERVERS), member("b")], as_of=NOON))
    assert [match_result.lot_uid for match_result in match_results] == [lot.uid for lot in lots]
    assert len({match_result.matches[0].score for match_result in match_results}) == 1


def test_many_no_do_not_silence_a_member_but_lower_it() -> None:
    usual = match_of(OPEN_LOT, member("a", SERVERS))["a"].score
    no = tuple(FeedbackExample("a", replace(OPEN_LOT, uid=f"p:LOT-{n:04d}"), Answer.NOT_RELEVANT) for n in range(2, 14))
    lowered = match_of(OPEN_LOT, member("a", SERVERS), feedback=no)["a"].score
    odds = lowered / (1 - lowered) / (usual / (1 - usual))
    assert exp(-1) - 1e-3 <= odds < 1  # points are whole numbers of 2 ** -20


def test_a_lot_that_a_member_wanted_speaks_for_lots_of_its_codes() -> None:
    who = member("a", competence("Boulangerie et livraison de pains"), competence("Traiteur"))
    other = replace(lot("Baies de stockage", cpv=["48820000"]), uid="p:LOT-0009")
    usual = match_of(OPEN_LOT, who)["a"].score
    assert match_of(OPEN_LOT, who, feedback=(FeedbackExample("a", other, Answer.BID),))["a"].score > usual
