"""Bytes of a page of HTML become a tree here, safely: nothing is fetched, no size is unlimited."""

from __future__ import annotations

from typing import cast

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  (compiled, without types)

from scrapers.errors import Unreadable
from scrapers.safe_formats.xml import Element

_LARGEST = 16 * 2**20


def parse_html(body: bytes) -> Element:
    """The root of a page in UTF-8, repaired as browsers do. Raises Unreadable for a body that is empty or larger than
    16 MB."""
    if not body.strip():
        raise Unreadable("the page is empty; fetch it again")
    if len(body) > _LARGEST:
        raise Unreadable(f"the page comes to {len(body) // 2**20} MB, more than any list of calls")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"the page is no HTML ({' '.join(str(error.msg).split())})") from error
    if root is None:
        raise Unreadable("the page holds no element; fetch it again")
    return cast(Element, root)


def has_class(element: Element, name: str) -> bool:
    """Whether the element is of a class."""
    return name in (element.get("class") or "").split()
