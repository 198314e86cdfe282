"""Contradictions between the reasons and the facts of every letter that a night's match results give.

    python -m bench.letter_reasons --data data/embedded [--night 2026-11-29] [--threshold 0]

Reads the warehouse of a data folder (a demonstration night, or a replay), checks each stored reason against its lot and
member (matching.reason_checks), composes the letter of every member as if nothing had been sent to it before, and
checks each card against the facts beside it (presentation.views.contradictions). With a threshold, letters hold what
matches from that score on, twenty calls at most: more cards than the members' own preferences give. Exit code 1 when
there is a contradiction.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matching.reason_checks import false_reasons
from pipelines.nightly.digests import NightResults
from presentation.views.contradictions import find_contradictions
from warehouse.model.members import Member
from warehouse.store import Store

_MOST = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked of a night, and what is wrong, a line each."""

    matches: int
    letters: int
    cards: int
    reasons: int
    faults: tuple[str, ...]


def check_night(store: Store, night: date, threshold: float | None = None) -> Checked:
    """Checks all match results of the `night` and the letters they give, from a `threshold` of the score in [0, 1] on
    or from the members' own."""
    results = NightResults.of(store, night)
    references = store.load_references(member.company_number for member in results.members.values())
    faults = [
        fault
        for match_result in results.match_results
        for fault in false_reasons(match_result, results.lots[match_result.lot_uid], results.members, references)
    ]
    members = [_with_threshold(member, threshold) for member in results.members.values()]
    digests = [digest for member in members if (digest := results.compose(member))]
    faults += [fault for digest in digests for fault in find_contradictions(digest, results.members)]
    cards = [item for digest in digests for item in digest.items]
    return Checked(
        matches=sum(len(match_result.matches) for match_result in results.match_results),
        letters=len(digests),
        cards=len(cards),
        reasons=sum(len(item.why.reasons) for item in cards if item.why),
        faults=tuple(faults),
    )


def _with_threshold(member: Member, threshold: float | None) -> Member:
    if threshold is None:
        return member
    return replace(member, preferences=replace(member.preferences, threshold=threshold, maximum=_MOST))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the data folder of the night")
    parser.add_argument("--night", type=date.fromisoformat, help="the last night by default")
    parser.add_argument("--threshold", type=float, help="least score of a card; the members' own by default")
    chosen = parser.parse_args()
    with Store.open(chosen.data / "warehouse.duckdb", read_only=True) as store:
        night = chosen.night or store.load_last_night()
        if night is None:
            parser.error(f"no night in {chosen.data}: run `pib night` first")
        found = check_night(store, night, chosen.threshold)
    print(
        f"{found.matches} matches; {found.letters} letters with {found.cards} cards and {found.reasons} reasons: "
        f"{len(found.faults)} contradictions"
    )
    print("\n".join(found.faults))
    return 1 if found.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
