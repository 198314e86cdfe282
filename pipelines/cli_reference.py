"""The command reference, docs/commands.md, written from the commands themselves.

Written again by `python -m pipelines.cli_reference > docs/commands.md`; a test fails when the page is stale.
"""

import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from pipelines.cli.main import app

HEAD = """# The commands of `pib`

Written by `python -m pipelines.cli_reference`; do not edit. A lot may be named by the beginning of its name or by a
publication number. Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 done but a source is missing, letters wait
or the clock jumped.
"""
COMPLETION = ("install_completion", "show_completion")
"""Options that Typer adds to every program."""


def command_reference() -> str:
    """The page, as Markdown: every command in alphabetical order, with its arguments and options."""
    return "\n".join([HEAD, *_described("pib", get_command(app))])


def _described(name: str, command: Any) -> Iterator[str]:
    # Typer's own command classes: whether they come from click or from a copy inside typer depends on its version.
    children = getattr(command, "commands", {})
    parameters = [line for parameter in command.params for line in _parameter(parameter)]
    if parameters or not children:
        yield f"## `{name}`\n"
        yield f"{' '.join((command.help or '').split())}\n"
        yield from [*parameters, *([""] if parameters else [])]
    for child in sorted(children):
        yield from _described(f"{name} {child}", children[child])


def _parameter(parameter: Any) -> Iterator[str]:
    if parameter.name in COMPLETION or parameter.name == "help":
        return
    is_argument = parameter.param_type_name == "argument"
    names = (parameter.metavar or parameter.name.upper()) if is_argument else ", ".join(parameter.opts)
    required = "" if is_argument or not parameter.required else " (required)"
    meaning = " ".join((getattr(parameter, "help", None) or "").split()).replace("<", "\\<")
    yield f"- `{names}`{required}{': ' if meaning else ''}{meaning}"


if __name__ == "__main__":
    sys.stdout.write(command_reference())
