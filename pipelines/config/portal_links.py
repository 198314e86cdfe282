"""The signed links of a data folder: its secret and its register of addresses and epochs."""

from pipelines.config.workspace import Workspace
from presentation.link_register import LinkRegister
from presentation.signed_links import PortalLinks, load_or_create_secret


def open_links(workspace: Workspace, base_url: str) -> PortalLinks:
    """The links to a portal that is reached at `base_url`; their secret is made where there is none. Raises
    SecretUnfit."""
    return PortalLinks(base_url, load_or_create_secret(workspace.link_secret), LinkRegister(workspace.link_register))
