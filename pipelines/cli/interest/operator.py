"""`pib interest`: the operator's commands of the room of interest. They print what is public, and nothing about any
member."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from interest.crypto.key_manifest import Chain
from interest.crypto.release_ledger import head_of, read_ledger
from interest.errors import NotSetUp
from interest.folders import read_mode
from interest.release.partner_clusters import export_for, import_from, signing_key
from interest.roles.issuer import Issuer
from interest.roles.vault import Vault
from pipelines.cli.interest.client import client
from pipelines.cli.interest.group import group
from pipelines.cli.options import AsJson, On, day_of, with_workspace
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.interest import (
    gate_of,
    is_set_up,
    policy_of,
    room_of,
    run_interest_exports,
    run_interest_gate,
    run_interest_keys,
    set_up,
)
from pipelines.nightly.interest import purge as run

app = typer.Typer(help="Anonymous interest: keys, gate, exports, partners.", no_args_is_help=True)
app.add_typer(client, name="client")
app.add_typer(group)

Own = Annotated[str, typer.Option("--as", help="The own cluster's name: lower-case letters, digits, hyphens.")]


@app.command()
@with_workspace
def setup(
    workspace: Workspace,
    policy: Annotated[Path | None, typer.Option(exists=True, help="A policy file of your own.")] = None,
    mode: Annotated[str, typer.Option(help="vault | blind; one way for all members.")] = "vault",
) -> None:
    """Set up the cluster's interest service, with the policy shipped or your own; run it again to change the policy."""

    set_up(workspace, policy, mode)
    sys.stdout.write(f"The room is {workspace.interest}\npolicy {policy_of(room_of(workspace)).policy_id}\n")


@app.command()
@with_workspace
def ceremony(workspace: Workspace, on: On = None) -> None:
    """Give new lots their keys, destroy those whose time is over, print the manifest's SHA-256."""

    _ready(workspace)
    run_interest_keys(workspace, day_of(on))
    manifest = Chain(room_of(workspace).public / "manifests").last()
    sys.stdout.write(f"{len(manifest.lots)} lots may be declared\nmanifest {manifest.sha256}\n")


@app.command()
@with_workspace
def gate(workspace: Workspace, on: On = None) -> None:
    """Decide the night, unless it was decided, and publish the newest one."""

    _ready(workspace)
    run_interest_gate(workspace, day_of(on))
    run_interest_exports(workspace)
    sys.stdout.write(f"released to {workspace.interest / 'exports'}\n")


@app.command()
@with_workspace
def export(
    workspace: Workspace,
    partner: Annotated[str | None, typer.Option("--for", help="A partner cluster: signed for it.")] = None,
    own: Own = "pib",
    to: Annotated[Path | None, typer.Option(help="The file to write; <own>-for-<partner>.json by default.")] = None,
) -> None:
    """Publish the newest night again, or give it to a partner cluster, signed."""

    _ready(workspace)
    run_interest_exports(workspace)
    if partner is None:
        sys.stdout.write(f"released to {workspace.interest / 'exports'}\n")
        return
    path = to or Path(f"{own}-for-{partner}.json")
    path.write_bytes(export_for(room_of(workspace), own, partner))
    key = signing_key(room_of(workspace)).verify_key.encode().hex()
    sys.stdout.write(f"{path}\nTell them our key by another way: {key}\n")


@app.command("import")
@with_workspace
def import_(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What the partner cluster sent.")],
    partner: Annotated[str, typer.Option("--from", help="The partner cluster's name.")],
    key: Annotated[str, typer.Option(help="Its key, received in another way.")],
    own: Own = "pib",
) -> None:
    """Check a partner cluster's night and store it beside ours."""

    room = room_of(_ready(workspace))
    sys.stdout.write(f"kept in {import_from(room, file.read_bytes(), key, sender=partner, receiver=own)}\n")


@app.command()
@with_workspace
def enrol(
    workspace: Workspace,
    member: str,
    key: Annotated[str, typer.Argument(help="What `pib interest client enrol` printed.")],
) -> None:
    """Let a member's own client request tokens (blind mode)."""

    Issuer(room_of(_ready(workspace)).issuer).enrol(member, key)
    sys.stdout.write("enrolled\n")


@app.command()
@with_workspace
def erase(workspace: Workspace, member: str) -> None:
    """Answer an erasure request: delete what the vault and the issuer hold of a member, if anything."""

    _ready(workspace)
    Vault(room_of(workspace), gate_of(workspace).directory).erase(member)
    Issuer(room_of(workspace).issuer).erase(member)
    gate_of(workspace).clean(datetime.now(ZONE).date())
    sys.stdout.write("Nothing of this member is kept here now, whether or not anything was.\n")


@app.command()
@with_workspace
def purge(workspace: Workspace, on: On = None) -> None:
    """Destroy now what is past its retention, as each night does."""

    run(_ready(workspace), day_of(on))
    sys.stdout.write("Keys past their retention are destroyed, the store is written anew.\n")


@app.command()
@with_workspace
def serve(
    workspace: Workspace,
    role: Annotated[str, typer.Argument(help="issuer | collector")],
    port: Annotated[int, typer.Option(help="On 127.0.0.1; any free one by default.")] = 0,
) -> None:
    """Run one role of blind mode, until standard input ends."""
    import os

    room = room_of(_ready(workspace))
    folders: Mapping[str, Path] = {"issuer": room.issuer, "collector": room.collector}
    if role not in folders:
        raise typer.BadParameter("a role is issuer or collector")
    words = [role, "--public", str(room.public), "--folder", str(folders[role]), "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "interest.roles.serve", *words])  # noqa: S606 - our own interpreter


@app.command()
@with_workspace
def status(
    workspace: Workspace,
    as_json: AsJson = False,
) -> None:
    """Public facts: policy, manifest, last night released."""
    public_status = _public_status(workspace)
    if as_json:
        sys.stdout.write(json.dumps(public_status) + "\n")
        return
    for name, value in public_status.items():
        sys.stdout.write(f"{name.replace('_', ' '):<16} {value}\n")


def _public_status(workspace: Workspace) -> dict[str, object]:

    room = room_of(workspace)
    if not is_set_up(room):
        return {"set_up": False}
    manifest = Chain(room.public / "manifests").last()
    ledger = room.exports / "release_ledger.jsonl"
    lines = read_ledger(ledger.read_bytes()) if ledger.is_file() else ()
    return {
        "set_up": True,
        "mode": read_mode(room.public).value,
        "policy": policy_of(room).policy_id,
        "lots_declarable": len(manifest.lots),
        "manifest": manifest.sha256,
        "last_night": lines[-1].look if lines else None,
        "ledger": head_of(lines),
    }


def _ready(workspace: Workspace) -> Workspace:
    """The workspace, if its interest service is set up. Raises NotSetUp."""

    if not is_set_up(room_of(workspace)):
        raise NotSetUp("this cluster has no room for interest yet: pib interest setup")
    return workspace
