"""The options that commands of `pib` share, and what they mean."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import BadSettings

Config = Annotated[Path | None, typer.Option(help="Settings file; ./pib.toml where there is one.")]
Data = Annotated[Path | None, typer.Option(help="Data folder; data/<portals> by default.")]
Portals = Annotated[str | None, typer.Option(help="live | embedded | replay:DIR | at:URL")]
AsJson = Annotated[bool, typer.Option("--json", help="For a machine.")]
Days = Annotated[int | None, typer.Option(min=0, help="Days to look back; each source's overlap by default.")]
Processes = Annotated[int | None, typer.Option(min=1, help="That read; one a core by default.")]
On = Annotated[str | None, typer.Option(metavar="DATE", help="The night, as 2026-11-20; today by default.")]

_WORKSPACE_OPTIONS = tuple(
    Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
    for name, kind in (("portals", Portals), ("data", Data), ("config", Config))
)
Given = ParamSpec("Given")


def with_workspace(command: Callable[Concatenate[Workspace, Given], None]) -> Callable[..., None]:
    """`command` as Typer takes it: --portals, --data and --config instead of its first parameter, the workspace."""

    @wraps(command)
    def run(*, portals: str | None, data: Path | None, config: Path | None, **given: Any) -> None:
        command(workspace_of(config, portals, data), **given)  # pyright: ignore[reportCallIssue] - Typer gives all by name

    shown = signature(command)
    own = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in list(shown.parameters.values())[1:]]
    vars(run)["__signature__"] = shown.replace(parameters=[*own, *_WORKSPACE_OPTIONS])
    types = {name: kind for name, kind in command.__annotations__.items() if name in {p.name for p in own} | {"return"}}
    run.__annotations__ = types | {option.name: option.annotation for option in _WORKSPACE_OPTIONS}
    return run


def settings_of(config: Path | None, portals: str | None, data: Path | None) -> Settings:
    """The settings of a command: those of the file, overridden by the command line."""
    settings = read_settings(config)
    settings = settings.changed(portals=portals) if portals else settings
    return settings.changed(data=data) if data else settings


def workspace_of(config: Path | None, portals: str | None, data: Path | None) -> Workspace:
    """The workspace of a command."""
    return Workspace(settings_of(config, portals, data))


def day_of(written: str | None) -> date:
    """The night a command is for, today by default. Raises BadSettings for one that has not come."""
    today = datetime.now(ZONE).date()
    day = night_of(written) or today
    if day > today:
        raise BadSettings(f"--on {day}: that night has not come yet; today is {today}")
    return day


def night_of(written: str | None) -> date | None:
    """The night named, None where none is."""
    return stated_day(written, "--on") if written else None


def stated_day(written: str, option: str) -> date:
    """The day an option names. Raises BadSettings."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadSettings(f"{option} {written!r} is not a day; write it as 2026-11-20") from None
