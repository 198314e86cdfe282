"""An eForms notice inside a BOAMP record: its JSON is turned back to the UBL tree it was, and one reader serves all.

Names of prefixes and roots, and what the record adds: its number, its day, its link to an earlier notice, the second
place its deadline is written at. UBL itself is read in readers/eforms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, cast

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  (compiled, without types)

from scrapers.errors import Unknown, Unreadable
from scrapers.readers.boamp.deadline import kind_of, read_indexed, reconcile
from scrapers.readers.boamp.json_tree import Node, as_list, once_escaped
from scrapers.readers.boamp.record import Record
from scrapers.readers.eforms.notice import read_eforms_tree
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Change, Deadline, Form, Lot, Notice

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_PREFIXES: Mapping[str, str] = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ext": f"{_UBL}CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
}
_ROOTS: Mapping[str, str] = {
    root: f"{_UBL}{root}-2" for root in ("ContractNotice", "ContractAwardNotice", "PriorInformationNotice")
} | {
    "BusinessRegistrationInformationNotice": (
        "http://data.europa.eu/p27/eforms-business-registration-information-notice/1"
    )
}


def read_eforms_record(record: Record) -> Notice:
    """The notice in a record whose donnees is eForms. Raises Unreadable or Unknown."""
    notice = read_eforms_tree(
        build_tree(cast("Node", record.content)),
        source="fr_boamp",
        url=record.url,
        number=record.number,
        day=record.day,
    )
    if notice.form is Form.COMPETITION:
        notice = replace(notice, lots=_reconcile_lots(record, notice))
    if not notice.changes and record.linked and (record.corrects or record.cancels):
        reason = "cancel" if record.cancels else None
        notice = replace(notice, changes=tuple(Change(link, reason) for link in record.linked))
    return notice


def build_tree(content: Node) -> Element:
    """The UBL document that {"EFORMS": {root: …}} was made of. Raises Unreadable, and Unknown for unknown names.

    Entities left in the words ("&#039;") stay: readers/eforms undoes them, once.
    """
    inside = content.get("EFORMS")
    if not isinstance(inside, dict) or len(cast("Node", inside)) != 1:
        raise Unreadable(f"EFORMS holds no single notice: {str(inside)[:120]}")
    name, root = next(iter(cast("Node", inside).items()))
    if name not in _ROOTS:
        raise Unknown(f"EFORMS.{name} is an unknown document; add its namespace to build_tree")
    tree = etree.Element(f"{{{_ROOTS[name]}}}{name}", nsmap=dict(_PREFIXES))
    try:
        _fill(tree, root, name)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"donnees holds a name or a word that no XML can hold ({error!s:.120})") from error
    return cast("Element", tree)


class _Growing(Protocol):
    text: str | None

    def set(self, key: str, value: str) -> None: ...


def _fill(element: _Growing, node: object, path: str) -> None:
    """Attributes, words and children of one element, whichever way the node was turned."""
    if not isinstance(node, dict):
        element.text = _words(node, path)
        return
    for key, value in cast("Node", node).items():
        if key == "#text":
            element.text = _words(value, path)
        elif key.startswith("@"):
            if ":" not in key and not key.startswith("@xmlns"):
                element.set(key[1:], _words(value, path) or "")
        else:
            for item in as_list(value) or [None]:
                _fill(etree.SubElement(element, _tag(key, path)), item, f"{path}/{key}")


def _words(node: object, path: str) -> str | None:
    if node is None:
        return None
    if isinstance(node, str):
        return once_escaped(node)
    if isinstance(node, bool | int | float):
        return str(node).lower() if isinstance(node, bool) else str(node)
    raise Unknown(f"{path}: words expected, {str(node)[:120]} found; teach build_tree this shape")


def _tag(key: str, path: str) -> str:
    prefix, _, name = key.partition(":")
    if prefix not in _PREFIXES or not name:
        raise Unknown(f"{path}: the element {key!r} has no known prefix; add its namespace to build_tree")
    return f"{{{_PREFIXES[prefix]}}}{name}"


def _reconcile_lots(record: Record, notice: Notice) -> tuple[Lot, ...]:
    """Each lot with the deadline to trust. gestion has one for the whole notice: where it is that of one lot, the
    others keep their own; where it is that of none, it is compared with each."""
    indexed = read_indexed(record.index, kind_of(notice.procedure_type))
    own = {lot.deadline.at for lot in notice.lots if lot.deadline}
    if indexed is None or indexed.at in own:
        return notice.lots
    return tuple(replace(lot, deadline=_weigh(record, indexed, lot)) for lot in notice.lots)


def _weigh(record: Record, indexed: Deadline, lot: Lot) -> Deadline | None:
    return reconcile(f"{record.number} {lot.id}", indexed, lot.deadline)
