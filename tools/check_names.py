"""Refuses identifiers outside the vocabulary of the field, and class names with two meanings.

An identifier is a module, class, function, argument, variable or attribute that the project defines. It is split into
its words ("snake_case", "CamelCase"), and a word of the deny-list is a hit, as are "one" and "it" for the value of a
loop, and the prefixes "keep_" and "find_" of the warehouse's functions. A class name may be defined in one room only.

Run as `python tools/check_names.py [--count] [FOLDER ...]`; without a folder, every room is checked. Each hit is a
line `file:line: name: reason`; the exit code is 1 when there is a hit.
"""

import argparse
import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "warehouse", "scrapers", "matching", "presentation", "digests", "interest", "portal", "pipelines", "bench",
    "tools", "tests",
)  # fmt: skip

WORDS = {
    "told": "notified, feedback_example",
    "tell": "report, return",
    "said": "stated, reported",
    "say": "translate, print",
    "heard": "received, selected",
    "hear": "receive, select_features",
    "hearing": "select_features",
    "spoken": "statement_vectors",
    "speak": "languages",
    "voice": "feature",
    "voices": "feature set",
    "asked": "requirement, requested",
    "asks": "requirements",
    "ask": "request, require",
    "asking": "source_selection",
    "errand": "CrawlJob",
    "parcel": "RecordBatch",
    "parcels": "batches",
    "shelf": "top_k",
    "shelves": "top_k",
    "seat": "distance",
    "seats": "distance",
    "liken": "compute_similarities",
    "likeness": "similarity",
    "alike": "similar",
    "pose": "build_problem",
    "posed": "problem",
    "abreast": "parallel",
    "wishing": "preferences",
    "noticing": "source_alarms",
    "pace": "eta",
    "house": "workspace",
    "door": "endpoint, facade, entry point",
    "doors": "endpoints",
    "desk": "snapshot cache",
    "secrecy": "interest_service",
    "trials": "dummy_notices",
    "truth": "data check",
    "truths": "data checks",
    "judge": "match, check",
    "judged": "matched, checked",
    "judges": "matches, checks",
    "judging": "matching, checking",
    "verdict": "match, MatchResult",
    "verdicts": "matches, match results",
    "crowd": "k_anonymity",
    "crowds": "k_anonymity",
}
"""Denied words of any identifier, with the field's word."""

CLASS_WORDS = {"press": "LetterRenderer", "hand": "WorkerProcess", "standing": "ComplianceStatus, MembershipState"}
MODULE_WORDS = {"frozen": "sent_letter", "standing": "membership_state"}
LOOP_NAMES = {"one": "a noun of the field", "it": "a noun of the field"}
STORE_PREFIXES = {"keep": "save_", "find": "load_, query"}

ALLOWED: Mapping[tuple[str, str], str] = {
    ("bench/portal.py", "asked"): "a key of `python -m bench.portal --json`",
    ("interest/policy.py", "crowd"): "a key of policy.toml, and part of the hash that names a policy",
    ("pipelines/cli/doctor.py", "not_asked"): "a key of `pib doctor --json`",
    ("pipelines/monitoring/status.py", "not_asked"): "a key of `pib status --json`",
    ("pipelines/config/settings.py", "bosa_door"): "a key of pib.toml",
    (
        "warehouse/model/match_results.py",
        "asked",
    ): "a column of the exported reasons",
    (
        "warehouse/model/night_reports.py",
        "judged",
    ): "a key of `pib status --json`",
}
"""(path, identifier) that keep their word, with the reason: names that leave the program."""


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier where it is defined; `kind` is module, class, function, variable or loop."""

    path: str
    line: int
    text: str
    kind: str


def split_words(identifier: str) -> list[str]:
    """Words of a snake_case or CamelCase identifier, lower case: "find_TedNotice" is find, ted, notice."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


def defined_names(path: str, source: str) -> Iterator[Name]:
    """Identifiers that the module at `path` (relative, with slashes) defines, its own name first.

    Raises SyntaxError when `source` is not Python.
    """
    yield Name(path, 1, Path(path).parent.name if path.endswith("__init__.py") else Path(path).stem, "module")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield Name(path, node.lineno, node.name, "class")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Name(path, node.lineno, node.name, "function")
        elif isinstance(node, ast.arg):
            yield Name(path, node.lineno, node.arg, "variable")
        elif isinstance(node, ast.alias) and node.asname:
            yield Name(path, node.lineno, node.asname, "variable")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Name(path, node.lineno, node.id, "variable")
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield Name(path, node.lineno, node.attr, "variable")
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield from _loop_names(path, node.target)


def _loop_names(path: str, target: ast.expr) -> Iterator[Name]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield Name(path, node.lineno, node.id, "loop")


def denied_word(name: Name) -> str | None:
    """Reason why `name` is refused, with the words to use instead; None when it is accepted."""
    if (name.path, name.text) in ALLOWED:
        return None
    if name.kind == "loop":
        return f"loop variable; use {LOOP_NAMES[name.text]}" if name.text in LOOP_NAMES else None
    words = split_words(name.text)
    extra = {"class": CLASS_WORDS, "module": MODULE_WORDS}.get(name.kind, {})
    for word in words:
        instead = WORDS.get(word) or extra.get(word)
        if instead:
            return f"'{word}'; use {instead}"
    if name.kind == "function" and name.path.startswith("warehouse/") and words[:1] and words[0] in STORE_PREFIXES:
        return f"'{words[0]}_' of the store; use {STORE_PREFIXES[words[0]]}"
    return None


def repeated_classes(names: Iterable[Name]) -> Iterator[tuple[Name, str]]:
    """Each class whose name is defined in two rooms as well, with the reason; a room is the first folder of a path."""
    classes: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        if name.kind == "class" and not name.path.startswith("tests/"):
            classes[name.text].append(name)
    for group in classes.values():
        if len({name.path.split("/")[0] for name in group}) > 1:
            for name in group:
                others = ", ".join(f"{other.path}:{other.line}" for other in group if other is not name)
                yield name, f"class defined in another room too ({others})"


def check_names(names: Sequence[Name]) -> list[tuple[Name, str]]:
    """Refused names with their reasons, in the order of path and line."""
    hits = [(name, reason) for name in names if (reason := denied_word(name))]
    hits += repeated_classes(names)
    return sorted(hits, key=lambda hit: (hit[0].path, hit[0].line, hit[0].text))


def read_names(root: Path, folders: Sequence[str]) -> list[Name]:
    """Identifiers of every module below `folders` of `root`.

    Raises SyntaxError when a module is not Python.
    """
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    relative = [path.relative_to(root).as_posix() for path in paths]
    return [name for path in relative for name in defined_names(path, (root / path).read_text(encoding="utf-8"))]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Prints each hit, or with --count the hits per room; 1 when there is a hit, else 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="folders below the root; every room by default")
    parser.add_argument("--count", action="store_true", help="print the number of hits per room only")
    options = parser.parse_args(arguments)
    hits = check_names(read_names(root, options.folders or ROOMS))
    if options.count:
        rooms = Counter(name.path.split("/")[0] for name, _ in hits)
        sys.stdout.writelines(f"{room:14} {rooms[room]:5}\n" for room in sorted(rooms))
    else:
        sys.stdout.writelines(f"{name.path}:{name.line}: {name.text}: {reason}\n" for name, reason in hits)
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
