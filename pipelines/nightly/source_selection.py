"""Which sources a night fetches, through which endpoint, why one is left out, and which lots a cluster is shown:
settings and environment applied to a source or a lot.

A source that is not configured is no failure: it is reported once, and the night goes on without it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from zlib import crc32

from pipelines.config.settings import Settings
from scrapers.source import Endpoint, Source, find_sources
from warehouse.model.notices import OpenLot


def endpoint_of(source: Source, settings: Settings) -> Endpoint:
    """The endpoint of a source that the settings choose."""
    return source.endpoint(settings.bosa_door if source.name == "be_bosa" else None)


def why_not_selected(source: Source, settings: Settings, environment: Mapping[str, str]) -> str | None:
    """What is missing before this source can be fetched, as a sentence; None when nothing is."""
    if source.is_folder:
        return None if settings.manual else f'{source.name} is left out: pib.toml names no folder (manual = "FOLDER")'
    if source.is_optional and source.name not in settings.more_sources:
        return f'{source.name} is left out: it is off until pib.toml names it (more_sources = ["{source.name}"])'
    if not settings.is_live:
        return None
    endpoint = endpoint_of(source, settings)
    missing = [name for name in endpoint.keys if not environment.get(name)]
    if not missing:
        return None
    return (
        f"{source.name} is left out: its endpoint {endpoint.name!r} needs {' and '.join(missing)} in the "
        f"environment, which {source.publisher} gives on request"
    )


def skipped_sources(settings: Settings, environment: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each publisher that is left out; neither a folder nor an optional source that the settings do not
    name is reported."""
    publishers = (
        source
        for source in find_sources().values()
        if not source.is_folder and (not source.is_optional or source.name in settings.more_sources)
    )
    sentences = (why_not_selected(source, settings, environment) for source in publishers)
    return tuple(sentence for sentence in sentences if sentence)


def endpoint_warnings(settings: Settings) -> Iterator[str]:
    """Warnings about the chosen endpoints, while the publishers themselves are fetched from."""
    for source in find_sources().values() if settings.is_live else ():
        endpoint = endpoint_of(source, settings)
        if endpoint.warning:
            yield f"{source.name} is fetched through {endpoint.name}:  {endpoint.warning}"


def numbers_to_revisit(source: Source, night: date, lots: list[OpenLot]) -> tuple[str, ...]:
    """The numbers of open notices to fetch again this night: each once in so many days, spread over them."""
    if source.revisit is None:
        return ()
    days = source.revisit
    numbers = {p.number for lot in lots for p in lot.publications if p.source == source.name}
    return tuple(sorted(n for n in numbers if crc32(n.encode()) % days == night.toordinal() % days))


def watches_less(settings: Settings, crawled: tuple[str, ...]) -> bool:
    """Whether a cluster with these settings is shown fewer lots than the facts hold."""
    return bool(settings.sources) or (bool(settings.countries) and set(settings.countries) != set(crawled))


def watched_lots(settings: Settings, crawled: tuple[str, ...], lots: list[OpenLot]) -> list[OpenLot]:
    """The lots that a cluster with these settings is shown.

    Facts hold what any cluster watches (`crawled`: countries of buyers, empty for all). A cluster that watches less is
    shown lots of a buyer in one of its countries, or in none that is stated, and published by one of its sources.
    """
    countries, sources = frozenset(settings.countries), frozenset(settings.sources)
    if countries and countries != frozenset(crawled):
        lots = [lot for lot in lots if not (stated := _countries_of(lot)) or stated & countries]
    if sources:
        lots = [lot for lot in lots if any(publication.source in sources for publication in lot.publications)]
    return lots


def _countries_of(lot: OpenLot) -> frozenset[str]:
    stated = (buyer.organisation.country for buyer in lot.notice.buyers)
    return frozenset(country for country in stated if country)
