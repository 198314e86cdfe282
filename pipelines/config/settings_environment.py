"""Settings from variables of the environment: PIB_COUNTRIES for `countries`, PIB_SMTP_HOST for `host` of [smtp].

A variable goes before the file. One that begins with PIB_ and means nothing is refused: a misspelt one would silently
leave the default.
"""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from pipelines.errors import BadSettings

_BEGIN = "PIB_"
_OTHERS = frozenset(
    {"CONFIG", "CLUSTER", "LOG", "CRAWL_TIMEOUT", "BOSA_CLIENT_ID", "BOSA_CLIENT_SECRET", "WITHOUT_SHARED", "PICTURES"}
)
_OTHER_BEGINNINGS = ("SMTP_PASSWORD", "IMAP_PASSWORD", "TEST_", "MUTATIONS")
"""Variables that are no settings: where pib.toml is, keys and passwords, which have rules of their own, and tests'."""


def read_variables(model: type[BaseModel], environment: Mapping[str, str]) -> dict[str, Any]:
    """What the environment sets, as a settings file would hold it: by key, tables as dicts by theirs.

    Args:
        model: of the settings; its fields are the keys, those whose type is a model are tables.
        environment: variables by name. Lists are written with commas between; an empty variable is an empty text.

    Raises BadSettings for a variable that no key has, and a number that is none.
    """
    found: dict[str, Any] = {}
    for name, text in sorted(environment.items()):
        if name.startswith(_BEGIN) and not _is_other(name.removeprefix(_BEGIN)):
            table, key, kind = _place_of(model, name)
            target = found.setdefault(table, {}) if table else found
            target[key] = _value(name, text, kind)
    return found


def _is_other(name: str) -> bool:
    return name in _OTHERS or name.startswith(_OTHER_BEGINNINGS)


def _place_of(model: type[BaseModel], name: str) -> tuple[str | None, str, Any]:
    """The table (None for none), the key and the type of the setting that a variable names."""
    wanted = name.removeprefix(_BEGIN).lower()
    for table, key, kind in _places(model):
        if wanted == (f"{table}_{key}" if table else key):
            return table, key, kind
    raise BadSettings(f"the environment variable {name} sets nothing; its name is PIB_ and a key of pib.toml")


def _places(model: type[BaseModel]) -> Iterator[tuple[str | None, str, Any]]:
    for key, field in model.model_fields.items():
        table = _table_of(field.annotation)
        if table is None:
            yield None, key, field.annotation
        else:
            yield from ((key, inner, about.annotation) for inner, about in table.model_fields.items())


def _table_of(kind: Any) -> type[BaseModel] | None:
    models = (part for part in _parts(kind) if isinstance(part, type) and issubclass(part, BaseModel))
    return next(models, None)


def _parts(kind: Any) -> tuple[Any, ...]:
    """The types that a value may have: those of a union, else the one."""
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


def _value(name: str, text: str, kind: Any) -> Any:
    if any(get_origin(part) is tuple for part in _parts(kind)):
        return [part.strip() for part in text.split(",") if part.strip()]
    if int not in _parts(kind):
        return text
    try:
        return int(text)
    except ValueError as error:
        raise BadSettings(f"the environment variable {name} is {text!r}; write a whole number") from error
