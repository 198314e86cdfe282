"""The locks of requirements/: of the versions that pyproject.toml requires, hashed, and with no address in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NIGHT, DEV = (ROOT / "requirements" / name for name in ("night.txt", "dev.txt"))
OUTSIDE = "torch"
"""Pinned in requirements/torch.txt; requirements/lock.py states why."""


def locked(path: Path) -> dict[str, set[str]]:
    """The versions of each package; more than one where they differ between Pythons or platforms."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text("utf-8"), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def unmet(wanted: list[str], versions: dict[str, set[str]]) -> list[str]:
    requirements = [Requirement(line) for line in wanted]
    return [
        str(requirement)
        for requirement in requirements
        if requirement.name != OUTSIDE
        and not any(requirement.specifier.contains(v) for v in versions.get(canonicalize_name(requirement.name), set()))
    ]


def test_the_lock_of_a_night_holds_what_the_project_needs() -> None:
    assert unmet(PROJECT["dependencies"], locked(NIGHT)) == [], "run make lock"


def test_the_lock_of_development_holds_its_tools_and_the_same_versions_as_a_night() -> None:
    night, dev = locked(NIGHT), locked(DEV)
    assert unmet(PROJECT["optional-dependencies"]["dev"], dev) == [], "run make lock"
    assert {name: versions for name, versions in night.items() if dev.get(name) != versions} == {}


def test_a_night_installs_no_development_tool() -> None:
    tools = {"pytest", "ruff", "pyright", "import-linter", "hypothesis", "selenium", "schemathesis", "pip-audit"}
    assert tools & set(locked(NIGHT)) == set()
    assert tools <= set(locked(DEV))


@pytest.mark.parametrize("path", [NIGHT, DEV], ids=["night", "dev"])
def test_every_locked_version_has_a_hash_and_no_address_is_written(path: Path) -> None:
    written = path.read_text("utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", written, flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert [line for line in written.splitlines() if "://" in line or line.startswith("-")] == []


def test_torch_is_pinned_beside_the_locks_to_the_version_the_project_names() -> None:
    pinned = (ROOT / "requirements" / "torch.txt").read_text("utf-8").splitlines()
    assert [line for line in pinned if not line.startswith("#")] == [d for d in PROJECT["dependencies"] if "torch" in d]


def test_what_checks_the_code_has_an_upper_bound() -> None:
    tools = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
    checking = [tool for tool in tools if tool.name in ("ruff", "pyright", "import-linter")]
    assert len(checking) == 3
    assert [str(tool) for tool in checking if not any(s.operator.startswith("<") for s in tool.specifier)] == []
