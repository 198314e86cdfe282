"""Which form a notice is (BT-03), from its declared form and its subtype (OPP-070, SDK 1.15 notice-types.json)."""

from __future__ import annotations

from scrapers.errors import Unknown, Unreadable
from warehouse.model.notices import Form

SUBTYPES: dict[str, Form] = {
    **{str(n): Form.PLANNING for n in range(1, 10)},
    **{str(n): Form.COMPETITION for n in range(10, 25)},
    **{str(n): Form.DIRECT_AWARD for n in range(25, 29)},
    **{str(n): Form.RESULT for n in range(29, 38)},
    **{str(n): Form.MODIFICATION for n in range(38, 41)},
    "CEI": Form.COMPETITION,
    "T01": Form.PLANNING,
    "T02": Form.RESULT,
    "E1": Form.CONSULTATION,
    "E2": Form.PLANNING,
    "E3": Form.COMPETITION,
    "E4": Form.RESULT,
    "E5": Form.COMPLETION,
    "E6": Form.MODIFICATION,
    "X01": Form.REGISTRATION,
    "X02": Form.REGISTRATION,
}

LOTLESS = frozenset({"1", "2", "3"})
"""Notices of a buyer profile, which announce that something will be announced."""


def form_of(declared: str | None, subtype: str | None) -> Form:
    """The form. "change" is a new version of a form, known by the subtype.

    Raises Unreadable where neither is stated, Unknown for an unknown form.
    """
    if declared and declared != "change":
        try:
            return Form(declared)
        except ValueError as error:
            raise Unknown(f"the form {declared!r} (BT-03) is unknown; teach form_of this form") from error
    if not subtype:
        raise Unreadable("the notice states neither form (BT-03) nor subtype (OPP-070)")
    if subtype not in SUBTYPES:
        raise Unknown(f"the subtype {subtype!r} (OPP-070) is unknown; teach SUBTYPES its form")
    return SUBTYPES[subtype]
