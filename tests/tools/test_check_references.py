"""The check of references: which names in prose count as stale, and that the project has none."""

from pathlib import Path

import pytest

from tools.check_references import ROOT, Prose, check_references, read_module, stale_identifiers, stale_modules

FILES = ("matching/fit/model.py", "matching/engine.py")


def prose(text: str) -> Prose:
    return Prose("docs/page.md", 1, text, is_docstring=True)


@pytest.mark.parametrize("text", ["see model.py", "see fit/model.py", "see matching/engine.py:", "`python -m a.b`"])
def test_a_module_is_found_by_the_end_of_its_path(text: str) -> None:
    assert list(stale_modules(prose(text), FILES)) == []


@pytest.mark.parametrize("name", ["learning.py", "engine/model.py", "matching/model.py"])
def test_a_module_that_does_not_exist_is_stale(name: str) -> None:
    assert [found for _, found, _ in stale_modules(prose(f"The arithmetic is in {name}."), FILES)] == [name]


def test_an_identifier_is_stale_when_one_of_its_parts_is_used_nowhere() -> None:
    names = {"problem", "weights"}
    hits = stale_identifiers(prose("`problem.weights`, `problem.gone` and `lost`"), names)
    assert [name for _, name, _ in hits] == ["problem.gone", "lost"]


def test_names_are_those_of_code_and_strings_but_not_of_docstrings() -> None:
    module = read_module("a.py", '"""`gone`."""\nimport os.path as paths\n\nKEYS = ("uid",)\n')
    assert module.names >= {"os", "path", "paths", "KEYS", "uid"}
    assert "gone" not in module.names


def test_comments_are_read_where_they_name_a_module() -> None:
    module = read_module("a.py", "A = 1  # as in lost.py\nB = 2  # nothing\n")
    assert [name for item in module.prose for _, name, _ in stale_modules(item, FILES)] == ["lost.py"]


def test_a_page_of_docs_that_names_a_lost_module_is_a_hit(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("Weights are learned in\n`fit/lost.py`.\n", encoding="utf-8")
    assert [(item.line, name) for item, name, _ in check_references(tmp_path)] == [(2, "fit/lost.py")]


def test_no_prose_of_the_project_names_what_does_not_exist() -> None:
    assert [f"{item.path}:{item.line}: {name}" for item, name, _ in check_references(ROOT)] == []
