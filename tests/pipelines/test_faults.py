"""A day replayed with a failing portal, then a healthy one: nothing is lost, and the run reports what happened.

The whole table, every fault of every portal, is `python -m bench.faults`.
"""

from __future__ import annotations

import pytest

from bench.faults import FAULTS, SHORT, FaultOutcome, Replay

OUTCOMES = {
    "ted:truncate:{number}": (True, "", 1),
    "ted:hang": (False, "no answer after 5 attempts", 0),
    "ted:429": (False, "429", 0),
    "ted:waf": (True, "", 0),
    "ted:500": (False, "500", 0),
    "ted:renamed": (False, "publication-day", 0),
    "ted:total": (False, "announced", 0),
    "ted:timedout": (False, "timedOut", 0),
}
"""By fault: whether the crawl of that day counts as complete, its error, and how many notices were set aside."""


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIB_CRAWL_TIMEOUT", "1")
        replay = Replay(tmp_path_factory.mktemp("faults"))
        yield replay
        replay.end()


@pytest.fixture(scope="module", params=sorted(SHORT))
def played(request: pytest.FixtureRequest, replay: Replay) -> tuple[str, FaultOutcome]:
    fault = request.param
    return fault, replay.play(*next(fault_case for fault_case in FAULTS if fault_case[1] == (fault,)))


def test_after_the_next_healthy_night_nothing_is_lost(played: tuple[str, FaultOutcome]) -> None:
    _, outcome = played
    assert outcome.is_mended, (outcome.lost, outcome.different)


def test_the_run_says_what_happened(played: tuple[str, FaultOutcome]) -> None:
    fault, outcome = played
    is_complete, message, aside = OUTCOMES[fault]
    crawl = outcome.faulty.crawl
    assert (crawl.complete, outcome.faulty.set_aside) == (is_complete, aside)
    assert message in (crawl.error or "")
    assert bool(outcome.faulty.missing) is not is_complete
