"""What can go wrong in running the day. Every message is one sentence that says what to do.

PipelineError
|- BadSettings     pib.toml or an option says something that cannot be
|- NightRunning    another night holds this data folder
|- PortalFailed    a local portal did not start
`- NoMembers       nobody to write to
"""


class PipelineError(Exception):
    """Root of this room's errors."""


class BadSettings(PipelineError):
    """The configuration or an option says something that cannot be."""


class NightRunning(PipelineError):
    """Another night holds this data folder."""


class PortalFailed(PipelineError):
    """A local portal did not start."""


class NoMembers(PipelineError):
    """The warehouse knows no member."""


class NothingKept(PipelineError):
    """No night has run in this data folder."""
