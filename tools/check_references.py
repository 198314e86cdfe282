"""Refuses docstrings, comments and pages that name a module or an identifier that does not exist.

A module is a name that ends with `.py`. It exists when a file of the project has that name, and the folders before it
where some are written; test data and one-letter names of examples are left out. An identifier is a name between
backquotes in a docstring. It exists when the project defines, imports or uses each of its parts somewhere: as a
variable, an argument, an attribute, a function, a class, a module, or as a word of a string (a key or a column).

Run as `python tools/check_references.py`. Each hit is a line `file:line: name: reason`; the exit code is 1 when there
is a hit.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "warehouse", "scrapers", "matching", "presentation", "digests", "interest", "portal", "pipelines", "bench",
    "tools", "tests", "requirements",
)  # fmt: skip
DATA = frozenset({".sql", ".toml", ".j2", ".mjml"})
"""Endings of files whose words are names too: columns, keys, variables of templates."""

PAGES = (*FOLDERS, "docs", "ARCHITECTURE.md", "README.md", "CONTRIBUTING.md")
"""Folders and files whose Markdown is read; CHANGELOG.md names what was, too."""

ELSEWHERE = frozenset({"setup.py", "ocds_checks.py"})
"""Modules of others, and one that runs outside the project."""

MODULE = re.compile(r"(?<![\w/.*<])((?:[\w.-]+/)*[a-z]\w+\.py)\b")
COMMENT = re.compile(r"#.*\.py\b")
QUOTED = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)")


@dataclass(frozen=True, slots=True)
class Prose:
    """A docstring, a comment or a line of a page: where it begins, its text, whether it is a docstring."""

    path: str
    line: int
    text: str
    is_docstring: bool


@dataclass(frozen=True, slots=True)
class Module:
    """The prose of a module, and every name in it: defined, imported, used, or a word of a string."""

    prose: tuple[Prose, ...]
    names: frozenset[str]


def read_module(path: str, source: str) -> Module:
    """The module at `path` (relative, with slashes). Raises SyntaxError when `source` is not Python."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = {
        id(node.value): Prose(path, node.lineno, node.value.value, is_docstring=True)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    names = {name for node in nodes if id(node) not in docstrings for name in _names_of(node)}
    return Module((*docstrings.values(), *_comments(path, source)), frozenset(names))


def _names_of(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return (name,)
        case ast.arg(arg=name) | ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return (name,)
        case ast.alias(name=name, asname=other):
            return (*name.split("."), other or "")
        case ast.ImportFrom(module=str(name)):
            return name.split(".")
        case ast.Constant(value=str(text)):
            return re.findall(r"\w+", text)
        case _:
            return ()


def _comments(path: str, source: str) -> Iterator[Prose]:
    if COMMENT.search(source):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield Prose(path, token.start[0], token.string, is_docstring=False)


def stale_modules(prose: Prose, files: Sequence[str]) -> Iterator[tuple[Prose, str, str]]:
    """Each module named in `prose` that is none of `files` (relative, with slashes), with the reason."""
    for name in dict.fromkeys(MODULE.findall(prose.text)):
        if name not in ELSEWHERE and not any(file == name or file.endswith("/" + name) for file in files):
            yield prose, name, "no module of the project"


def stale_identifiers(prose: Prose, names: Set[str]) -> Iterator[tuple[Prose, str, str]]:
    """Each backquoted name of a docstring of which a part is not among `names`, with the reason."""
    if prose.is_docstring:
        for name in dict.fromkeys(QUOTED.findall(prose.text)):
            if not all(part in names for part in name.split(".") if part):
                yield prose, name, "no name of the project"


def check_references(root: Path) -> list[tuple[Prose, str, str]]:
    """Every stale module and identifier below `root`, by path and line."""
    files = [path.relative_to(root).as_posix() for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))]
    modules = [read_module(file, (root / file).read_text(encoding="utf-8")) for file in files]
    data = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in DATA]
    names = set().union(*(module.names for module in modules), *(Path(file).with_suffix("").parts for file in files))
    names.update(word for path in data for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    found = [prose for module in modules for prose in module.prose]
    hits = [hit for prose in (*found, *_pages(root)) for hit in stale_modules(prose, files)]
    hits += [hit for prose in found for hit in stale_identifiers(prose, names)]
    return sorted(hits, key=lambda hit: (hit[0].path, hit[0].line, hit[1]))


def _pages(root: Path) -> Iterator[Prose]:
    for page in PAGES:
        paths = sorted((root / page).rglob("*.md")) if (root / page).is_dir() else [root / page]
        for path in (path for path in paths if path.is_file()):
            for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield Prose(path.relative_to(root).as_posix(), number, text, is_docstring=False)


def main(root: Path = ROOT) -> int:
    """Prints each hit; 1 when there is a hit, else 0."""
    hits = check_references(root)
    sys.stdout.writelines(f"{prose.path}:{prose.line}: {name}: {reason}\n" for prose, name, reason in hits)
    return 1 if hits else 0


if __name__ == "__main__":
    sys.exit(main())
