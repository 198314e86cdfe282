"""Contradictions between the reasons and the facts of every letter that a night's match results give.

    python -m bench.letter_reasons --data data/embedded [--night 2026-11-29]

Reads the warehouse of a data folder (a demonstration night, or a replay), checks each stored reason against its lot and
member (matching.reason_checks), composes the letter of every member as if nothing had been sent to it before, and
checks each card against the facts beside it (presentation.views.contradictions). Exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from matching.reason_checks import false_reasons
from pipelines.nightly.digests import NightResults
from presentation.views.contradictions import find_contradictions
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """What was checked of a night, and what is wrong, a line each."""

    matches: int
    letters: int
    cards: int
    reasons: int
    faults: tuple[str, ...]


def check_night(store: Store, night: date) -> Checked:
    """Checks all match results of the `night` and the letters they give."""
    results = NightResults.of(store, night)
    references = store.load_references(member.company_number for member in results.members.values())
    faults = [
        fault
        for match_result in results.match_results
        for fault in false_reasons(match_result, results.lots[match_result.lot_uid], results.members, references)
    ]
    digests = [digest for member in results.members.values() if (digest := results.compose(member))]
    faults += [fault for digest in digests for fault in find_contradictions(digest, results.members)]
    cards = [item for digest in digests for item in digest.items]
    return Checked(
        matches=sum(len(match_result.matches) for match_result in results.match_results),
        letters=len(digests),
        cards=len(cards),
        reasons=sum(len(item.why.reasons) for item in cards if item.why),
        faults=tuple(faults),
    )


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the data folder of the night")
    parser.add_argument("--night", type=date.fromisoformat, help="the last night by default")
    chosen = parser.parse_args()
    with Store.open(chosen.data / "warehouse.duckdb", read_only=True) as store:
        night = chosen.night or store.load_last_night()
        if night is None:
            parser.error(f"no night in {chosen.data}: run `pib night` first")
        found = check_night(store, night)
    print(
        f"{found.matches} matches; {found.letters} letters with {found.cards} cards and {found.reasons} reasons: "
        f"{len(found.faults)} contradictions"
    )
    print("\n".join(found.faults))
    return 1 if found.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
