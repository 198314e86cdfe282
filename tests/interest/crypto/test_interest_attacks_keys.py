"""Attacks on tokens, keys, introductions and links, named as in the design: 10 to 14, 16 and 17. Each fails when its
defence is switched off: `python -m bench.interest.mutations` switches them off one by one.
"""

from __future__ import annotations

import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from interest.competence_families import FAMILIES
from interest.crypto.blind_signatures import blind, blind_sign, encode_pss, finalize, prepare
from interest.crypto.key_manifest import Chain, Manifest, check_chain
from interest.crypto.key_rotation import read_signing_key
from interest.crypto.messages import (
    SEALED_SIZE,
    Declaration,
    DeclaredRole,
    Wishes,
    check_families,
    open_message,
    seal_message,
)
from interest.crypto.receipts import Receipt, row_of
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestRefused, ManifestRefused, RefusalReason
from interest.folders import Mode, key_name, write_mode
from interest.partners.competition_law import Bid, flag_competition_risks, members_with_second_bid
from interest.partners.partner_inbox import OpenedEnvelope, open_envelopes, open_wishes, read_cards
from interest.partners.partner_search import (
    Identity,
    OfferReference,
    accept,
    post_card,
    post_offer,
    post_wishes,
    wish_tag,
)
from interest.roles.collector import Collector
from interest.roles.issuer import Issuer, sign_request
from interest.roles.vault_forms import InterestLinks, answer_request
from tests.support.interest.interest_world import LOT, MONDAY, OTHER, World, members_of, rsa_keys


def issue(world: World, member: str, lot: str = LOT) -> tuple[bytes, bytes]:
    """A member's token for a lot: what was prepared, and its signature."""
    key = SigningKey.generate()
    issuer = Issuer(world.room.issuer)
    issuer.enrol(member, key.verify_key.encode().hex())
    public = signing_key(world, lot).public_key()
    prepared = prepare(b"pib token 1")
    blinded = blind(public, prepared)
    blinded_messages = {lot: blinded.message}
    signed = issuer.issue(member, blinded_messages, sign_request(key, member, blinded_messages))[lot]
    again = {lot: blind(public, prepared).message}
    with pytest.raises(InterestRefused):
        issuer.issue(member, again, sign_request(key, member, again))
    return prepared, finalize(public, prepared, signed, blinded.inverse)


def signing_key(world: World, lot: str) -> RSAPrivateKey:
    return read_signing_key(world.room.issuer / "keys" / key_name(lot))


def test_attack_10_tokens_replayed_foreign_swapped_or_cut_are_refused_and_none_is_issued_twice(tmp_path: Path) -> None:
    write_mode(tmp_path / "public", Mode.BLIND)
    world = World(tmp_path, LOT, OTHER)
    collector = Collector(world.room.public, world.room.collector)
    prepared, signature = issue(world, "m020")
    receipt = Receipt.fresh()
    plain = Declaration(LOT, ("power",), DeclaredRole.LEAD, "0" * 64, receipt.leaf.hex())
    sealed = seal_message(bytes.fromhex(world.keys().sealing_pk), plain)

    def declare(lot: str, prepared: bytes, signature: bytes) -> None:
        row = row_of(Receipt.fresh().claim)
        collector.declare(lot, prepared, signature, row=row, sealed=sealed, today=MONDAY)

    spoilt: list[Callable[[], None]] = [
        lambda: declare(OTHER, prepared, signature),
        lambda: declare(LOT, prepared + b"x", signature),
        lambda: declare(LOT, prepared, signature[:-1]),
        lambda: declare(LOT, prepared, b""),
        lambda: declare(LOT, prepared, bytes(256)),
        lambda: declare(LOT, prepare(b"pib token 1"), signature),
    ]
    collector.declare(LOT, prepared, signature, row=row_of(receipt.claim), sealed=sealed, today=MONDAY)
    spoilt.append(lambda: declare(LOT, prepared, signature))
    for attempt in spoilt:
        with pytest.raises(InterestRefused) as refused:
            attempt()
        assert refused.value.why is RefusalReason.TOKEN
    collector.withdraw(LOT, receipt.claim)
    with pytest.raises(InterestRefused):
        declare(LOT, prepared, signature)
    world.gate.run(MONDAY)
    with pytest.raises(InterestRefused):
        declare(LOT, prepared, signature)
    assert len(SealedStore(world.room.collector).rows()) == 1


def test_attack_11_blindness_any_transcript_fits_any_token() -> None:
    key = rsa_keys()[0]
    n, e, d = key.public_key().public_numbers().n, 65537, key.private_numbers().d
    transcripts, tokens = [], []
    for _ in range(4):
        prepared, salt = prepare(b"pib token 1"), bytes(48)
        blinded = blind(key.public_key(), prepared, salt=salt)
        transcripts.append(blinded.message)
        tokens.append(
            (prepared, finalize(key.public_key(), prepared, blind_sign(key, blinded.message), blinded.inverse))
        )
    for message in transcripts:
        for prepared, signature in tokens:
            encoded = int.from_bytes(encode_pss(prepared, key.key_size - 1, bytes(48)), "big")
            factor = pow(int.from_bytes(message, "big") * pow(encoded, -1, n), d, n)
            inverse = pow(factor, -1, n)
            assert encoded * pow(factor, e, n) % n == int.from_bytes(message, "big")
            assert blind(key.public_key(), prepared, salt=bytes(48), inverse=inverse).message == message
            assert finalize(key.public_key(), prepared, blind_sign(key, message), inverse) == signature
    assert len(set(transcripts)) == 4


def test_attack_11_blindness_what_is_sent_is_random_though_what_is_meant_is_not() -> None:
    key = rsa_keys()[0].public_key()
    prepared = prepare(b"pib token 1", bytes(32))
    assert len({blind(key, prepared, salt=bytes(48)).message for _ in range(20)}) == 20


def test_attack_12_key_tagging_the_client_stops(tmp_path: Path) -> None:
    world = World(tmp_path)
    chain = Chain(world.room.public / "manifests")
    manifest = chain.last()
    mine = next((world.room.public / "keys").iterdir()).read_bytes()
    manifest.check_key(LOT, mine)
    tagged = rsa_keys()[1].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for key in (tagged, mine[:-1], b""):
        with pytest.raises(ManifestRefused):
            manifest.check_key(LOT, key)
    with pytest.raises(ManifestRefused):
        manifest.check_key(OTHER, mine)
    own = Manifest((replace(manifest.lots[0], sealing_pk="ab" * 32),), manifest.prev_sha256)
    following = Manifest((), own.sha256)
    with pytest.raises(ManifestRefused):
        check_chain(manifest.sha256, (following,))


def test_attack_13_mutual_wish_one_side_alone_leaves_only_a_random_looking_tag(tmp_path: Path) -> None:
    world = World(tmp_path)
    a, b, c = (world.declare(member) for member in ("m020", "m021", "m022"))
    keys = [PrivateKey.generate() for _ in range(3)]
    publics = [bytes(key.public_key) for key in keys]
    who = [Identity(f"m02{n}", f"Firm {n}", f"firm{n}@cluster.example") for n in range(3)]
    world.gate.run(MONDAY)
    before = world.export("introductions.json")
    post_wishes(world.box, a, world.keys(), keys[0], [publics[1], publics[2]], who[0])
    world.gate.run(MONDAY + timedelta(days=1))
    later = (MONDAY + timedelta(days=1)).isoformat()
    assert world.export("introductions.json") == before.replace(MONDAY.isoformat().encode(), later.encode())
    assert posted_tags(world) == [5]
    post_wishes(world.box, b, world.keys(), keys[1], [publics[0]], who[1])
    post_wishes(world.box, c, world.keys(), keys[2], [], who[2])
    assert posted_tags(world) == [5, 5, 5]
    world.gate.run(MONDAY + timedelta(days=2))
    released = world.export("introductions.json")
    assert json.loads(released)["matched_tags"] == [wish_tag(keys[0], publics[1], LOT)]
    assert who[1] in open_wishes(keys[0], publics[1:], LOT, released)
    assert who[0] in open_wishes(keys[1], [publics[0], publics[2]], LOT, released)
    assert open_wishes(keys[2], publics[:2], LOT, released) == ()


def posted_tags(world: World) -> list[int]:
    """How many tags each set of wishes in the store holds, for who has the gate's key."""
    key = PrivateKey((world.room.gate / "keys" / key_name(LOT)).read_bytes())
    messages = (open_message(key, row.sealed) for row in SealedStore(world.room.collector).rows())
    return [len(set(wishes.tags)) for wishes in messages if isinstance(wishes, Wishes)]


ASKER, OFFERER = Identity("m000", "Asker SRL", "asker@cluster.example"), Identity("m005", "Offer SA", "o@x.example")


def introduce(world: World) -> tuple[Receipt, Receipt]:
    """A card, an offer, and both accept; the nights pass until only the introduction is due."""
    asker, offerer = world.declare("m000"), world.declare("m005", "media")
    directory = world.directory
    post_card(world.box, asker, world.keys(), directory.by_member["m000"], directory, [wanted(world)], 5)
    world.gate.run(MONDAY)
    (card,) = read_cards(world.export("need_cards.json"))
    offer_id = post_offer(world.box, offerer, world.keys(), directory.by_member["m005"], directory, card, "media", 5)
    world.gate.run(MONDAY + timedelta(days=1))
    (brought,) = open_envelopes(asker, world.export("introductions.json"))
    assert brought.identity is None
    there = OfferReference(card.card_id, brought.offer_id, brought.reply_pk)
    accept(world.box, asker, world.keys(), there, ASKER, "We have no one who films.")
    world.gate.run(MONDAY + timedelta(days=2))
    assert {opened_envelope.identity for opened_envelope in opened(world, asker, offerer)} == {None}
    back = OfferReference(card.card_id, offer_id, card.reply_pk)
    accept(world.box, offerer, world.keys(), back, OFFERER, "We cannot host it alone.")
    return asker, offerer


def wanted(world: World) -> str:
    assert "media" not in world.directory.by_member["m000"].families
    return "media"


def opened(world: World, *receipts: Receipt) -> list[OpenedEnvelope]:
    body = world.export("introductions.json")
    return [opened_envelope for receipt in receipts for opened_envelope in open_envelopes(receipt, body)]


def test_both_identities_are_released_in_the_same_night_to_the_two_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    asker, offerer = introduce(world)
    world.gate.run(MONDAY + timedelta(days=3))
    assert [opened_envelope.identity for opened_envelope in opened(world, asker)] == [OFFERER]
    assert [opened_envelope.identity for opened_envelope in opened(world, offerer)] == [ASKER]
    assert opened(world, Receipt.fresh()) == []
    assert all(opened_envelope.note_sha256 for opened_envelope in opened(world, asker, offerer))


def test_attack_14_one_side_that_consents_is_named_to_nobody(tmp_path: Path) -> None:
    world = World(tmp_path)
    asker, offerer, directory = world.declare("m000"), world.declare("m005", "media"), world.directory
    post_card(world.box, asker, world.keys(), directory.by_member["m000"], directory, [wanted(world)], 5)
    world.gate.run(MONDAY)
    (card,) = read_cards(world.export("need_cards.json"))
    offer = post_offer(world.box, offerer, world.keys(), directory.by_member["m005"], directory, card, "media", 5)
    reference = OfferReference(card.card_id, offer, card.reply_pk)
    accept(world.box, offerer, world.keys(), reference, OFFERER, "We cannot host it alone.")
    world.gate.run(MONDAY + timedelta(days=1))
    assert [brought.identity for brought in opened(world, asker, offerer)] == [None]


def test_silence_an_offer_and_an_introduction_look_the_same_from_outside(tmp_path: Path) -> None:
    world = World(tmp_path)
    introduce(world)
    shapes = []
    for night in range(3):
        if night == 2:
            world.gate.run(MONDAY + timedelta(days=3))
        path = world.room.gate / "nights" / (MONDAY + timedelta(days=night if night < 2 else 3)).isoformat()
        envelopes = json.loads((path / "introductions.json").read_bytes())["envelopes"]
        shapes.append([(sorted(envelope), len(envelope["sealed"])) for envelope in envelopes])
    assert shapes[0] == shapes[1] == shapes[2]
    assert len(shapes[0]) == 6


@contextmanager
def disk_that_ends(limit: int) -> Iterator[None]:
    """No file can grow beyond so many bytes: each write breaks off there, as when the machine dies."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    except (OSError, sqlite3.Error):
        pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_attack_14_a_crash_between_the_two_envelopes_releases_none_or_both(tmp_path: Path) -> None:
    world = World(tmp_path)
    asker, offerer = introduce(world)
    night = MONDAY + timedelta(days=3)

    def named() -> int:
        return len([opened_envelope for opened_envelope in opened(world, asker, offerer) if opened_envelope.identity])

    for limit in range(0, 33_000, 3_000):
        with disk_that_ends(limit):
            world.gate.decide(night)
        with disk_that_ends(limit):
            world.gate.publish()
        assert named() == 0
    world.gate.decide(night)
    for limit in range(0, 40_000, 3_000):
        with disk_that_ends(limit):
            world.gate.publish()
        assert named() in (0, 2)
    world.gate.publish()
    assert [opened_envelope.identity for opened_envelope in opened(world, asker, offerer)] == [OFFERER, ASKER]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "get", ""])
def test_attack_16_a_mail_scanner_that_follows_every_link_changes_nothing(tmp_path: Path, method: str) -> None:
    world = World(tmp_path)
    receipt, links = world.declare("m020"), InterestLinks(world.room)
    tokens = [links.make(member, lot) for member in ("m020", "m021") for lot in (LOT, OTHER)]
    before = {path: (path.read_bytes(), path.stat().st_mtime) for path in tmp_path.rglob("*") if path.is_file()}
    families = world.vault.choices("m020")[:1]
    for form in (
        {},
        {"act": ["withdraw"], "code": [receipt.code]},
        {"act": ["declare"], "families": families, "role": ["lead"]},
    ):
        for token in (*tokens, "", "x", tokens[0][:-1]):
            answer = answer_request(world.vault, links, method, token, form, today=MONDAY)
            assert (answer.done, answer.code) == ("", "")
    after = {path: (path.read_bytes(), path.stat().st_mtime) for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


def test_only_a_post_of_our_own_form_acts(tmp_path: Path) -> None:
    world = World(tmp_path)
    links = InterestLinks(world.room)
    token, families = links.make("m020", LOT), world.vault.choices("m020")[:1]
    declared = {"act": ["declare"], "families": families, "role": ["either"]}
    answer = answer_request(world.vault, links, "POST", token, declared, today=MONDAY)
    assert world.vault.check(answer.code).kept
    assert answer_request(world.vault, links, "POST", token[:-2], declared, today=MONDAY).refused is RefusalReason.TOKEN
    withdrawn = answer_request(
        world.vault, links, "POST", token, {"act": ["withdraw"], "code": [answer.code]}, today=MONDAY
    )
    assert withdrawn.standing is not None
    assert not withdrawn.standing.kept
    assert b"m020" not in token.encode()
    assert token == InterestLinks(world.room).make("m020", LOT)


@given(st.text(max_size=40))
@settings(max_examples=30)
def test_attack_17_free_text_is_refused(text: str) -> None:
    if text not in FAMILIES:
        with pytest.raises(InterestRefused):
            check_families((text,))


def test_attack_17_a_form_with_a_field_of_its_own_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    links = InterestLinks(world.room)
    families = world.vault.choices("m020")[:1]
    form = {"act": ["declare"], "families": families, "role": ["lead"], "remark": ["call me, 0470 00 00 00"]}
    answer = answer_request(world.vault, links, "POST", links.make("m020", LOT), form, today=MONDAY)
    assert answer.refused is RefusalReason.FORM
    assert SealedStore(world.room.collector).rows() == ()


def test_attack_17_oversized_and_self_sufficient_coalitions_are_flagged(tmp_path: Path) -> None:
    directory = World(tmp_path).directory
    able = members_of(directory, "media")
    assert flag_competition_risks(set(able[:5]), "media", directory, set()) == ()
    (oversized,) = flag_competition_risks(set(able[:6]), "media", directory, set())
    assert "6 of the 10" in oversized
    (twice,) = flag_competition_risks({"m020", "m021"}, "media", directory, {"m020", "m021", "m022"})
    assert "alone" in twice
    assert flag_competition_risks({"m020", "m021"}, "media", directory, {"m020", "m022"}) == ()


def test_a_member_stands_in_one_bid_per_lot() -> None:
    first, second = Bid(LOT, frozenset({"a", "b"})), Bid(LOT, frozenset({"b", "c"}))
    assert members_with_second_bid(second, [first]) == ("b",)
    assert members_with_second_bid(first, [first, Bid(OTHER, frozenset({"a", "d"}))]) == ()


def test_a_sealed_message_has_one_size_whatever_it_says() -> None:
    public = bytes(PrivateKey.generate().public_key)
    short = Declaration("x", ("data",), DeclaredRole.LEAD, "0" * 64, "0" * 64)
    long = Declaration("x" * 200, ("advice", "geography", "operation"), DeclaredRole.PARTNER, "0" * 64, "0" * 64)
    assert {len(seal_message(public, plain)) for plain in (short, long)} == {SEALED_SIZE}
