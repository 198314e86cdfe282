"""The vault's interface for a web page: a GET changes nothing, only a POST of the page's own form does.

Mail gateways follow every link of a letter, so GET and HEAD show, whatever the link. A link carries member and lot
sealed under the vault's own key: neither a mail log nor an access log shows who looked at what.

    links = InterestLinks(room)
    token = links.make(member, lot_uid)                       the same bytes each time: a letter stays the same
    answer = answer_request(vault, links, "POST", token, form, today=day)

`form` maps field names to lists of values, as read from the page's body, and may hold nothing but these:
    act=declare families=... role=...  |  act=change code=... families=... role=...  |  act=withdraw code=...
    act=check code=...
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from interest.atomic_files import canonical, write_undated
from interest.crypto.receipts import Receipt, derive
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Room
from interest.roles.vault import DeclarationStatus, Vault

_FIELDS = {
    "declare": {"act", "families", "role"},
    "change": {"act", "code", "families", "role"},
    "withdraw": {"act", "code"},
    "check": {"act", "code"},
}


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """What the page says: the lot, the families to choose from, whether it is still open; then what was done: the new
    receipt's `code` (shown once), the `standing` of a code, or why it was `refused`."""

    lot_uid: str = ""
    choices: tuple[str, ...] = ()
    is_open: bool = False
    done: str = ""
    code: str = ""
    standing: DeclarationStatus | None = None
    refused: RefusalReason | None = None


class InterestLinks:
    """Makes and reads the links of letters."""

    def __init__(self, room: Room) -> None:
        path = room.vault / "links"
        if not path.is_file():
            write_undated(path, secrets.token_bytes(32), private=True)
        self._key = path.read_bytes()

    def make(self, member: str, lot_uid: str, limits: str = "") -> str:
        """The opaque part of a member's link for a lot. Its nonce comes from what it says, under the key. `limits` is
        sealed with it and given back: whoever serves the page says there how long the link holds."""
        content = canonical([member, lot_uid, limits])
        sealed = SecretBox(derive(self._key, "seal")).encrypt(
            content, derive(derive(self._key, "nonce"), content.hex())[:24]
        )
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str) -> tuple[str, str, str]:
        """Member, lot and limits of a link. Raises InterestRefused for what is none of ours, links without limits that
        were made before there were any included."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            opened = SecretBox(derive(self._key, "seal")).decrypt(sealed)
            member, lot_uid, limits = cast(list[str], json.loads(opened))
        except (CryptoError, ValueError, TypeError) as error:
            raise InterestRefused(RefusalReason.TOKEN) from error
        return member, lot_uid, limits


def answer_request(
    vault: Vault,
    links: InterestLinks,
    method: str,
    token: str,
    form: Mapping[str, Sequence[str]],
    *,
    today: date,
    receipt: Receipt | None = None,
) -> FormAnswer:
    """Answers a request. `receipt` is that of a form which may be sent twice, for the second to declare nothing new; a
    fresh one without it. Raises nothing: a refusal is an answer.

    `vault` stores and `links` reads the `token` of the address; `method` is that of the request and `form` its fields;
    `today` is the day in Brussels.
    """
    try:
        member, lot_uid, _ = links.read(token)
        page = FormAnswer(lot_uid, vault.choices(member), vault.is_open(lot_uid, today=today))
    except InterestRefused as refused:
        return FormAnswer(refused=refused.why)
    if method != "POST":
        return page
    try:
        done, code, standing = _act(vault, member, lot_uid, form, today, receipt)
    except InterestRefused as refused:
        return FormAnswer(lot_uid, page.choices, page.is_open, refused=refused.why)
    return FormAnswer(lot_uid, page.choices, page.is_open, done, code, standing)


def _act(
    vault: Vault,
    member: str,
    lot_uid: str,
    form: Mapping[str, Sequence[str]],
    today: date,
    receipt: Receipt | None,
) -> tuple[str, str, DeclarationStatus | None]:
    act = _only(form, "act")
    if set(form) != _FIELDS.get(act):
        raise InterestRefused(RefusalReason.FORM)
    if act == "declare":
        families, role = form["families"], _only(form, "role")
        return act, vault.declare(member, lot_uid, families, role, today=today, receipt=receipt).code, None
    code = _only(form, "code")
    if act == "change":
        vault.change(member, lot_uid, code, form["families"], _only(form, "role"), today=today)
    elif act == "withdraw":
        vault.withdraw(code)
    return act, "", vault.check(code)


def _only(form: Mapping[str, Sequence[str]], name: str) -> str:
    values = form.get(name, ())
    if len(values) != 1:
        raise InterestRefused(RefusalReason.FORM)
    return values[0]
