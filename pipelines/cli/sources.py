"""`pib sources`: the sources, as a table for a terminal or as the page docs/sources.md."""

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from scrapers.source import Source, find_sources, read_headings, read_summary

HEAD = """# Sources

How each publisher is accessed, and what is unusual about it. This page is written by `pib sources --markdown` from the
files in `scrapers/sources`; a test fails when it is stale.

| source | title | publisher | fetched at (Europe/Brussels) | fetched again | notices a working day | licence |
|---|---|---|---|---|---|---|
"""


def show_sources(*, as_markdown: bool) -> None:
    """A table, or the page."""
    if as_markdown:
        sys.stdout.write(compose_page())
        return
    table = Table("source", "title", "publisher", "hour", "licence")
    for source in find_sources().values():
        table.add_row(source.name, source.title, source.publisher, _hour(source), source.licence)
    Console().print(table)


def compose_page() -> str:
    """docs/sources.md, from the source files alone."""
    sources = find_sources().values()
    rows = "".join(f"| {' | '.join(_row(source))} |\n" for source in sources)
    return HEAD + rows + "".join(f"\n{block}" for source in sources for block in _section(source))


def _row(source: Source) -> tuple[str, ...]:
    least, most = source.expected
    expected = "any number" if source.is_folder else f"{least} to {most}"
    again = f"the last {source.overlap_days} days" if source.overlap_days else "-"
    return f"`{source.name}`", source.title, source.publisher, _hour(source), again, expected, source.licence


def _section(source: Source) -> Iterator[str]:
    yield f"## `{source.name}`: {source.title}\n\n{read_summary(source.module)}\n"
    for heading, words in read_headings(source.module).items():
        title = "To be checked by a person before go-live" if heading == "Check" else heading
        yield f"**{title}.** {words}\n"
    if source.endpoints:
        lines = (_describe_endpoint(source, n) for n in range(len(source.endpoints)))
        yield "**Doors.**\n\n" + "".join(f"- {line}\n" for line in lines)
    facts = [f"{source.request_delay:g} s between two requests, {source.patience:g} s after a 429 that names no delay"]
    if source.closed:
        facts.append(f"not fetched between {source.closed[0]:%H:%M} and {source.closed[1]:%H:%M}")
    if source.revisit:
        facts.append(f"open notices are fetched again every {source.revisit} days")
    if not source.is_folder:
        yield f"**Manners.** {'; '.join(facts)}.\n"


def _describe_endpoint(source: Source, number: int) -> str:
    endpoint = source.endpoints[number]
    words = f"`{endpoint.name}` ({endpoint.base_url})"
    words += ", the default" if number == 0 else ""
    words += f", with {' and '.join(f'`{name}`' for name in endpoint.keys)} in the environment" if endpoint.keys else ""
    return f"{words}. **{endpoint.warning[0].upper()}{endpoint.warning[1:]}.**" if endpoint.warning else f"{words}."


def _hour(source: Source) -> str:
    minute, hour = source.cron.split()[:2]
    return f"{int(hour):02d}:{int(minute):02d}"
