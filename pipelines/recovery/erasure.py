"""`pib members erase`: everything that a data folder holds of one member, deleted on request (GDPR, article 17)."""

from datetime import datetime

from digests.delivery.outbox import Outbox
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import writes
from pipelines.nightly.interest import erase_member, is_set_up, room_of
from pipelines.nightly.plain_files import write_letter_records, write_plain_files
from portal.member_choices import Choices
from presentation.link_register import LinkRegister


@writes("pib members erase")
def erase_everywhere(workspace: Workspace, member: str, *, at: datetime) -> None:
    """Deletes a member (its id) from the stores, the archive, the plain files, the exports and the copy for readers,
    and what interest holds of it. Its links are ended. Who stopped its letters stays stopped, so that a later import
    does not write to it. Repeating it changes nothing; `at` is now, with a zone.

    What is elsewhere is not reached: backups, letters that were delivered, copies that others made of exports.
    """
    LinkRegister(workspace.link_register).erase(member, at=at)
    # First where members write themselves: a night takes their answers over from there.
    Choices(workspace.choices).erase(member)
    with Outbox.open(workspace.outbox) as outbox:
        outbox.erase(member)
        write_letter_records(workspace, outbox)
    with workspace.open_cluster() as store:
        store.erase_member(member, workspace.archive)
        write_plain_files(workspace, store)
        store.export(workspace.exports)
        workspace.publish_cluster(store)
    if is_set_up(room_of(workspace)):
        erase_member(workspace, member, at.astimezone(ZONE).date())
