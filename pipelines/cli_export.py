"""`pib export` and `pib digest preview`: what others will open."""

import sys
from datetime import date
from pathlib import Path

from digests.render import render_html, render_text
from pipelines.errors import NoMembers
from pipelines.house import ZONE, House
from pipelines.letters import Concluded
from warehouse.errors import NotKept
from warehouse.store import Store


def write_exports(house: House, to: Path | None) -> None:
    """Writes every table and says the rows of each file."""
    with house.reading() as store:
        for path, rows in store.export((to or house.exports).resolve()).items():
            sys.stdout.write(f"{rows:8d}  {path}\n")


def preview(house: House, night: date | None, member: str, html: Path | None) -> None:
    """The member's letter as text on stdout, and as HTML where asked; as if nothing had been told before."""
    with house.reading() as store:
        concluded = Concluded.of(store, night or last_night(store))
    if member not in concluded.members:
        raise NoMembers(f"there is no member {member!r}; `pib members list` shows their ids")
    digest = concluded.compose(concluded.members[member])
    if digest is None:
        sys.stdout.write(f"Nothing is worth a letter to {member} that night.\n")
        return
    sys.stdout.write(render_text(digest))
    if html:
        html.write_text(render_html(digest), encoding="utf-8")
        sys.stdout.write(f"\nHTML: {html}\n")


def last_night(store: Store) -> date:
    """The night the warehouse looks from. Raises NotKept before the first."""
    moment = store.find_as_of()
    if moment is None:
        raise NotKept("no night has run in this data folder yet: pib night")
    return moment.astimezone(ZONE).date()
