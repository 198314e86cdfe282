"""The XML of one BOAMP notice (ANNONCE, schema v230, as DILA's archive serves it) becomes the record it would be in the
data set: GESTION has the values of the flat fields, DONNEES is renamed in the same way and returned as JSON."""

from __future__ import annotations

from typing import cast

from scrapers.errors import Unreadable
from scrapers.readers.boamp.json_tree import Node, as_list, down, text, words
from scrapers.readers.boamp.legacy import read_legacy
from scrapers.readers.boamp.record import Record
from scrapers.readers.boamp.records import read_form, read_state
from scrapers.readers.normalise.deadlines import read_day
from scrapers.safe_formats.xml import Element
from warehouse.errors import BadFact
from warehouse.model.notices import Notice

_PAGE = "https://www.boamp.fr/pages/avis/?q=idweb:{number}"


def read_announce(root: Element) -> Notice:
    """The notice in an ANNONCE document. Raises Unreadable, and Unknown for an unknown nature."""
    if root.tag != "ANNONCE":
        raise Unreadable(f"the document is a {root.tag!r}, not a notice of BOAMP (ANNONCE)")
    whole = _turn(root)
    management, content = down(whole, "GESTION"), down(whole, "DONNEES")
    number = words(management, "REFERENCE", "IDWEB")
    if number is None or not isinstance(content, dict):
        raise Unreadable("the notice has no number (GESTION/REFERENCE/IDWEB) or no content (DONNEES)")
    try:
        return read_legacy(_record(number, management, cast("Node", content)))
    except BadFact as wrong:
        raise Unreadable(f"{number}: {wrong}") from wrong


def _record(number: str, management: object, content: Node) -> Record:
    """What the record of this notice states outside its content."""
    noted = next(iter(as_list(down(management, "INDEXATION"))), None)
    index = cast("Node", noted) if isinstance(noted, dict) else {}
    kind = down(management, "REFERENCE", "TYPE_AVIS")
    nature, state = _name(down(kind, "NATURE")), _name(down(kind, "STATUT"))
    day = read_day(words(index, "DATE_PUBLICATION"))
    if day is None:
        raise Unreadable(f"{number} states no day of publication (INDEXATION/DATE_PUBLICATION)")
    earlier = as_list(down(management, "MARCHE", "ANNONCE_ANTERIEUR"))
    labels = (words(node, "LIBELLE") for node in as_list(down(index, "DESCRIPTEURS", "DESCRIPTEUR")))
    return Record(
        number=number,
        day=day,
        url=_PAGE.format(number=number),
        form=read_form(nature),
        corrects=read_state(state, "RECTIFICATIF"),
        cancels=read_state(state, "ANNULATION") or nature == "ANNULATION",
        buyer=None,
        summary=words(index, "RESUME_OBJET") or "",
        departements=tuple(value for node in as_list(index.get("DEP_PUBLICATION")) if (value := text(node))),
        natures=(),
        procedure_type=None,
        linked=tuple(value for node in earlier if (value := words(node, "REFERENCE", "IDWEB"))),
        winners=(),
        folder=None,
        index=index,
        content=content,
        labels=tuple(label for label in labels if label),
    )


def _name(node: object) -> str | None:
    """The name of an element that is a value: <NATURE><APPEL_OFFRE/></NATURE>."""
    return next(iter(cast("Node", node)), None) if isinstance(node, dict) else None


def _turn(element: Element) -> object:
    """An element as the data set's JSON has it: words, or a mapping of children and attributes; children of one name
    are a list when there are several."""
    attributes = {f"@{name}": value for name, value in element.items() if not name.startswith("{")}
    if len(element) == 0:
        value = element.text or ""
        return {**attributes, "#text": value} if attributes else value
    turned: dict[str, object] = dict(attributes)
    for child in element:
        value = _turn(child)
        if child.tag not in turned:
            turned[child.tag] = value
        elif isinstance(turned[child.tag], list):
            cast("list[object]", turned[child.tag]).append(value)
        else:
            turned[child.tag] = [turned[child.tag], value]
    return turned
