"""The operator's settings, read once at the start: `pib.toml`, and variables of the environment over it.

No notice and no stage is used here. An unknown key is refused, so that a misspelt one never silently becomes the
default.
"""

import os
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.config.settings_checks import (
    check_addresses,
    check_choices,
    check_mailbox,
    check_portals,
    check_retention,
    check_server,
    check_sources,
    check_webhook,
    check_words,
)
from pipelines.config.settings_environment import read_variables
from pipelines.errors import BadSettings
from warehouse.export.ocds_packages import PROVISIONAL_PREFIX
from warehouse.results.archive import Retention

SettingPath = Annotated[Path, Field(strict=False)]
"""A path, written as text."""
Secret = Annotated[str | None, Field(repr=False)]
"""A password: from the environment, never from pib.toml, and in no description of the settings."""


class _SettingsTable(BaseModel):
    """A table of pib.toml: an unknown key, or a value of another type, is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Smtp(_SettingsTable):
    """A mail server. `security` is "none", "starttls" or "tls"; `per_minute` is the most letters a minute to one
    recipient domain, 0 for no bound; the password comes from PIB_SMTP_PASSWORD."""

    host: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    per_minute: int = 60
    password: Secret = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_server("smtp", self.host, self.port, self.security)
        if self.per_minute < 0:
            raise BadSettings(f"[smtp] per_minute {self.per_minute} is negative; write 0 for no bound")
        return self


class Dkim(_SettingsTable):
    """The key letters are signed with: `key` is a file of an RSA private key in PEM that only its owner may read, its
    public half is published at <selector>._domainkey.<domain>; `domain` None for the sender's."""

    selector: str
    key: SettingPath
    domain: str | None = None


class Bounces(_SettingsTable):
    """Where servers' failure notices arrive: a `maildir`, or a `folder` of an IMAP account (always over TLS unless
    `security` is "none"); the password comes from PIB_IMAP_PASSWORD."""

    maildir: SettingPath | None = None
    host: str | None = None
    port: int = 993
    user: str | None = None
    folder: str = "INBOX"
    security: str = "tls"
    password: Secret = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.maildir is None) is (self.host is None):
            raise BadSettings("[bounces] names a maildir, or an IMAP host with a user: one of the two")
        if self.host is not None and self.user is None:
            raise BadSettings("[bounces] names an IMAP host but no user")
        if self.host is not None:
            check_server("bounces", self.host, self.port, self.security)
        return self


class Alerts(_SettingsTable):
    """Who is told when a person must act: a `mail` address, a `webhook` (POST of JSON with a `text`, as chat services
    take it; its address holds a key, so no description shows it). After `silent_hours` without a night it is a
    problem that none has run."""

    mail: str | None = None
    webhook: Secret = None
    silent_hours: int = 36

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mail is None and self.webhook is None:
            raise BadSettings("[alerts] names nobody: give mail, webhook, or both")
        if self.mail is not None:
            check_mailbox("[alerts] mail", self.mail)
        if self.webhook is not None:
            check_webhook(self.webhook)
        if self.silent_hours < 1:
            raise BadSettings(f"[alerts] silent_hours {self.silent_hours} is none; write 36, or more")
        return self


class Settings(BaseSettings):
    """Everything the operator may choose, with defaults that run on a fresh machine.

    `portals` is "live", "embedded", "replay:DIR" or "at:URL" (a local portal that runs already); `countries` are buyer
    countries (ISO 3166-1 alpha-3), empty for all; `contact` is the page or mailbox a publisher finds in our User-Agent;
    `sender` and `reply_to` are function mailboxes, `list_id` the name of RFC 2919; `smtp` None means a Maildir.
    `bosa_door` is "official" (credentials of the Media/Partner API in the environment) or "public-web-client", whose
    legal status is NOT SETTLED: turn it on knowingly. `manual` is a folder of calls written down by hand
    (scrapers/readers/manual.py), None for none; `more_sources` names the optional sources to fetch too. `portal_url` is
    where members' pages answer, None for letters without actions; `dkim` None leaves letters unsigned, `bounces` None
    leaves failure notices unread, `alerts` None alerts nobody. `ocid_prefix` is what the Open Contracting Partnership
    gave the operator; the default belongs to nobody. `sources` are those whose lots a cluster is shown, empty for all:
    a setting of one cluster, as CLUSTER_KEYS lists them. Match results, refusals among them, of the newest
    `results_nights` nights stay in the cluster's store; those of older nights stay `archive_months` months in the
    archive.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", strict=True)

    portals: str = "embedded"
    data: SettingPath | None = None
    model: str = "embedded:e5-small"
    countries: Annotated[tuple[str, ...], Field(strict=False)] = ("BEL", "FRA", "LUX")
    contact: str = "https://pib.example/contact"
    sender_name: str = "PIB"
    sender: str = "pib@cluster.example"
    reply_to: str = "team@cluster.example"
    list_id: str = "digest.pib.cluster.example"
    smtp: Smtp | None = None
    bosa_door: str = "official"
    manual: SettingPath | None = None
    more_sources: Annotated[tuple[str, ...], Field(strict=False)] = ()
    portal_url: str | None = None
    dkim: Dkim | None = None
    bounces: Bounces | None = None
    alerts: Alerts | None = None
    ocid_prefix: str = PROVISIONAL_PREFIX
    sources: Annotated[tuple[str, ...], Field(strict=False)] = ()
    results_nights: int = 7
    archive_months: int = 24

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_portals(self.portals)
        check_choices(self.bosa_door, self.countries, self.ocid_prefix)
        check_sources("more_sources", self.more_sources)
        check_sources("sources", self.sources)
        check_mailbox("sender", self.sender)
        check_mailbox("reply_to", self.reply_to)
        check_retention(self.results_nights, self.archive_months)
        check_words(self.sender_name, self.list_id)
        check_addresses(self.contact, self.portal_url)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is that of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The only source of values: `init_settings`, what read_settings passes.

        `settings_cls`, `env_settings`, `dotenv_settings` and `file_secret_settings` are given by pydantic-settings and
        not used.
        """
        # Only what read_settings gives, which refuses a variable that means nothing.
        return (init_settings,)

    def changed(self, **values: Any) -> "Settings":
        """These settings with other `values`, checked anew. Raises BadSettings."""
        return Settings(**{**dict(self), **values})

    @property
    def retention(self) -> Retention:
        """How long match results are kept."""
        return Retention(self.results_nights, self.archive_months)

    @property
    def is_live(self) -> bool:
        """Whether the publishers themselves are fetched from."""
        return self.portals == "live"

    @property
    def folder(self) -> Path:
        """The data folder of these portals, absolute; demonstration data and live data have different folders."""
        return (self.data or Path("data") / _folder_name(self.portals)).resolve()


def read_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """From `path`, else ./pib.toml where there is one, else the defaults; a variable of the environment (see
    settings_environment.py) goes before the file. Raises BadSettings naming the key."""
    environment = os.environ if environment is None else environment
    chosen = path or Path("pib.toml")
    if path and not chosen.is_file():
        raise BadSettings(f"there is no settings file {path}")
    raw = _with_variables(_read_toml(chosen) if chosen.is_file() else {}, read_variables(Settings, environment))
    raw = _with_passwords(raw, chosen, _SECRETS, environment)
    if "sources" in raw:
        raise BadSettings(f"{chosen}: 'sources' is a setting of one cluster; more_sources names those to fetch too")
    return _checked(raw, chosen)


def _with_variables(raw: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The file's values with those of variables over them, tables key by key."""
    for name, value in variables.items():
        table = raw.get(name)
        raw[name] = {**table, **value} if isinstance(table, dict) and isinstance(value, dict) else value
    return raw


def read_cluster_settings(shared: Settings, path: Path, cluster: str, environment: Mapping[str, str]) -> Settings:
    """The settings of a cluster: those of its own file over those of the installation.

    Args:
        shared: the installation's.
        path: the cluster's own file.
        cluster: its name.
        environment: variables by name. Passwords of servers that `path` names come from variables of the cluster's own:
            PIB_SMTP_PASSWORD_<CLUSTER>, in capitals, `_` for `-`.

    Raises BadSettings naming the key; one that holds for the whole installation is refused.
    """
    ending = cluster.upper().replace("-", "_")
    secrets = {table: f"{variable}_{ending}" for table, variable in _SECRETS.items()}
    raw = _with_passwords(_read_toml(path), path, secrets, environment)
    if misplaced := sorted(raw.keys() & Settings.model_fields.keys() - CLUSTER_KEYS):
        raise BadSettings(
            f"{path}: {misplaced[0]!r} holds for all clusters; write it in the installation's pib.toml. "
            f"A cluster's own are {', '.join(sorted(CLUSTER_KEYS))}"
        )
    return _checked({**dict(shared), **raw}, path)


CLUSTER_KEYS = frozenset(
    {
        "countries", "sources", "sender_name", "sender", "reply_to", "list_id", "smtp", "portal_url", "dkim", "bounces",
        "results_nights", "archive_months",
    }
)  # fmt: skip
"""What a cluster may set for itself."""


def _read_toml(path: Path) -> dict[str, Any]:
    """A settings file as written."""
    try:
        return TomlConfigSettingsSource(Settings, toml_file=path)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML in UTF-8: {error}") from error


def _with_passwords(
    raw: dict[str, Any], path: Path, secrets: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """The values of the file `path` with the passwords that the variables `secrets` hold, by table."""
    for name, variable in secrets.items():
        if isinstance(raw.get(name), dict):
            raw[name] = _with_password(raw[name], name, path, variable, environment)
    return raw


def _checked(raw: Mapping[str, Any], path: Path) -> Settings:
    try:
        return Settings(**raw)
    except ValidationError as error:
        raise BadSettings(f"{path}: {_sentence(error.errors())}") from error


_SECRETS: Mapping[str, str] = {"smtp": "PIB_SMTP_PASSWORD", "bounces": "PIB_IMAP_PASSWORD"}


def _with_password(
    table: dict[str, Any], name: str, path: Path, variable: str, environment: Mapping[str, str]
) -> dict[str, Any]:
    """`table` with the password of the environment. Raises BadSettings where a user has none."""
    if "password" in table:
        raise BadSettings(f"{path}: [{name}] 'password' is not a setting; it comes from {variable}")
    password = environment.get(variable)
    if table.get("user") and not password:
        raise BadSettings(f"{path}: [{name}] names a user, but the environment variable {variable} is not set")
    return {**table, "password": password}


def _sentence(errors: list[ErrorDetails]) -> str:
    """What pydantic found first, as a sentence that names the key and what to write."""
    first, *_ = errors
    *tables, key = first["loc"]
    match first["type"]:
        case "extra_forbidden":
            return f"{key!r} is not a setting; known are {', '.join(_known(tables))}"
        case "missing":
            missing = [error["loc"] for error in errors if error["type"] == "missing"]
            lacking = [str(place[-1]) for place in missing if place[:-1] == first["loc"][:-1]]
            return f"[{tables[-1]}] lacks {', '.join(lacking)}"
        case "model_type":
            return f"{key} must be a table, [{key}]"
        case "string_type" if isinstance(key, int):
            return f"{tables[-1]} must be a list of texts, not of {type(first['input']).__name__} ({first['input']!r})"
        case kind:
            return f"{key} must be {_WANTED.get(kind, kind)}, not {type(first['input']).__name__} ({first['input']!r})"


_WANTED: Mapping[str, str] = {"string_type": "str", "path_type": "str", "int_type": "int", "tuple_type": "list"}
_MODELS: Mapping[str, type[BaseModel]] = {"smtp": Smtp, "dkim": Dkim, "bounces": Bounces}


def _known(tables: list[int | str]) -> list[str]:
    kind = _MODELS[str(tables[0])] if tables else Settings
    return [name for name in kind.model_fields if name not in {"password", "sources"}]


def _folder_name(portals: str) -> str:
    kind, _, where = portals.partition(":")
    if not where:
        return kind
    if kind == "replay":
        where = str(Path(where).resolve())
    return f"{kind}-{Path(where).name}-{sha256(where.encode()).hexdigest()[:6]}"
