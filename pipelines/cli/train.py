"""`pib train`: weights for the next nights."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import AsJson, day_of, with_house
from pipelines.config.workspace import House

Awards = Annotated[str, typer.Option(help="A folder with notices.csv and awards.csv, or: warehouse.")]
Report = Annotated[Path | None, typer.Option(dir_okay=False, help="Write a page with plots there.")]


@with_house
def train(
    house: House,
    awards: Awards = "warehouse",
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Learn the weights of the fit from awards and from members' feedback; the next night uses them."""
    from matching.fit.report import write_page
    from pipelines.cli.progress import watching
    from pipelines.nightly.training import learn, plain_study, say_study

    with watching(quiet=as_json) as progress:
        house = replace(house, progress=progress)
        study, fit = learn(house, awards, day_of(None))
    if report:
        write_page(report, study, fit)
    told = plain_study(house, study, fit, report)
    sys.stdout.write((json.dumps(told) if as_json else say_study(house, study, fit, report)) + "\n")
