"""The client (blind mode): a member's, or a partner cluster's, own program, with a folder of its own.

It asks tokens for every lot of the manifest, so that asking tells nothing, and declares with one whenever it likes,
better later and from elsewhere. It uses no key that the manifest does not name, and no manifest that does not follow
from the one it saw last: then it stops (ManifestRefused).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from nacl.signing import SigningKey

from interest.atomic_files import make_private_folder, pretty, write_undated
from interest.crypto.blind_signatures import blind, finalize, prepare
from interest.crypto.key_manifest import NO_MANIFEST, LotKeys, Manifest, check_chain, read_manifest
from interest.crypto.messages import Declaration, DeclaredRole, check_families, seal_message
from interest.crypto.receipts import Receipt, row_of
from interest.errors import InterestRefused, ManifestRefused, NotSetUp, RefusalReason
from interest.folders import key_name
from interest.roles.http_rpc import call_role, fetch
from interest.roles.issuer import sign_request


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A collector at the other end of the wire (interest.partnering posts through it)."""

    url: str

    def follow(self, claim: bytes, number: int, sealed: bytes, *, replace: bool) -> bool:
        """Keeps a message in a place of the declaration; False when it cannot.

        `claim` is the declaration's, `number` the place, below EXTRAS, `sealed` the message; `replace` whether it may
        take the place of another.
        """
        reply = {"claim": claim.hex(), "number": number, "sealed": sealed.hex(), "replace": replace}
        return bool(call_role(f"{self.url}/follow", reply)["kept"])


class Client:
    """A client's folder: its key, its tokens, its receipts, and the manifest it saw last."""

    def __init__(self, folder: Path, member: str, issuer: str, collector: str) -> None:
        self._path = make_private_folder(folder) / "client.json"
        self._member, self._issuer, self.mailbox = member, issuer, Mailbox(collector)
        self._kept: dict[str, Any] = {"seen": [], "tokens": {}, "receipts": {}}
        if self._path.is_file():
            self._kept = json.loads(self._path.read_bytes())

    def enrol(self) -> str:
        """Makes the client's key once; the public half, for the issuer's `pib interest enrol`."""
        if "key" not in self._kept:
            self._kept["key"] = SigningKey.generate().encode().hex()
            self._keep()
        return self._key().verify_key.encode().hex()

    def manifest(self) -> Manifest:
        """The newest manifest, once it is sure to follow from the one seen before. Raises ManifestRefused."""
        names = cast(list[str], json.loads(fetch(f"{self._issuer}/public/manifests/")))
        seen = cast(list[str], self._kept["seen"])
        new = tuple(read_manifest(fetch(f"{self._issuer}/public/manifests/{name}")) for name in names[len(seen) :])
        if len(names) < len(seen) or (seen and not new and self._fetched_head(names) != seen[-1]):
            raise ManifestRefused("the manifests seen before are gone; stop, and tell the cluster")
        check_chain(seen[-1] if seen else NO_MANIFEST, new)
        self._kept["seen"] = seen + [manifest.sha256 for manifest in new]
        self._keep()
        return new[-1] if new else read_manifest(fetch(f"{self._issuer}/public/manifests/{names[-1]}"))

    def _fetched_head(self, names: list[str]) -> str:
        return read_manifest(fetch(f"{self._issuer}/public/manifests/{names[-1]}")).sha256

    def fetch_tokens(self) -> None:
        """A token for every lot of the manifest that has none here. What was asked is kept before it is asked, so that
        a broken line costs nothing. Raises ManifestRefused, InterestRefused."""
        manifest = self.manifest()
        blinded_by_lot: dict[str, bytes] = {}
        for keys in manifest.lots:
            token = self._kept["tokens"].setdefault(keys.lot_uid, {})
            if "signature" in token:
                continue
            if "prepared" not in token:
                prepared = prepare(b"pib token 1")
                blinded = blind(self._public_key(manifest, keys.lot_uid), prepared)
                token.update(prepared=prepared.hex(), message=blinded.message.hex(), inverse=hex(blinded.inverse))
            blinded_by_lot[keys.lot_uid] = bytes.fromhex(token["message"])
        self._keep()
        if blinded_by_lot:
            self._finish(manifest, blinded_by_lot)

    def _finish(self, manifest: Manifest, blinded_by_lot: dict[str, bytes]) -> None:
        signature = sign_request(self._key(), self._member, blinded_by_lot)
        blinded = {lot: message.hex() for lot, message in blinded_by_lot.items()}
        reply = call_role(
            f"{self._issuer}/tokens", {"member": self._member, "blinded": blinded, "signature": signature.hex()}
        )
        for lot in blinded_by_lot:
            token = self._kept["tokens"][lot]
            key, prepared = self._public_key(manifest, lot), bytes.fromhex(token["prepared"])
            signed = finalize(key, prepared, bytes.fromhex(reply[lot]), int(token["inverse"], 16))
            self._kept["tokens"][lot] = {"prepared": token["prepared"], "signature": signed.hex()}
        self._keep()

    def declare(self, lot_uid: str, families: Iterable[str], role: str) -> Receipt:
        """Spends the lot's token for a declaration. Raises InterestRefused, ManifestRefused."""
        token = self._kept["tokens"].get(lot_uid, {})
        if "signature" not in token:
            raise InterestRefused(RefusalReason.TOKEN)
        keys, receipt = self.keys(lot_uid), Receipt.fresh()
        self._kept["receipts"][lot_uid] = receipt.code
        self._keep()
        reply = {"lot_uid": lot_uid, "prepared": token["prepared"], "signature": token["signature"]}
        sealed = _sealed(keys, receipt, families, role)
        call_role(f"{self.mailbox.url}/declare", {**reply, "row": row_of(receipt.claim).hex(), "sealed": sealed.hex()})
        return receipt

    def change(self, lot_uid: str, families: Iterable[str], role: str) -> None:
        """Replaces what the declaration on a lot says. Raises InterestRefused."""
        receipt = self.receipt(lot_uid)
        sealed = _sealed(self.keys(lot_uid), receipt, families, role)
        call_role(f"{self.mailbox.url}/change", {"claim": receipt.claim.hex(), "sealed": sealed.hex()})

    def withdraw(self, lot_uid: str) -> None:
        """Withdraws the declaration on a lot, for good: its token stays spent. Raises InterestRefused."""
        call_role(f"{self.mailbox.url}/withdraw", {"lot_uid": lot_uid, "claim": self.receipt(lot_uid).claim.hex()})

    def is_kept(self, lot_uid: str) -> bool:
        """Whether the collector keeps the declaration on a lot."""
        return bool(call_role(f"{self.mailbox.url}/has", {"claim": self.receipt(lot_uid).claim.hex()})["kept"])

    def receipt(self, lot_uid: str) -> Receipt:
        """The receipt of a lot. Raises InterestRefused when nothing was declared here."""
        if lot_uid not in self._kept["receipts"]:
            raise InterestRefused(RefusalReason.RECEIPT)
        return Receipt.read(self._kept["receipts"][lot_uid])

    def keys(self, lot_uid: str) -> LotKeys:
        """The lot's keys in the newest manifest. Raises ManifestRefused."""
        return self.manifest().find(lot_uid)

    def _public_key(self, manifest: Manifest, lot_uid: str) -> RSAPublicKey:
        spki = fetch(f"{self._issuer}/public/keys/{key_name(lot_uid)}.der")
        manifest.check_key(lot_uid, spki)
        key = load_der_public_key(spki)
        if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
            raise ManifestRefused("the manifest names a key that is no RSA key of 2048 bits; stop, tell the cluster")
        return key

    def _key(self) -> SigningKey:
        if "key" not in self._kept:
            raise NotSetUp("this client has no key yet: `pib interest client enrol` makes one")
        return SigningKey(bytes.fromhex(self._kept["key"]))

    def _keep(self) -> None:
        write_undated(self._path, pretty(self._kept), private=True)


def _sealed(keys: LotKeys, receipt: Receipt, families: Iterable[str], role: str) -> bytes:
    if role not in set(DeclaredRole):
        raise InterestRefused(RefusalReason.FORM)
    reply_pk = bytes(receipt.reply_key.public_key).hex()
    reply = Declaration(keys.lot_uid, check_families(families), DeclaredRole(role), reply_pk, receipt.leaf.hex())
    return seal_message(bytes.fromhex(keys.sealing_pk), reply)
