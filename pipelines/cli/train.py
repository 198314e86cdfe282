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
from pipelines.nightly.refit import refit, refit_summary, refit_values
from pipelines.nightly.training import learn, study_summary, study_values

Awards = Annotated[str, typer.Option(help="A folder with notices.csv and awards.csv, or: warehouse.")]
Report = Annotated[Path | None, typer.Option(dir_okay=False, help="Write a page with plots there.")]
ModelName = Annotated[
    str | None, typer.Option("--model", help="Learn the scales of relevance for this encoder instead, from --graded.")
]
Graded = Annotated[
    Path | None, typer.Option(file_okay=False, help="With --model: a folder with members, lots and judgements as CSV.")
]
Notices = Annotated[Path | None, typer.Option(file_okay=False, help="With --model: the folder of the lots' files.")]


@with_workspace
def train(
    workspace: Workspace,
    awards: Awards = "warehouse",
    report: Report = None,
    model: ModelName = None,
    graded: Graded = None,
    notices: Notices = None,
    as_json: AsJson = False,
) -> None:
    """Learn the weights of the fit from awards and from members' feedback; the next night uses them.

    With --model, --graded and --notices: learn how relevance is measured by another encoder, from lots that a reader
    judged, and show what it is worth beside the one in use."""
    if len({model is None, graded is None, notices is None}) > 1:
        raise typer.BadParameter("give --model, --graded and --notices together, or none of them")
    if model is not None and graded is not None and notices is not None:
        _refit(workspace, model, graded, notices, as_json=as_json)
        return
    with watching(quiet=as_json) as progress:
        workspace = replace(workspace, progress=progress)
        study, fit = learn(workspace, awards, day_of(None))
    if report:
        write_page(report, study, fit)
    values = study_values(workspace, study, fit, report)
    sys.stdout.write((json.dumps(values) if as_json else study_summary(workspace, study, fit, report)) + "\n")


def _refit(workspace: Workspace, model: str, graded: Path, notices: Path, *, as_json: bool) -> None:
    with watching(quiet=as_json) as progress:
        done = refit(replace(workspace, progress=progress), model, graded, notices, day_of(None))
    sys.stdout.write((json.dumps(refit_values(done)) if as_json else refit_summary(done, model)) + "\n")
