"""The options that commands of `pib` share, and what they mean."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import ZONE, House
from pipelines.errors import BadSettings

Config = Annotated[Path | None, typer.Option(help="Settings file; ./pib.toml where there is one.")]
Data = Annotated[Path | None, typer.Option(help="Data folder; data/<portals> by default.")]
Portals = Annotated[str | None, typer.Option(help="live | embedded | replay:DIR | at:URL")]
AsJson = Annotated[bool, typer.Option("--json", help="For a machine.")]
Days = Annotated[int | None, typer.Option(min=0, help="Days to look back; each source's overlap by default.")]
Processes = Annotated[int | None, typer.Option(min=1, help="That read; one a core by default.")]
On = Annotated[str | None, typer.Option(metavar="DATE", help="The night, as 2026-11-20; today by default.")]


def settings_of(config: Path | None, portals: str | None, data: Path | None) -> Settings:
    """The settings of a command: those of the file, with what the command line says instead."""
    settings = read_settings(config)
    settings = replace(settings, portals=portals) if portals else settings
    return replace(settings, data=data) if data else settings


def house_of(config: Path | None, portals: str | None, data: Path | None) -> House:
    """The house a command works in."""
    return House(settings_of(config, portals, data))


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
