"""What a person must act on, gathered for alerts and measurements: the night, the sources, the checks, the letters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digests.errors import OutboxError
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.errors import NothingKept
from pipelines.monitoring.status import Status, read_status
from warehouse.errors import StoreLocked, WarehouseError

SILENT_AFTER = timedelta(hours=36)


class ProblemKind(StrEnum):
    """What a problem is about. The names are label values of the measurements and stay."""

    NIGHT = "night"
    SOURCE = "source"
    CHECK = "check"
    LETTERS = "letters"
    STORE = "store"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class OperatorProblem:
    """A sentence for the operator. One that `names_members` is mailed to the operator, and given to nobody else."""

    kind: ProblemKind
    sentence: str
    names_members: bool = False


def find_problems(workspace: Workspace, now: datetime) -> tuple[OperatorProblem, ...]:
    """What a person must act on now, in a workspace whose last night, sources and letters are looked at.

    A store that cannot be read is a problem, and hides the others. Raises StoreLocked while a night holds one.
    """
    try:
        status = read_status(workspace)
    except NothingKept as nothing:
        return (OperatorProblem(ProblemKind.NIGHT, str(nothing)),)
    except StoreLocked:
        raise
    except (WarehouseError, OutboxError) as unreadable:
        return (OperatorProblem(ProblemKind.STORE, str(unreadable)),)
    return problems_of(status, now, silence_of(workspace.settings))


def silence_of(settings: Settings) -> timedelta:
    """How long after the moment of the last night it is a problem that no further one has run."""
    return timedelta(hours=settings.alerts.silent_hours) if settings.alerts else SILENT_AFTER


def problems_of(status: Status, now: datetime, silent_after: timedelta) -> tuple[OperatorProblem, ...]:
    """What a person must act on, of a `status` at the moment `now`, zone-aware; a night older than `silent_after` is a
    problem."""
    return (*_of_night(status, now, silent_after), *_of_status(status))


def _of_night(status: Status, now: datetime, silent_after: timedelta) -> Iterator[OperatorProblem]:
    if status.night is None:
        yield OperatorProblem(ProblemKind.NIGHT, "no night has run yet")
    elif now - as_of(status.night) > silent_after:
        hours = silent_after // timedelta(hours=1)
        yield OperatorProblem(
            ProblemKind.NIGHT, f"no night has run since that of {status.night}, for more than {hours} hours"
        )


def _of_status(status: Status) -> Iterator[OperatorProblem]:
    for sentence in status.source_needs:
        yield OperatorProblem(ProblemKind.SOURCE, sentence)
    for sentence in status.check_needs:
        yield OperatorProblem(ProblemKind.CHECK, sentence)
    for sentence in status.other_needs:
        yield OperatorProblem(ProblemKind.OTHER, sentence)
    for sentence in status.waiting:
        yield OperatorProblem(ProblemKind.LETTERS, sentence, names_members=True)
