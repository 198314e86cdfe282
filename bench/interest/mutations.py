"""Each defence of interest switched off, one at a time: does its attack succeed? `python -m bench.interest.mutations`.

The project is copied, the one defence is cut out of the copy's source, and the test named after the attack is run
there. It must fail: a test that passes without its defence tests nothing. Prints a table; exits with 1 when a test
survived, or when a defence is no longer where the table says. `--only N` runs one attack's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("interest", "digests", "portal", "pipelines", "bench", "tests", "pyproject.toml")
LINKED = ("warehouse", "scrapers", "matching", "presentation", "dagster.yaml")
LIBRARIES = ("hypothesis.stateful", "nacl.public", "nacl.signing", "gmpy2", "pyarrow.parquet", "duckdb", "dagster")
PARTNERS = "interest/partners/test_interest_attacks_k_anonymity.py"
LINKAGE = "interest/partners/test_interest_attacks_linkage.py"
SECOND = "interest/roles/test_interest_attacks_second_declaration.py"
CLOCK = "interest/crypto/test_interest_attacks_clock.py"
GROUPS = "interest/partners/test_interest_groups.py"
LETTERS = "digests/rendering/test_letter_choices.py"
PAGES = "portal/pages/test_portal_interest.py"
KEYS = "interest/crypto/test_interest_attacks_keys.py"
NIGHT = "pipelines/nightly/test_interest_attacks_night.py"


UNSHRUNK = """
from hypothesis import Phase

settings.register_profile("unshrunk", derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("unshrunk")
"""
"""A counterexample is enough here; nobody reads how small it can be."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A defence: its name, its place in the source, the source without it; and the test that must fail then."""

    attack: int
    defence: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: str
    only: str


def off(attack: int, defence: str, file: str, old: str, new: str, tests: str, only: str) -> Mutation:
    """A mutation of one edit: `old` becomes `new` in `file`.

    `attack` is the number of the attack and `defence` what is switched off; `tests` is the test file and `only` the
    expression that selects the test that must fail.
    """
    return Mutation(attack, defence, file, ((old, new),), tests, only)


MUTATIONS = (
    off(1, "every class of previews is a crowd", "interest/partners/k_anonymity.py",
        "if len(group) >= min_size}", "if group}", PARTNERS, "attack_01_linkage_even"),
    off(1, "the gate checks the preview of a card", "interest/partners/k_anonymity.py",
        "for member, own in shown.items() if own == preview)", "for member in shown)",
        PARTNERS, "attack_01_linkage_every"),
    off(1, "another reply key for each card and offer", "interest/crypto/receipts.py",
        'f"reply {side} {card_id}"', '"reply of all"', LINKAGE, "attack_01_linkage_no_reply_key"),
    off(1, "no card under the key of its declaration", "interest/partners/introductions.py",
        " or card.reply_pk == owner.reply_pk", "", LINKAGE, "attack_01_linkage_a_card_under"),
    off(1, "all cards of a declaration share a crowd", "interest/partners/introductions.py",
        "if is_wide and anonymity_sets.admit(sender, fitting):",
        "if is_wide and len(fitting) >= policy.crowd:", LINKAGE, "attack_01_linkage_of_all_cards"),
    off(1, "an offer shares a crowd over all its nights", "interest/partners/introductions.py",
        'if anonymity_sets.admit(f"{sender} {card.card_id}", fitting):',
        "if len(fitting) >= policy.crowd:", LINKAGE, "attack_01_linkage_over_all_nights"),
    off(1, "the gate remembers who fitted in earlier nights", "interest/release/release_gate.py",
        "AnonymitySets(memory.anonymity_sets, ", "AnonymitySets({}, ", LINKAGE, "attack_01_linkage_over_all_nights"),
    off(2, "a family needs eight in the directory", "interest/policy.py",
        "directory >= self.family_directory and ", "", PARTNERS, "attack_02"),
    off(3, "no more than half of a family", "interest/policy.py",
        "self.family_least <= count and 2 * count <= directory", "self.family_least <= count", PARTNERS, "attack_03"),
    off(4, "five members between two published states", "interest/release/release_rules.py",
        " or min(apart) < policy.change_least", "", PARTNERS, "Attack04"),
    off(4, "compared with every state, not the last alone", "interest/release/release_rules.py",
        "in memory.published if", "in memory.published[-1:] if", PARTNERS, "Attack04"),
    off(5, "no chance in a night", "interest/release/release_gate.py",
        "seed = derive(self._secret(), night.isoformat())", "seed = secrets.token_bytes(32)", PARTNERS, "attack_05"),
    off(6, "file times are fixed", "interest/atomic_files.py",
        "os.utime(path, (FIXED_TIME, FIXED_TIME))", "path.stat()", PARTNERS, "attack_06"),
    Mutation(6, "the store keeps no order of arrival", "interest/crypto/sealed_store.py",
             ((") without rowid, strict", ") strict"), ("from sealed order by slot", "from sealed order by rowid")),
             PARTNERS, "attack_06"),
    off(7, "a family needs three", "interest/policy.py",
        "self.family_least <= count", "1 <= count", PARTNERS, "attack_07_two"),
    off(7, "coming and going counts once", "interest/release/release_rules.py",
        "return sum(people.get(slot) != others.get(slot) for slot in people.keys() | others.keys())",
        "return len(people) + len(others)", PARTNERS, "attack_07_one"),
    off(8, "the orchestrator is told nothing", "pipelines/assets/cluster.py",
        "        interest.run_interest_gate(of_cluster(workspace, cluster), night_of(context))\n"
        "        return MaterializeResult()",
        "        interest.run_interest_gate(of_cluster(workspace, cluster), night_of(context))\n"
        "        return MaterializeResult(metadata={'rows': len(interest.gate_of(workspace)._store.rows())})",
        NIGHT, "attack_08"),
    off(9, "every open lot has its rows", "interest/release/release_gate.py",
        "            cells.extend(self._cells(",
        "            if lot.people:\n                cells.extend(self._cells(", PARTNERS, "attack_09"),
    off(10, "a token is a signature of its lot's key", "interest/roles/collector.py",
        "if not is_valid(self._public_key(lot_uid), prepared, signature):", "if not signature:", KEYS, "attack_10"),
    off(10, "a token is spent once", "interest/crypto/sealed_store.py",
        "        return not taken\n", "        return True\n",
        KEYS, "attack_10"),
    off(10, "one signature per member and lot", "interest/roles/issuer.py",
        "if found.fetchone()[0] != row[2]:", "if False:",
        KEYS, "attack_10"),
    off(10, "a withdrawn token stays spent", "interest/roles/collector.py",
        "self._store.mark_withdrawn(\n            row_of(claim), withdrawn_record, (",
        "self._store.withdraw(\n            row_of(claim), (",
        KEYS, "attack_10"),
    off(11, "the message is blinded by chance", "interest/crypto/blind_signatures.py",
        "inverse = _random_unit(n) if inverse is None else inverse", "inverse = 1 if inverse is None else inverse",
        KEYS, "attack_11_blindness_what"),
    off(11, "the factor hides the whole message", "interest/crypto/blind_signatures.py",
        "hidden = encoded * pow(inverse, -e, n) % n", "hidden = encoded", KEYS, "attack_11_blindness_any"),
    off(12, "no key but the manifest's", "interest/crypto/key_manifest.py",
        "if sha256(spki) != self.find(lot_uid).spki_sha256:", "if False:", KEYS, "attack_12"),
    off(12, "one chain of manifests", "interest/crypto/key_manifest.py",
        "if manifest.prev_sha256 != seen:", "if False:", KEYS, "attack_12"),
    off(13, "a tag is released when two hold it", "interest/partners/introductions.py",
        "if len(by_owner) == 2)", "if by_owner)", KEYS, "attack_13"),
    off(13, "always five tags", "interest/partners/partner_search.py",
        "range(WISH_TAGS - len(posted))", "range(0)", KEYS, "attack_13"),
    off(14, "a file appears whole", "interest/atomic_files.py",
        'part = path.with_name(path.name + ".part")', "part = path", KEYS, "attack_14"),
    off(14, "both accept before either is named", "interest/partners/envelopes.py",
        "in consents and _asker(card, offer, consents)]", "in consents]", KEYS, "attack_14"),
    off(15, "the dead leave the store", "interest/release/release_gate.py",
        "return opened, frozenset(rows) - living", "return opened, frozenset()", NIGHT, "attack_15"),
    off(15, "keys are destroyed", "interest/crypto/key_rotation.py",
        'destroy(folder / "keys" / name)', "pass", NIGHT, "attack_15"),
    off(16, "looking changes nothing", "interest/roles/vault_forms.py",
        'if method != "POST":', 'if method == "HEAD":', KEYS, "attack_16"),
    off(17, "oversized coalitions are flagged", "interest/partners/competition_law.py",
        "2 * len(inside) > len(able)", "len(inside) > len(able)", KEYS, "attack_17_oversized"),
    off(17, "two who could each alone are flagged", "interest/partners/competition_law.py",
        "if len(alone) > 1:", "if len(alone) > 2:", KEYS, "attack_17_oversized"),
    off(17, "families are chosen, not written", "interest/crypto/messages.py",
        "<= 3 or not set(chosen) <= FAMILIES.keys()", "<= 3", KEYS, "attack_17_free"),
    off(17, "a form holds our fields only", "interest/roles/vault_forms.py",
        "if set(form) != _FIELDS.get(act):", "if act not in _FIELDS:", KEYS, "attack_17_a_form"),
    off(18, "totals are told in bands", "interest/release/release_rules.py",
        "State(policy.band_of(len(people)), stated)", "State(str(len(people)), stated)", PARTNERS, "attack_18"),
    off(19, "declaring again stands behind", "interest/roles/vault.py",
        "            place = self._store.count_places(slots)\n",
        "            self._store.erase(slots[0])\n            place = 0\n",
        SECOND, "attack_19_a_second"),
    off(19, "a member counts once", "interest/roles/vault.py",
        'slots[0].hex() if place else ""', '""', SECOND, "attack_19_a_member"),
    off(19, "what was declared first counts", "interest/release/lot_contents.py",
        "people.setdefault(sender, message.families)", "people[sender] = message.families",
        SECOND, "attack_19_a_second"),
    off(19, "one card and five offers of a member", "interest/partners/introductions.py",
        "        return self.senders[message.owner]", "        return message.owner",
        SECOND, "attack_19_a_second_declaration_shows"),
    off(19, "a repeated declaration is answered as the first", "interest/roles/vault.py",
        "            place = self._store.count_places(slots)\n",
        "            place = self._store.count_places(slots)\n            if place:\n"
        "                raise InterestRefused(RefusalReason.RECEIPT)\n",
        SECOND, "attack_19_nothing"),
    off(19, "every declaration has its leaf", "interest/release/release_gate.py",
        "        for message in lot.messages.declarations.values():\n",
        "        for message in list(lot.messages.declarations.values())[: len(lot.people)]:\n",
        SECOND, "attack_19_nothing"),
    off(20, "the asker consents with its card", "interest/partners/envelopes.py",
        "    return consents.get((card.owner, ANY_OFFER)) or ", "    return ", GROUPS, "attack_20"),
    off(20, "the neutral line is in every letter", "digests/rendering/letter_view.py",
        "return phrases.translate(look), phrases", 'return phrases.translate(look) if digest.items else "", phrases',
        LETTERS, "attack_20"),
    off(22, "who was met is remembered", "interest/release/release_gate.py",
        "introduced.get(card.card_id, ())", "()", GROUPS, "attack_22"),
    off(22, "one firm is met for each family", "interest/partners/envelopes.py",
        " and (is_named or brought_family(offer, card) not in covered)", "", GROUPS, "attack_22"),
    off(22, "an identity is sealed to the meeting key", "interest/partners/partner_search.py",
        "seal_to(bytes.fromhex(reference.reply_pk), who, IDENTITY_SIZE)", "who", GROUPS, "attack_22"),
    off(23, "a partner's card reaches its families alone", "portal/interest_service.py",
        "and own & set(card.families_wanted) and", "and", PAGES, "attack_23"),
    off(23, "a partner's card says nothing but a preview", "interest/release/partner_clusters.py",
        "if _is_plain(card)]", "]", PAGES, "attack_23"),
    off(21, "a jump destroys no key", "interest/crypto/key_rotation.py",
        "if is_trusted and window", "if window",
        CLOCK, "attack_21_a_clock"),
    off(21, "an earlier version's last night counts", "interest/crypto/trusted_day.py",
        "TrustedDay(max(_days_of_earlier_nights(room), default=None))", "TrustedDay()",
        CLOCK, "attack_21_a_room"),
    off(21, "a repeated jump is a jump", "interest/crypto/trusted_day.py",
        "_write(room, TrustedDay(known.trusted, today))", "_write(room, TrustedDay(today, today))",
        CLOCK, "attack_21_a_clock"),
    off(21, "a held night decides nothing", "pipelines/nightly/interest.py",
        "is_over(night) and trust_day(room, night):", "is_over(night):", NIGHT, "attack_21"),
)  # fmt: skip


def copy_project(folder: Path) -> None:
    """A copy of the project, the rooms that no mutation touches by link."""
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "recordings")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copyfile(source, folder / name)
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(UNSHRUNK)
    for name in LINKED:
        (folder / name).symlink_to(PROJECT / name)


def attack(folder: Path, tests: str, only: str) -> int:
    """Runs the tests of a name in a copy; pytest's exit code (0 passed, 1 failed). In a child of this process, which
    has the libraries loaded but nothing of the project."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    words = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", f"tests/{tests}", "-k", only]
    os._exit(int(pytest.main(words)))


def mutate(folder: Path, mutation: Mutation) -> str:
    """Switches a defence off, attacks, and switches it on again: "fails", as it must, "SURVIVED", or "GONE"."""
    path = folder / mutation.file
    whole = path.read_text(encoding="utf-8")
    if any(whole.count(old) != 1 for old, _ in mutation.edits):
        return "GONE"
    spoilt = whole
    for old, new in mutation.edits:
        spoilt = spoilt.replace(old, new)
    path.write_text(spoilt, encoding="utf-8")
    code = attack(folder, mutation.tests, mutation.only)
    path.write_text(whole, encoding="utf-8")
    return {0: "SURVIVED", 1: "fails"}.get(code, f"pytest {code}")


def main() -> int:
    """Prints the table; 1 when a test survives its defence."""
    parser = argparse.ArgumentParser(prog="python -m bench.interest.mutations", description=__doc__)
    parser.add_argument("--only", type=int, nargs="+", help="these attacks' alone")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if not arguments.only or mutation.attack in arguments.only]
    results: list[tuple[Mutation, str]] = []
    for library in LIBRARIES:
        import_module(library)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder)
        for mutation in chosen:
            results.append((mutation, mutate(folder, mutation)))
            if not arguments.json:
                row = f"{mutation.attack:2d}  {mutation.defence:<46}  {mutation.file:<26}  {results[-1][1]}"
                print(row, flush=True)
    if arguments.json:
        print(json.dumps([{"attack": m.attack, "defence": m.defence, "file": m.file, "test": r} for m, r in results]))
    attacks = {mutation.attack for mutation, _ in results}
    caught = sum(result == "fails" for _, result in results)
    if not arguments.json:
        print(f"{len(results)} defences of {len(attacks)} attacks switched off; {caught} tests failed, as they must")
    return 0 if caught == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
