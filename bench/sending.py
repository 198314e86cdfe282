"""SIGKILL at every step of sending, against a real Postfix on the loopback: what arrives, how often, under which name.

    python -m bench.sending [--members 200] [--repetitions 30] [--json]

Each repetition keeps a letter for every member, then lets workers die: one at each step of a conversation with the
server, each at a letter drawn at random (from a seed), and a last one that lives. The Postfix is started for this alone
from a folder of its own, listens on 127.0.0.1 and delivers to one Maildir. It needs root and Debian's `postfix`.
A letter may come twice only where SMTP itself is uncertain: killed after its last line was sent and before its answer
was recorded; such copies are counted, and have one Message-ID.
"""

from __future__ import annotations

import argparse
import email
import email.message
import hashlib
import json
import os
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from digests.delivery.outbox import LetterState, Outbox
from digests.delivery.sending import send_due
from digests.delivery.transports import SmtpTransport
from digests.delivery.workers import Moment
from digests.rendering.letter import Letter

STEPS = {
    "before the server is greeted": False,
    "when the letter is claimed": False,
    "after the sender": False,
    "after the recipient": False,
    "after DATA was accepted": False,
    "half-way through the letter": False,
    "after the letter's last line": True,
    "after the server's 250": True,
    "after it stands in the books": False,
}
"""Where a worker dies, and whether the letter may have left without a record."""


class WallClock:
    """The machine's time."""

    def now(self) -> Moment:
        """This moment."""
        return Moment(datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME))

    def wait(self, seconds: float) -> None:
        """Returns that much later."""
        time.sleep(seconds)


def die() -> None:
    """As a power cut would: nothing is closed, nothing flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(SmtpTransport):
    """Dies at one step of one letter."""

    def __init__(self, port: int, step: str | None, victim: int) -> None:
        super().__init__("127.0.0.1", port, timeout=60)
        self.step, self.victim, self.carried = step, victim, 0

    @contextmanager
    def connected(self) -> Generator[None]:
        """Connects to the server, or dies."""
        if self.step == "before the server is greeted":
            die()
        with super().connected():
            yield

    def deliver(self, letter: Letter) -> str:
        """One letter, the victim's not to its end."""
        self.carried += 1
        self._at("when the letter is claimed")
        answer = super().deliver(letter)
        self._at("after the server's 250")
        return answer

    def _at(self, step: str) -> None:
        if self.step == step and self.carried == self.victim:
            die()

    def _connect(self) -> smtplib.SMTP:
        server = super()._connect()
        if self.step in STEPS:
            _watch(server, self)
        return server

    def record_sent(self, _: Letter) -> None:
        """The letter is recorded as sent."""
        self._at("after it stands in the books")


def _watch(server: smtplib.SMTP, mortal: Mortal) -> None:
    """Dies between the commands of the session."""
    docmd, send = server.docmd, server.send

    def watched_docmd(cmd: str, args: str = "") -> tuple[int, bytes]:
        answer = docmd(cmd, args)
        if cmd.lower() == "data":
            mortal._at("after DATA was accepted")  # pyright: ignore[reportPrivateUsage]
        return answer

    def watched_send(given: bytes | str) -> None:
        if len(given) > 2_000 and mortal.step == "half-way through the letter" and mortal.carried == mortal.victim:
            send(given[: len(given) // 2])
            die()
        send(given)
        if len(given) > 2_000:
            mortal._at("after the letter's last line")  # pyright: ignore[reportPrivateUsage]

    for name, step in (("mail", "after the sender"), ("rcpt", "after the recipient")):
        setattr(server, name, _dying(getattr(server, name), mortal, step))
    server.docmd, server.send = watched_docmd, watched_send  # type: ignore[method-assign]


def _dying(command, mortal: Mortal, step: str):  # type: ignore[no-untyped-def]
    def watched(address: str) -> tuple[int, bytes]:
        answer = command(address)
        mortal._at(step)  # pyright: ignore[reportPrivateUsage]
        return answer

    return watched


def run_once(folder: Path, port: int, letters: list[Letter], draw: random.Random) -> dict[str, str]:
    """One repetition: workers die at every step, then one lives. Returns the step at which each uncertain Message-ID
    was.

    `folder` is that of the outbox, `port` the Postfix's; `letters` are saved before; `draw` chooses the letters.
    """
    folder.mkdir()
    with Outbox.open(folder / "outbox.sqlite") as outbox:
        for letter in letters:
            outbox.save_letter(letter, at=datetime.now(UTC))
    room = max(2, len(letters) // (len(STEPS) + 1))
    doubted: dict[str, str] = {}
    for step in draw.sample(list(STEPS), len(STEPS)):
        _run_worker(folder, port, step, draw.randint(2, room))  # the first is the victim before
        with Outbox.open(folder / "outbox.sqlite") as outbox:
            doubted |= {s.message_id: step for s in outbox.load_letter_statuses() if s.state is LetterState.SENDING}
    _run_worker(folder, port, None, 0)
    with Outbox.open(folder / "outbox.sqlite") as outbox:
        tally = outbox.reconcile(at=datetime.now(UTC))
        assert (tally.sent, tally.deferred) == (len(letters), 0), tally
    return doubted


def _run_worker(folder: Path, port: int, step: str | None, victim: int) -> None:
    """A worker in a process of its own, killed unless `step` is None."""
    child = os.fork()
    if child == 0:
        try:
            with Outbox.open(folder / "outbox.sqlite") as outbox:
                mortal = Mortal(port, step, victim)
                send_due(outbox, mortal, clock=WallClock(), on_sent=mortal.record_sent)
        except BaseException:  # noqa: BLE001 - the edge of a process
            traceback.print_exc()
            os._exit(1)  # a worker leaves nothing to its parent's blocks
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed is (step is not None), f"{step}: the worker ended with {status}"


@contextmanager
def postfix(folder: Path) -> Generator[int]:
    """A Postfix of its own, at a free port; its Maildir is <folder>/mail."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    etc = folder / "etc"
    for part in (etc, folder / "queue", folder / "data", folder / "mail"):
        part.mkdir(parents=True)
    for path in (folder.parent, folder):
        path.chmod(0o755)
    (etc / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.bench.example
mydestination =
virtual_mailbox_domains = firme.example
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mail/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
alias_maps =
smtpd_client_connection_rate_limit = 0
smtpd_banner = mx.bench.example ESMTP
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
"""
    )
    services = Path("/etc/postfix/master.cf.proto")
    master = services if services.exists() else Path("/etc/postfix/master.cf")
    lines = [line for line in master.read_text().splitlines() if not line.startswith("smtp ") or "inet" not in line]
    (etc / "master.cf").write_text(
        "\n".join([f"127.0.0.1:{port} inet n - n - - smtpd", *(line.replace(" y ", " n ") for line in lines)]) + "\n"
    )
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", 65534, 65534)
    command = [shutil.which("postfix") or "/usr/sbin/postfix", "-c", str(etc)]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield port
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)


def wait_for(folder: Path) -> None:
    """Until the queue is empty and nothing more is delivered."""
    quiet = 0
    while quiet < 4:
        busy = any(
            any((folder / "queue" / name).rglob("[0-9A-F]*")) for name in ("incoming", "active", "maildrop", "deferred")
        )
        quiet = 0 if busy else quiet + 1
        time.sleep(0.25)


def make_letters(count: int, edition: str) -> list[Letter]:
    """Letters of an ordinary size, one a member."""
    text = b"\r\n".join([b"Une ligne d'un avis, comme il y en a beaucoup.", b".", b"..deux points"] * 250)
    letters: list[Letter] = []
    for n in range(count):
        name, address = f"<{n}.{edition}@cluster.example>", f"m{n}@firme.example"
        head = f"From: PIB <pib@cluster.example>\r\nTo: {address}\r\nMessage-ID: {name}\r\n\r\n"
        mime = head.encode() + text + b"\r\n"
        digest = hashlib.sha256(mime).hexdigest()
        letters.append(Letter(f"m{n}", edition, "pib@cluster.example", address, name, "Sujet", mime, digest, 1))
    return letters


def measure(members: int, repetitions: int, seed: int) -> dict[str, object]:
    """All repetitions against one Postfix, and the messages in its Maildir at the end."""
    draw, began = random.Random(seed), time.monotonic()
    due: dict[str, Letter] = {}
    doubted: dict[str, str] = {}
    folder = Path(tempfile.mkdtemp(prefix="pib-bench-"))
    try:
        with postfix(folder / "mx") as port:
            for number in range(repetitions):
                letters = make_letters(members, f"r{number}")
                due |= {letter.message_id: letter for letter in letters}
                doubted |= run_once(folder / f"r{number}", port, letters, draw)
            wait_for(folder / "mx")
        arrived = [email.message_from_bytes(place.read_bytes()) for place in (folder / "mx/mail/new").iterdir()]
    finally:
        shutil.rmtree(folder)
    times = Counter(str(message["Message-ID"]) for message in arrived)
    return {
        "members": members,
        "repetitions": repetitions,
        "kills": repetitions * len(STEPS),
        "due": len(due),
        "lost": len(due.keys() - times.keys()),
        "strange": len(times.keys() - due.keys()),
        "changed": sum(not _is_whole(message, due) for message in arrived),
        "steps": {step: _count_step(step, doubted, times) for step in STEPS},
        "doubled_without_doubt": sum(n > 1 and name not in doubted for name, n in times.items()),
        "most_copies": max(times.values(), default=0),
        "seconds": round(time.monotonic() - began, 1),
    }


def _count_step(step: str, doubted: dict[str, str], times: Counter[str]) -> dict[str, int]:
    names = [name for name, at in doubted.items() if at == step]
    return {"in_doubt": len(names), "arrived_twice": sum(times[name] == 2 for name in names)}


def _is_whole(message: email.message.Message, due: dict[str, Letter]) -> bool:
    sent = due[str(message["Message-ID"])].mime.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n")
    return str(message.get_payload()).encode() == sent


def main() -> int:
    """Measures, prints, and returns as exit code whether every letter arrived as required."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--repetitions", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("postfix", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        print("bench.sending needs root and Debian's postfix (apt-get install postfix)", file=sys.stderr)
        return 2
    found = measure(chosen.members, chosen.repetitions, chosen.seed)
    print(json.dumps(found) if chosen.json else summary_of(found))
    unlawful = [step for step, may in STEPS.items() if not may and found["steps"][step]["arrived_twice"]]  # type: ignore[index]
    return int(
        bool(found["lost"] or found["strange"] or found["changed"] or found["doubled_without_doubt"] or unlawful)
    )


def summary_of(found: dict[str, object]) -> str:
    """The figures as text."""
    steps = found["steps"]
    assert isinstance(steps, dict)
    lines = [f"{'killed':32} {'in doubt':>9} {'came twice':>11}   SMTP can know"]
    for step, counts in steps.items():
        known = "no" if STEPS[step] else "yes"
        lines.append(f"{step:32} {counts['in_doubt']:9} {counts['arrived_twice']:11}   {known}")
    rest = {name: value for name, value in found.items() if name != "steps"}
    return "\n".join([*lines, "", *(f"{name:24} {value}" for name, value in rest.items())])


if __name__ == "__main__":
    raise SystemExit(main())
