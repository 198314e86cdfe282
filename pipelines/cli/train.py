"""`pib train`: weights for the next nights."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from matching.fit.report import write_page
from pipelines.cli.options import AsJson, day_of, with_workspace
from pipelines.cli.progress import watching
from pipelines.config.workspace import Workspace
from pipelines.nightly.training import learn, study_summary, study_values

Awards = Annotated[str, typer.Option(help="A folder with notices.csv and awards.csv, or: warehouse.")]
Report = Annotated[Path | None, typer.Option(dir_okay=False, help="Write a page with plots there.")]


@with_workspace
def train(
    workspace: Workspace,
    awards: Awards = "warehouse",
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Learn the weights of the fit from awards and from members' feedback; the next night uses them."""

    with watching(quiet=as_json) as progress:
        workspace = replace(workspace, progress=progress)
        study, fit = learn(workspace, awards, day_of(None))
    if report:
        write_page(report, study, fit)
    values = study_values(workspace, study, fit, report)
    sys.stdout.write((json.dumps(values) if as_json else study_summary(workspace, study, fit, report)) + "\n")
