"""`pib train`: weights for the next nights."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import AsJson, Config, Data, Portals, day_of, house_of

Awards = Annotated[str, typer.Option(help="A folder with notices.csv and awards.csv, or: warehouse.")]
Report = Annotated[Path | None, typer.Option(dir_okay=False, help="Write a page with plots there.")]


def train(
    awards: Awards = "warehouse",
    report: Report = None,
    portals: Portals = None,
    data: Data = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Learn the weights of the fit from awards and from members' feedback; the next night uses them."""
    from matching.fit.report import write_page
    from pipelines.cli.progress import watching
    from pipelines.nightly.training import learn, plain_study, say_study

    with watching(quiet=as_json) as progress:
        house = replace(house_of(config, portals, data), progress=progress)
        study, fit = learn(house, awards, day_of(None))
    if report:
        write_page(report, study, fit)
    told = plain_study(house, study, fit, report)
    sys.stdout.write((json.dumps(told) if as_json else say_study(house, study, fit, report)) + "\n")
