"""The options that commands of `pib` share, and what they mean."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from pipelines.config.clusters import VARIABLE, choose_cluster, of_cluster
from pipelines.config.layout import bring_to_layout
from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import BadSettings

Config = Annotated[Path | None, typer.Option(help="Settings file; ./pib.toml where there is one.")]
Data = Annotated[Path | None, typer.Option(help="Data folder; data/<portals> by default.")]
Portals = Annotated[str | None, typer.Option(help="live | embedded | replay:DIR | at:URL")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="NAME", envvar=VARIABLE, help="The cluster; the only one, or the default one, if absent."),
]
OnlyCluster = Annotated[
    str | None, typer.Option("--cluster", metavar="NAME", envvar=VARIABLE, help="This cluster alone; all if absent.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For a machine.")]
Days = Annotated[int | None, typer.Option(min=0, help="Days to look back; each source's overlap by default.")]
Processes = Annotated[int | None, typer.Option(min=1, help="That read; one a core by default.")]
On = Annotated[str | None, typer.Option(metavar="DATE", help="The night, as 2026-11-20; today by default.")]


def _option(name: str, kind: object) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)


_INSTALLATION_OPTIONS = (_option("portals", Portals), _option("data", Data), _option("config", Config))
Given = ParamSpec("Given")


def with_workspace(command: Callable[Concatenate[Workspace, Given], None]) -> Callable[..., None]:
    """`command` as Typer takes it: --portals, --data, --config and --cluster instead of its first parameter, the
    workspace of one cluster."""
    return _with_options(command, workspace_of, (*_INSTALLATION_OPTIONS, _option("cluster", Cluster)))


def with_facts(command: Callable[Concatenate[Workspace, Given], None]) -> Callable[..., None]:
    """As with_workspace, for a command on what all clusters share: there is no --cluster, and the workspace has the
    installation's settings."""
    return _with_options(command, facts_of, _INSTALLATION_OPTIONS)


def _with_options(
    command: Callable[Concatenate[Workspace, Given], None],
    make_workspace: Callable[..., Workspace],
    options: tuple[Parameter, ...],
) -> Callable[..., None]:
    @wraps(command)
    def run(**given: Any) -> None:
        chosen = {option.name: given.pop(option.name) for option in options}
        command(make_workspace(**chosen), **given)  # pyright: ignore[reportCallIssue] - Typer gives all by name

    shown = signature(command)
    own = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in list(shown.parameters.values())[1:]]
    vars(run)["__signature__"] = shown.replace(parameters=[*own, *options])
    types = {name: kind for name, kind in command.__annotations__.items() if name in {p.name for p in own} | {"return"}}
    run.__annotations__ = types | {option.name: option.annotation for option in options}
    return run


def settings_of(config: Path | None, portals: str | None, data: Path | None) -> Settings:
    """The settings of a command: those of the file, overridden by the command line."""
    settings = read_settings(config)
    settings = settings.changed(portals=portals) if portals else settings
    return settings.changed(data=data) if data else settings


def facts_of(config: Path | None, portals: str | None, data: Path | None) -> Workspace:
    """The workspace of a command on the installation, over a data folder in the layout of today. Raises LayoutMixed."""
    workspace = Workspace(settings_of(config, portals, data))
    bring_to_layout(workspace)
    return workspace


def workspace_of(config: Path | None, portals: str | None, data: Path | None, cluster: str | None = None) -> Workspace:
    """The workspace of a command on one cluster, over a data folder in the layout of today.

    Args:
        config: the settings file, None for ./pib.toml where there is one.
        portals: in place of those of the settings.
        data: the data folder in place of that of the settings.
        cluster: its name, None for the only or the default one.

    Raises UnknownCluster, LayoutMixed, BadSettings.
    """
    workspace = facts_of(config, portals, data)
    return of_cluster(workspace, choose_cluster(workspace.data, cluster))


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
