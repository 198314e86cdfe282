"""The check of names: what it refuses, and that the project passes it."""

from pathlib import Path

import pytest

from tools.check_names import ROOT, main


def module(root: Path, path: str, source: str) -> None:
    """Writes a module below `root`."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(source, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "source", "reason"),
    [
        ("matching/lots.py", "def f():\n    told = 1\n", "'told'"),
        ("matching/lots.py", "class AskedFor:\n    pass\n", "'asked'"),
        ("matching/lots.py", "sums = [one for one in (1, 2)]\n", "loop variable"),
        ("warehouse/notices.py", "def keep_notice():\n    pass\n", "'keep_' of the store"),
        ("scrapers/shelf.py", "", "'shelf'"),
    ],
)
def test_a_name_outside_the_vocabulary_is_reported_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, source: str, reason: str
) -> None:
    module(tmp_path, path, source)
    assert main(["matching", "warehouse", "scrapers"], tmp_path) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"{path}:")
    assert reason in printed


def test_a_class_name_with_two_meanings_is_reported_at_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module(tmp_path, "matching/a.py", "class Terms:\n    pass\n")
    module(tmp_path, "scrapers/b.py", "class Terms:\n    pass\n")
    assert main(["matching", "scrapers"], tmp_path) == 1
    assert capsys.readouterr().out.count("class defined in another room too") == 2


def test_names_of_the_field_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module(
        tmp_path, "matching/a.py", "class Terms:\n    pass\n\n\ndef best(lots):\n    return max(lot for lot in lots)\n"
    )
    assert main(["matching"], tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_the_project_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], ROOT) == 0, capsys.readouterr().out
