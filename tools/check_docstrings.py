"""Counts public functions whose docstring leaves its arguments undescribed.

A function is public when neither its name nor the name of a class around it begins with an underscore. It is counted
once in each of two lists:

- `shape`: an argument is an array (its annotation names a type of ARRAYS), and the docstring gives no shape;
- `arguments`: it has MANY or more arguments (`self` and `cls` apart), and the docstring leaves one of them unnamed. A
  command of Typer is left out: its docstring is its help, and each of its arguments has a help text of its own.

Run as `python tools/check_docstrings.py [--count] [ROOM ...]`; without a room, every room but the tests. It prints each
function that leaves something out, or with --count one line per room; the exit code is 1 when there is a function.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "warehouse", "scrapers", "matching", "presentation", "digests", "interest", "portal", "pipelines", "bench", "tools",
)  # fmt: skip
ARRAYS = ("NDArray", "ndarray", "Floats", "Doubles", "Ints", "Bools", "csr_matrix")
"""Names of array types, as annotations of the project write them."""

MANY = 4

COMMANDS = ("command", "callback", "with_workspace")
"""Decorators of Typer's commands; see pipelines/cli/options.py for the last."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Documented:
    """A public function: where it is, its arguments, whether one is an array, whether it is a command, its
    docstring."""

    path: str
    line: int
    name: str
    arguments: tuple[str, ...]
    has_array: bool
    is_command: bool
    docstring: str

    @property
    def lacks_shape(self) -> bool:
        """Whether it takes an array and gives no shape: neither the word nor a tuple as (lots, members)."""
        return self.has_array and not re.search(r"\bshape\b|\([a-z_ ]+,[a-z_ ,]*\)", self.docstring)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Arguments that the docstring does not name, of a function with MANY or more; none of any other."""
        if len(self.arguments) < MANY or self.is_command:
            return ()
        return tuple(name for name in self.arguments if not re.search(rf"\b{name}\b", self.docstring))


def public_functions(path: str, source: str) -> Iterator[Documented]:
    """The public functions and methods of the module at `path`. Raises SyntaxError when `source` is not Python."""
    yield from _functions_of(path, ast.parse(source).body)


def _functions_of(path: str, body: Sequence[ast.stmt]) -> Iterator[Documented]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _functions_of(path, node.body)
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield _document(path, node)


def _document(path: str, node: Function) -> Documented:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    named = [argument for argument in arguments if argument.arg not in ("self", "cls")]
    annotations = " ".join(ast.unparse(argument.annotation) for argument in named if argument.annotation)
    has_array = any(re.search(rf"\b{array}\b", annotations) for array in ARRAYS)
    names = tuple(argument.arg for argument in named)
    is_command = any(
        re.search(rf"\b{name}\b", ast.unparse(decorator)) for decorator in node.decorator_list for name in COMMANDS
    ) or bool(re.search(r"\btyper\.(Option|Argument)\b", annotations))
    return Documented(path, node.lineno, node.name, names, has_array, is_command, ast.get_docstring(node) or "")


def read_functions(root: Path, room: str) -> list[Documented]:
    """The public functions of every module of a `room` below `root`."""
    return [
        function
        for path in sorted((root / room).rglob("*.py"))
        for function in public_functions(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Prints each function that leaves something out, or with --count their number per room; 1 when there is one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="rooms below the root; every room by default")
    parser.add_argument("--count", action="store_true", help="print the number of functions per room only")
    options = parser.parse_args(arguments)
    found = False
    for room in options.rooms or ROOMS:
        functions = read_functions(root, room)
        lines = list(_lines(functions))
        found |= bool(lines)
        sys.stdout.writelines([_counts(room, functions)] if options.count else lines)
    return 1 if found else 0


def _counts(room: str, functions: Sequence[Documented]) -> str:
    arrays = [function for function in functions if function.has_array]
    many = [function for function in functions if len(function.arguments) >= MANY and not function.is_command]
    shapes, unnamed = sum(function.lacks_shape for function in arrays), sum(bool(function.unnamed) for function in many)
    return f"{room:14} shape {shapes:3} of {len(arrays):3}   arguments {unnamed:3} of {len(many):3}\n"


def _lines(functions: Sequence[Documented]) -> Iterator[str]:
    for function in functions:
        where = f"{function.path}:{function.line}: {function.name}:"
        if function.lacks_shape:
            yield f"{where} no shape\n"
        if function.unnamed:
            yield f"{where} does not name {', '.join(function.unnamed)}\n"


if __name__ == "__main__":
    sys.exit(main())
