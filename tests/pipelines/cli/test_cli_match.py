"""`pib match`: the remarks of a consortium are shown, each once, and nothing that is not so."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cli.main import main
from tests.support.matching_world import lot
from tests.support.stores import open_both, workspace_at
from warehouse.model.match_results import Consortium, Facet, FacetKind, Held, Joint, MatchResult, Remarks, Role
from warehouse.model.notices import Publication

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
REMARKS = Remarks(
    alone_lacks=("ISO 27001",),
    unverified=("an attestation",),
    holds=(Held("cygnus", "ISO 27001"),),
    stages=("design", "operate"),
    countries=("BE", "FR"),
    joint=(Joint(("aquila", "cygnus"), "n-01", "LOT-0001"), Joint(("aquila", "cygnus"), "n-02", "LOT-0001")),
)


def output_of(
    remarks: Remarks,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *words: str,
) -> str:
    open_lot = lot("Capteurs", "Des capteurs.", cpv=["32440000"])
    notice = type(open_lot.notice)(
        id="6b4c7a0e-2f5d-4b1e-9a55-0d6a1c2b3e4f",
        version=1,
        form=open_lot.notice.form,
        publication=Publication("eu_ted", "990001-2026", NOON.date()),
        lots=(open_lot.lot,),
    )
    roles = tuple(Role(name, (0,), (), 0.3, 0.4, ("capteurs",)) for name in ("cygnus", "aquila"))
    with open_both(workspace_at(folder)) as store:
        store.set_as_of(NOON)
        store.save_notices([notice])
        uid = store.load_open_lots()[0].uid
        proposed = Consortium(uid, 1, 0.8, 0.8, roles, (), "aquila", 0.5, None, 0.0, remarks=remarks)
        facets = (Facet(FacetKind.TITLE, "Capteurs", 1.0),)
        store.save_match_results(NOON.date(), [MatchResult(uid, facets, (), (), (proposed,))])
    with pytest.raises(SystemExit) as ended:
        main(["match", "6b4c7a0e", "--data", str(folder), *words])
    assert not ended.value.code
    return capsys.readouterr().out


def remarks_in(printed: str) -> list[str]:
    """The lines below the last table."""
    return [line.strip() for line in printed[printed.rindex("┘") + 1 :].splitlines() if line.strip()]


def test_the_remarks_of_a_consortium_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert remarks_in(output_of(REMARKS, tmp_path, capsys)) == [
        "aquila alone is not shown to meet: ISO 27001",
        "no member of the group is shown to meet: an attestation",
        "only one meets: cygnus: ISO 27001",
        "stages: design; operate",
        "across a border: BE; FR",
        "won together before: aquila and cygnus",
    ]


def test_nothing_is_shown_where_there_is_nothing_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not remarks_in(output_of(Remarks(countries=("BE",)), tmp_path, capsys))


def test_a_machine_reads_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (consortium,) = json.loads(output_of(REMARKS, tmp_path, capsys, "--json"))["verdict"]["consortia"]
    assert consortium["remarks"]["holds"] == [{"member": "cygnus", "condition": "ISO 27001"}]
