"""Counts public functions whose docstring leaves its arguments undescribed.

A function is public when neither its name nor the name of a class around it begins with an underscore. It is counted
once in each of two lists:

- `shape`: an argument is an array (its annotation names a type of ARRAYS), and the docstring gives no shape;
- `arguments`: it has MANY or more arguments (`self` and `cls` apart), and the docstring leaves one of them unnamed.

Run as `python tools/check_docstrings.py [--list] [ROOM ...]`; without a room, every room but the tests. It prints one
line per room, or with --list each function, and always ends with 0: it is a measure, not a gate.
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

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Documented:
    """A public function: where it is, its arguments, whether one is an array, and its docstring."""

    path: str
    line: int
    name: str
    arguments: tuple[str, ...]
    has_array: bool
    docstring: str

    @property
    def lacks_shape(self) -> bool:
        """Whether it takes an array and gives no shape: neither the word nor a tuple as (lots, members)."""
        return self.has_array and not re.search(r"\bshape\b|\([a-z_ ]+,[a-z_ ,]*\)", self.docstring)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Arguments that the docstring does not name, of a function with MANY or more; none of any other."""
        if len(self.arguments) < MANY:
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
    return Documented(path, node.lineno, node.name, names, has_array, ast.get_docstring(node) or "")


def read_functions(root: Path, room: str) -> list[Documented]:
    """The public functions of every module of a `room` below `root`."""
    return [
        function
        for path in sorted((root / room).rglob("*.py"))
        for function in public_functions(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Prints the counts of each room, or with --list each function that leaves something out; returns 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="rooms below the root; every room by default")
    parser.add_argument("--list", action="store_true", help="print the functions instead of their number")
    options = parser.parse_args(arguments)
    for room in options.rooms or ROOMS:
        functions = read_functions(root, room)
        if options.list:
            sys.stdout.writelines(_lines(functions))
        else:
            arrays, many = [f for f in functions if f.has_array], [f for f in functions if len(f.arguments) >= MANY]
            shapes, unnamed = sum(f.lacks_shape for f in arrays), sum(bool(f.unnamed) for f in many)
            sys.stdout.write(
                f"{room:14} shape {shapes:3} of {len(arrays):3}   arguments {unnamed:3} of {len(many):3}\n"
            )
    return 0


def _lines(functions: Sequence[Documented]) -> Iterator[str]:
    for function in functions:
        where = f"{function.path}:{function.line}: {function.name}:"
        if function.lacks_shape:
            yield f"{where} no shape\n"
        if function.unnamed:
            yield f"{where} does not name {', '.join(function.unnamed)}\n"


if __name__ == "__main__":
    sys.exit(main())
