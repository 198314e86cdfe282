"""The bench of the prefilter: its queries in other languages, and the winners that must pass."""

from __future__ import annotations

from pathlib import Path

from bench.fit.prefilter import WAYS, in_german, run
from matching.requirements.facets import facets_of
from tests.support.matching_world import lot
from tests.support.notices.awards_folder import write_awards
from warehouse.model.match_results import FacetKind

TRADES = (("Serveurs informatiques", "48820000"), ("Plantation de haies", "77300000"))


def write_folder(folder: Path) -> Path:
    """Forty invented purchases of two trades, of four parts, won in turn by two firms of each trade."""
    rows: list[dict[str, str]] = []
    pairs: list[dict[str, str]] = []
    for i in range(40):
        title, cpv = TRADES[i % 2]
        row = {"notice_id": f"N{i}", "title": title, "cpv": cpv, "fold": str(i // 4 % 4), "consultation": f"c{i}"}
        rows.append(row)
        pairs.append({"notice_id": f"N{i}", "firm_id": f"{cpv}-{i // 2 % 2}"})
    return write_awards(folder, rows, pairs)


def test_of_a_lot_abroad_its_codes_alone_are_left_under_german_labels() -> None:
    facets = in_german(facets_of(lot("Fourniture de serveurs", "Serveurs et baies de stockage.", cpv=["48820000"])))
    assert [(f.kind, f.text, f.language, f.code) for f in facets] == [(FacetKind.CPV, "Server", "de", "48820000")]


def test_every_winner_is_found_by_code_and_those_who_name_their_trade_without(tmp_path: Path) -> None:
    ways = run(write_folder(tmp_path))["ways"]
    found = {way: ways[way]["heard"] for way in WAYS}
    assert found == {WAYS[0]: 1.0, WAYS[1]: 1.0, WAYS[2]: 1.0, WAYS[3]: 0.5}, "no label speaks of hedges"
    assert ways[WAYS[3]]["heard_se"] > 0
