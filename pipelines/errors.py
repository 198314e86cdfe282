"""Errors of running nights and commands. Every message is one sentence that states what to do.

PipelineError
|- BadSettings     pib.toml or an option has an impossible value
|- DataFolderBusy  another process writes in this data folder
|- UnknownCluster  no cluster, or no single one, is meant by a name
|- LayoutMixed     a data folder holds the same thing in its earlier place and in that of today
|- PortalFailed    a local portal did not start
|- PortalBusy      the members' portal cannot listen
|- ReaderLost      a process that reads ended by itself
|- NothingThere    there is no warehouse to work on
|- Unrebuilt       a rebuilt warehouse was not put in place
|- RestoreRefused  a backup cannot be restored, or the data folder is in use
|- OrchestratorFailed  a process of `pib dagster` ends again and again
`- NoMembers       the warehouse has no members
"""


class PipelineError(Exception):
    """Root of this room's errors."""


class BadSettings(PipelineError):
    """The configuration or an option has an impossible value."""


class DataFolderBusy(PipelineError):
    """Another process writes in this data folder."""


class UnknownCluster(PipelineError):
    """No cluster has that name, or several exist and none is named."""


class LayoutMixed(PipelineError):
    """A data folder holds the same thing in its earlier place and in that of today."""


class PortalFailed(PipelineError):
    """A local portal did not start."""


class PortalBusy(PipelineError):
    """The members' portal cannot listen on its address."""


class ReaderLost(PipelineError):
    """A process that reads ended by itself."""


class Unrebuilt(PipelineError):
    """A rebuilt warehouse was not put in place; the one before is untouched."""


class RestoreRefused(PipelineError):
    """A backup cannot be restored, or the data folder is in use; nothing was written."""


class OrchestratorFailed(PipelineError):
    """A process of the orchestrator ends again and again, or does not answer."""


class NoMembers(PipelineError):
    """The warehouse has no members."""


class NothingKept(PipelineError):
    """No night has run in this data folder."""


class NothingThere(PipelineError):
    """There is no warehouse to work on."""
