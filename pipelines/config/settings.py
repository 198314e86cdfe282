"""What the operator decides, read once at the door: `pib.toml`, and secrets from the environment.

Nothing here reads a notice or knows a stage. An unknown key is refused, so that a misspelt one is never silently the
default.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import cast

from pipelines.errors import BadSettings
from warehouse.export.ocds_packages import PROVISIONAL_PREFIX

PORTALS = ("live", "embedded", "replay:DIR", "at:URL")
BOSA_ENDPOINTS = ("official", "public-web-client")

SECURITIES = ("none", "starttls", "tls")
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_MAILBOX = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_DOMAIN}")
_PAGE = re.compile(r"https?://[^\s/?#@]+(/\S*)?")


def _check_server(table: str, host: str, port: int, security: str) -> None:
    """Raises BadSettings where a mail server cannot be connected to as written."""
    if not host or re.search(r"[\s/@]", host):
        raise BadSettings(f"[{table}] host {host!r} is no name of a server; write smtp.cluster.example")
    if not 0 < port < 65536:
        raise BadSettings(f"[{table}] port {port} is none; ports are 1 to 65535")
    if security not in SECURITIES:
        raise BadSettings(f"[{table}] security {security!r} is none of {', '.join(SECURITIES)}")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. `security` is "none", "starttls" or "tls"; `per_minute` is the most letters a minute to one
    recipient domain, 0 for no bound; the password comes from PIB_SMTP_PASSWORD."""

    host: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    per_minute: int = 60
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_server("smtp", self.host, self.port, self.security)
        if self.per_minute < 0:
            raise BadSettings(f"[smtp] per_minute {self.per_minute} is negative; write 0 for no bound")


@dataclass(frozen=True, slots=True)
class Dkim:
    """The key letters are signed with: `key` is a file of an RSA private key in PEM that only its owner may read, its
    public half is published at <selector>._domainkey.<domain>; `domain` None for the sender's."""

    selector: str
    key: Path
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Bounces:
    """Where servers' failure notices arrive: a `maildir`, or a `folder` of an IMAP account (always over TLS unless
    `security` says "none"); the password comes from PIB_IMAP_PASSWORD."""

    maildir: Path | None = None
    host: str | None = None
    port: int = 993
    user: str | None = None
    folder: str = "INBOX"
    security: str = "tls"
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.maildir is None) is (self.host is None):
            raise BadSettings("[bounces] names a maildir, or an IMAP host with a user: one of the two")
        if self.host is not None and self.user is None:
            raise BadSettings("[bounces] names an IMAP host but no user")
        if self.host is not None:
            _check_server("bounces", self.host, self.port, self.security)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator may choose, with defaults that run on a fresh machine.

    `portals` is "live", "embedded", "replay:DIR" or "at:URL" (a local portal that runs already); `countries` are buyer
    countries (ISO 3166-1 alpha-3), empty for all; `contact` is the page or mailbox a publisher finds in our User-Agent;
    `sender` and `reply_to` are function mailboxes, `list_id` the name of RFC 2919; `smtp` None means a Maildir.
    `bosa_door` is "official" (credentials of the Media/Partner API in the environment) or "public-web-client", whose
    legal status is NOT SETTLED: turn it on knowingly. `manual` is a folder of calls written down by hand
    (scrapers/readers/manual.py), None for none. `portal_url` is where members' pages answer, None for letters without
    actions; `dkim` None leaves letters unsigned, `bounces` None leaves failure notices unread. `ocid_prefix` is what
    the Open Contracting Partnership gave the operator; the default belongs to nobody.
    """

    portals: str = "embedded"
    data: Path | None = None
    model: str = "embedded:e5-small"
    countries: tuple[str, ...] = ("BEL", "FRA", "LUX")
    contact: str = "https://pib.example/contact"
    sender_name: str = "PIB"
    sender: str = "pib@cluster.example"
    reply_to: str = "team@cluster.example"
    list_id: str = "digest.pib.cluster.example"
    smtp: Smtp | None = None
    bosa_door: str = "official"
    manual: Path | None = None
    portal_url: str | None = None
    dkim: Dkim | None = None
    bounces: Bounces | None = None
    ocid_prefix: str = PROVISIONAL_PREFIX

    def __post_init__(self) -> None:
        if not re.fullmatch(r"ocds-[a-z0-9]{6}", self.ocid_prefix):
            raise BadSettings(f"ocid_prefix {self.ocid_prefix!r} is none; the register gives ocds- and six signs")
        if self.portals not in ("live", "embedded") and not self.portals.startswith(("replay:", "at:")):
            raise BadSettings(f"portals {self.portals!r} is none of {', '.join(PORTALS)}")
        if self.portals.startswith("replay:") and not Path(self.portals[7:]).is_dir():
            raise BadSettings(f"portals {self.portals!r}: there is no folder {self.portals[7:]!r} to replay")
        if self.portal_url is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", self.portal_url):
            raise BadSettings(f"portal_url {self.portal_url!r} is no web address; write https://portal.cluster.example")
        if self.bosa_door not in BOSA_ENDPOINTS:
            raise BadSettings(f"bosa_door {self.bosa_door!r} is none of {', '.join(BOSA_ENDPOINTS)}")
        _check_addresses(self)

    @property
    def is_live(self) -> bool:
        """Whether the publishers themselves are asked."""
        return self.portals == "live"

    @property
    def folder(self) -> Path:
        """Where everything of these portals lies, absolute; demonstration data never meets live data."""
        return (self.data or Path("data") / _folder_name(self.portals)).resolve()


def _check_addresses(settings: Settings) -> None:
    """Raises BadSettings for a country, mailbox, list name or contact that is none."""
    for country in settings.countries:
        if not re.fullmatch(r"[A-Z]{3}", country):
            raise BadSettings(f"countries: {country!r} is no ISO 3166-1 alpha-3 code; write BEL, FRA, LUX")
    for name, address in (("sender", settings.sender), ("reply_to", settings.reply_to)):
        if not _MAILBOX.fullmatch(address):
            raise BadSettings(f"{name} {address!r} is no mail address; write it as pib@cluster.example")
    if not re.fullmatch(_DOMAIN, settings.list_id):
        raise BadSettings(f"list_id {settings.list_id!r} is no name of a list; write it as digest.cluster.example")
    if not (_MAILBOX.fullmatch(settings.contact.removeprefix("mailto:")) or _PAGE.fullmatch(settings.contact)):
        raise BadSettings(f"contact {settings.contact!r} is neither a web address nor a mail address")


def read_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """From `path`, else ./pib.toml where there is one, else the defaults. Raises BadSettings naming the key."""
    environment = os.environ if environment is None else environment
    chosen = path or Path("pib.toml")
    if not chosen.is_file():
        if path:
            raise BadSettings(f"there is no settings file {path}")
        return Settings()
    try:
        raw = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{chosen} is not TOML in UTF-8: {error}") from error
    tables = {name: raw.pop(name) for name in _TABLES if name in raw}
    taken = _checked(raw, Settings, chosen, leave=tuple(_TABLES))
    for name, table in tables.items():
        kind, secret = _TABLES[name]
        if not isinstance(table, dict):
            raise BadSettings(f"{chosen}: {name} must be a table, [{name}]")
        values = _checked(cast(dict[str, object], table), kind, chosen, leave=("password",))
        if secret:
            values["password"] = environment.get(secret)
            if values.get("user") and not values["password"]:
                raise BadSettings(f"{chosen}: [{name}] names a user, but the environment variable {secret} is not set")
        taken[name] = _made(kind, values, chosen, name)
    return Settings(**taken)  # type: ignore[arg-type]


def _made(kind: type, values: dict[str, object], path: Path, name: str) -> object:
    missing = [f.name for f in fields(kind) if f.default is MISSING and f.name not in values]
    if missing:
        raise BadSettings(f"{path}: [{name}] lacks {', '.join(missing)}")
    return kind(**values)


_TABLES: Mapping[str, tuple[type, str | None]] = {
    "smtp": (Smtp, "PIB_SMTP_PASSWORD"),
    "dkim": (Dkim, None),
    "bounces": (Bounces, "PIB_IMAP_PASSWORD"),
}
_KINDS: Mapping[str, type] = {"port": int, "per_minute": int, "countries": list}
_PATHS = ("data", "manual", "key", "maildir")


def _checked(raw: Mapping[str, object], kind: type, path: Path, leave: tuple[str, ...]) -> dict[str, object]:
    known = [f.name for f in fields(kind) if f.name not in leave]
    taken: dict[str, object] = {}
    for key, value in raw.items():
        if key not in known:
            raise BadSettings(f"{path}: {key!r} is not a setting; known are {', '.join(known)}")
        wanted = _KINDS.get(key, str)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise BadSettings(f"{path}: {key} must be {wanted.__name__}, not {type(value).__name__} ({value!r})")
        if isinstance(value, list) and not all(isinstance(part, str) for part in cast(list[object], value)):
            raise BadSettings(f"{path}: {key} must be a list of texts ({value!r})")
        taken[key] = tuple(cast(list[str], value)) if isinstance(value, list) else value
        if key in _PATHS:
            taken[key] = Path(cast(str, value))
    return taken


def _folder_name(portals: str) -> str:
    kind, _, where = portals.partition(":")
    if not where:
        return kind
    if kind == "replay":
        where = str(Path(where).resolve())
    return f"{kind}-{Path(where).name}-{sha256(where.encode()).hexdigest()[:6]}"
