"""What the operator decides, read once at the door: `pib.toml`, and secrets from the environment.

Nothing here reads a notice or knows a stage. An unknown key is refused, so that a misspelt one is never silently the
default.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import cast

from pipelines.errors import BadSettings

PORTALS = ("live", "embedded", "replay:DIR", "at:URL")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. `security` is "none", "starttls" or "tls"; the password comes from PIB_SMTP_PASSWORD."""

    host: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator may choose, with defaults that run on a fresh machine.

    `portals` is "live", "embedded", "replay:DIR" or "at:URL" (a local portal that runs already); `countries` are buyer
    countries (ISO 3166-1 alpha-3), empty for all; `contact` is the page or mailbox a publisher finds in our
    User-Agent; `sender` and `reply_to` are function mailboxes, `list_id` the name of RFC 2919; `smtp` None means a
    Maildir.
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

    def __post_init__(self) -> None:
        if self.portals not in ("live", "embedded") and not self.portals.startswith(("replay:", "at:")):
            raise BadSettings(f"portals {self.portals!r} is none of {', '.join(PORTALS)}")
        if self.portals.startswith("replay:") and not Path(self.portals[7:]).is_dir():
            raise BadSettings(f"portals {self.portals!r}: there is no folder {self.portals[7:]!r} to replay")

    @property
    def is_live(self) -> bool:
        """Whether the publishers themselves are asked."""
        return self.portals == "live"

    @property
    def folder(self) -> Path:
        """Where everything of these portals lies, absolute; demonstration data never meets live data."""
        return (self.data or Path("data") / _folder_name(self.portals)).resolve()


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
    smtp = raw.pop("smtp", None)
    taken = _checked(raw, Settings, chosen, leave=("smtp",))
    if "data" in taken:
        taken["data"] = Path(cast(str, taken["data"]))
    if smtp is not None:
        if not isinstance(smtp, dict):
            raise BadSettings(f"{chosen}: smtp must be a table, [smtp], with at least host")
        server = _checked(cast(dict[str, object], smtp), Smtp, chosen, leave=("password",))
        taken["smtp"] = Smtp(**server, password=environment.get("PIB_SMTP_PASSWORD"))  # type: ignore[arg-type]
    return Settings(**taken)  # type: ignore[arg-type]


_KINDS: Mapping[str, type] = {"port": int, "countries": list}


def _checked(raw: Mapping[str, object], kind: type, path: Path, leave: tuple[str, ...]) -> dict[str, object]:
    known = [f.name for f in fields(kind) if f.name not in leave]
    taken: dict[str, object] = {}
    for key, value in raw.items():
        if key not in known:
            raise BadSettings(f"{path}: {key!r} is not a setting; known are {', '.join(known)}")
        wanted = _KINDS.get(key, str)
        if not isinstance(value, wanted):
            raise BadSettings(f"{path}: {key} must be {wanted.__name__}, not {type(value).__name__} ({value!r})")
        taken[key] = tuple(cast(list[str], value)) if isinstance(value, list) else value
    return taken


def _folder_name(portals: str) -> str:
    kind, _, where = portals.partition(":")
    if not where:
        return kind
    if kind == "replay":
        where = str(Path(where).resolve())
    return f"{kind}-{Path(where).name}-{sha256(where.encode()).hexdigest()[:6]}"
