"""Checks of values of pib.toml: each function raises BadSettings with a sentence that names the key and states what to
write instead."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pipelines.errors import BadSettings
from scrapers.source import source_names

PORTALS = ("live", "embedded", "replay:DIR", "at:URL")
BOSA_ENDPOINTS = ("official", "public-web-client")
SECURITIES = ("none", "starttls", "tls")
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_MAILBOX = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}")
_PAGE = re.compile(r"https?://[^\s/?#@]+(/\S*)?")
_PORTAL_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def check_portals(portals: str) -> None:
    """`portals` is one of PORTALS, and a folder to replay exists."""
    if portals not in ("live", "embedded") and not portals.startswith(("replay:", "at:")):
        raise BadSettings(f"portals {portals!r} is none of {', '.join(PORTALS)}")
    if portals.startswith("replay:") and not Path(portals[7:]).is_dir():
        raise BadSettings(f"portals {portals!r}: there is no folder {portals[7:]!r} to replay")


def check_choices(endpoint_name: str, countries: Sequence[str], ocid_prefix: str) -> None:
    """A known way to e-Procurement, countries in ISO 3166-1 alpha-3, a prefix of the OCDS register's form."""
    if endpoint_name not in BOSA_ENDPOINTS:
        raise BadSettings(f"bosa_door {endpoint_name!r} is none of {', '.join(BOSA_ENDPOINTS)}")
    for country in countries:
        if not re.fullmatch(r"[A-Z]{3}", country):
            raise BadSettings(f"countries: {country!r} is no ISO 3166-1 alpha-3 code; write BEL, FRA, LUX")
    if not re.fullmatch(r"ocds-[a-z0-9]{6}", ocid_prefix):
        raise BadSettings(f"ocid_prefix {ocid_prefix!r} is none; the register gives ocds- and six signs")


def check_retention(results_nights: int, archive_months: int) -> None:
    """At least the last night in the warehouse, and no less than nothing in the archive."""
    if results_nights < 1:
        raise BadSettings(f"results_nights {results_nights}: the last night is always kept; write 1 or more")
    if archive_months < 1:
        raise BadSettings(f"archive_months {archive_months} is less than the month that runs; write 1 or more")


def check_sources(key: str, names: Sequence[str]) -> None:
    """Names of source files."""
    unknown = sorted(set(names) - set(source_names()))
    if unknown:
        raise BadSettings(f"{key}: no source is called {', '.join(unknown)}; see pib sources")


def check_mailbox(key: str, address: str) -> None:
    """One address that a mail server takes (the dot-atom form of RFC 5322), with no name beside it."""
    if not _MAILBOX.fullmatch(address):
        raise BadSettings(f"{key} {address!r} is no mail address; write it as pib@cluster.example")


def check_words(sender_name: str, list_id: str) -> None:
    """What goes into the header of a letter: no line end in the name, a list named as RFC 2919 does."""
    if not sender_name.isprintable():
        raise BadSettings(f"sender_name {sender_name!r} holds a line end or another control character")
    if not re.fullmatch(_DOMAIN, list_id):
        raise BadSettings(f"list_id {list_id!r} is no name of a list; write it as digest.cluster.example")


def check_addresses(contact: str, portal_url: str | None) -> None:
    """A page or a mailbox where publishers find the operator, and the web address of the members' portal."""
    if not (_MAILBOX.fullmatch(contact.removeprefix("mailto:")) or _PAGE.fullmatch(contact)):
        raise BadSettings(f"contact {contact!r} is neither a web address nor a mail address")
    if portal_url is not None and not _PORTAL_URL.fullmatch(portal_url):
        raise BadSettings(f"portal_url {portal_url!r} is no web address; write https://portal.cluster.example")


def check_webhook(url: str) -> None:
    """A web address that alerts are sent to, by TLS unless it is on this machine."""
    host = urlsplit(url).hostname
    if not _PAGE.fullmatch(url) or (url.startswith("http:") and host not in ("127.0.0.1", "localhost", "::1")):
        raise BadSettings("[alerts] webhook is no https address; it is not shown here, for it may hold a key")


def check_server(table: str, host: str, port: int, security: str) -> None:
    """Checks that a mail server can be connected to as written: `host` a name, `port` in 1 to 65535, `security` one of
    SECURITIES.

    `table` is the table of pib.toml, for the sentence.
    """
    if not host or re.search(r"[\s/@]", host):
        raise BadSettings(f"[{table}] host {host!r} is no name of a server; write smtp.cluster.example")
    if not 0 < port < 65536:
        raise BadSettings(f"[{table}] port {port} is none; ports are 1 to 65535")
    if security not in SECURITIES:
        raise BadSettings(f"[{table}] security {security!r} is none of {', '.join(SECURITIES)}")
