"""How Belgium's e-Procurement is fetched: a token, pages of publications, one workspace each with all its versions.

A feed of its own beside paged.py, because its API needs a key and its search accepts what it does not understand: a
mistyped filter is silently ignored and everything is returned, so that every answer is compared with its request.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast
from urllib.parse import urlencode

from scrapers.errors import SourceChanged, SourceIncomplete
from scrapers.feeds.request import (
    CrawlJob,
    CrawlRequest,
    complaint,
    excerpt,
    has_working_day,
    read_numbers,
    read_object,
)

Row = Mapping[str, object]

_SETTING = re.compile(r"""["']?(VITE_AUTH_[A-Z_]+)["']?\s*[:=]\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of one endpoint, below its base URL. `config` is the page from which a browser learns how to request a
    token; without it the key is the operator's, from the two variables of `keys` (identifier, secret)."""

    token: str
    search: str
    workspace: str
    config: str | None = None
    keys: tuple[str, str] | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceSearch:
    """A search of publications by POST, page by page with a total, and a workspace per row.

    `endpoints` are its paths by name. `size` rows a page; whether more are allowed is not known. More than `most`
    publications a day show that the days were not understood (some 150 appear on a working day).
    """

    endpoints: Mapping[str, Paths]
    size: int = 100
    most: int = 2_000

    def paginator(self, job: CrawlJob) -> WorkspacePaginator:
        """A crawl of this feed."""
        return WorkspacePaginator(self, job)

    def document(self, job: CrawlJob, number: str, *, versions: int = 0) -> CrawlRequest:
        """The request for one workspace. Of one with several versions, or of a number to complete (`versions` 0), the
        text is fetched though an earlier one is known."""
        url = job.base_url + self.paths(job).workspace.format(number=number)
        key = f"workspace {number} {versions}"
        return CrawlRequest("workspace", key, url, f"workspace-{number}", number=number, renews=versions != 1)

    def paths(self, job: CrawlJob) -> Paths:
        """Paths of the job's endpoint, the first one's where it names none."""
        return self.endpoints[job.endpoint or next(iter(self.endpoints))]

    def search_body(self, job: CrawlJob, page: int) -> dict[str, object]:
        """The body of the request of one page. `publicationDateTo` is exclusive."""
        return {
            "includeOrganisationChildren": True,
            "page": page,
            "pageSize": self.size,
            "publicationDateFrom": job.first.isoformat(),
            "publicationDateTo": (job.last + timedelta(days=1)).isoformat(),
        }


@dataclass(slots=True)
class WorkspacePaginator:
    """One crawl: the key first, then every page, then the workspaces."""

    feed: WorkspaceSearch
    job: CrawlJob
    rows: int = 0
    alarms: list[str] = field(default_factory=list[str])
    _token: str | None = field(default=None, repr=False)
    _key: tuple[str, str] | None = field(default=None, repr=False)
    _workspaces: dict[str, int] = field(default_factory=dict[str, int])
    _page: int = 1
    _unnamed: int = 0
    _dated: int = 0
    _outside: int = 0
    _total: int | None = None
    _by_get: bool = False

    def begin(self) -> Sequence[CrawlRequest]:
        """The key, then the first page."""
        return [*self.renew(), self._page_request()]

    def renew(self) -> Sequence[CrawlRequest]:
        """Requests of a new token, with the operator's key or in the way of the public web client."""
        paths = self.feed.paths(self.job)
        if paths.config is not None:
            url = self.job.base_url + paths.config
            return [CrawlRequest("config", "config", url, "config", "js", secret=True)]
        identifier, secret = paths.keys or ("", "")
        self._key = self.job.keys[identifier], self.job.keys[secret]
        return [self._token_request()]

    def headers(self, request: CrawlRequest) -> Mapping[str, str]:
        """The token and a trace of our own: without BelGov-Trace-Id the answer is 400."""
        if request.secret or self._token is None:
            return {}
        return {
            "Authorization": f"Bearer {self._token}",
            "BelGov-Trace-Id": str(uuid.uuid4()),
            "Account-Type": "public",
            "Accept-Language": "fr",
            "Accept": "application/json",
        }

    def follow(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        """After a page the next one, after the last the workspaces; nothing after a workspace."""
        if request.kind == "config":
            self._key = _read_config(request, body)
            return [self._token_request()]
        if request.kind == "token":
            self._token = _read_token(request, body)
            return []
        return [] if request.number is not None else self._follow_page(request, body)

    def refuse(self, request: CrawlRequest, status: int, body: bytes, *, resumed: bool) -> Sequence[CrawlRequest]:
        """Switches the search from POST to GET once, where `status` and `body` show that POST is unknown; raises
        otherwise.

        The official search is documented by POST and was recorded by GET with the same parameters. A refused key is
        reported without being shown: it is removed from the answer to a secret `request`. `resumed` changes nothing.
        """
        del resumed
        if request.secret:
            raise complaint(request, status, _without_key(body, self._key))
        if request.kind == "search" and not self._by_get and _is_missing(status, body):
            self._by_get = True
            return [self._page_request()]
        raise complaint(request, status, body)

    def _token_request(self) -> CrawlRequest:
        paths = self.feed.paths(self.job)
        identifier, secret = self._key or ("", "")
        form = {"grant_type": "client_credentials", "client_id": identifier, "client_secret": secret}
        payload = urlencode(form | ({"scope": paths.scope} if paths.scope else {})).encode()
        kind = "application/x-www-form-urlencoded"
        url = self.job.base_url + paths.token
        return CrawlRequest("token", "token", url, "token", payload=payload, content_type=kind, secret=True)

    def _page_request(self) -> CrawlRequest:
        search_body = self.feed.search_body(self.job, self._page)
        url = self.job.base_url + self.feed.paths(self.job).search
        key = f"search {self._page} {search_body['publicationDateFrom']} {search_body['publicationDateTo']}"
        label = f"search-{self._page:04d}"
        if self._by_get:
            words = {name: str(value).lower() if value is True else value for name, value in search_body.items()}
            return CrawlRequest("search", f"{key} get", f"{url}?{urlencode(words)}", label, moves=True)
        return CrawlRequest("search", key, url, label, payload=json.dumps(search_body).encode(), moves=True)

    def _follow_page(self, request: CrawlRequest, body: bytes) -> Sequence[CrawlRequest]:
        page = read_object(request, body)
        total, rows = page.get("totalCount"), page.get("publications")
        if not isinstance(total, int) or not isinstance(rows, list):
            raise SourceChanged(f"{request.url}: no totalCount or publications in {excerpt(body)}")
        numbers = read_numbers(request, cast("list[object]", rows), "publicationWorkspaceId")
        listed = [cast("Row", row) if isinstance(row, dict) else {} for row in cast("list[object]", rows)]
        self._doubt_total(request, total)
        self._doubt_rows(request, listed)
        for number, row in zip(numbers, listed, strict=True):
            known = row.get("noticeIds")
            if number is None:
                self._unnamed += 1
            else:
                self._workspaces[number] = len(cast("list[object]", known)) if isinstance(known, list) else 0
        self.rows += len(listed)
        self._page += 1
        if listed and self.rows < total:
            return [self._page_request()]
        self._close(request, total)
        fetched = [self.feed.document(self.job, n, versions=v) for n, v in self._workspaces.items()]
        again = (n for n in self.job.complete if n not in self._workspaces)
        return [*fetched, *(self.feed.document(self.job, number) for number in again)]

    def _doubt_total(self, request: CrawlRequest, total: int) -> None:
        """More than the days can hold, or another number than on the page before."""
        days = (self.job.last - self.job.first).days + 1
        if total > days * self.feed.most:
            raise SourceChanged(
                f"{request.url}: totalCount {total} for {days} days, {days * self.feed.most} at most are plausible: "
                "the requested days were ignored; compare the parameters of the search with the publisher's contract"
            )
        if self._total is not None and total != self._total:
            raise SourceIncomplete(
                f"{request.url}: totalCount was {self._total} and is {total} on page {self._page}; crawl again later"
            )
        self._total = total

    def _doubt_rows(self, request: CrawlRequest, rows: Sequence[Row]) -> None:
        """Rows of other days than those requested, more than one in twenty, show that the filter was ignored; a single
        one among others is a broken row."""
        days = [day for row in rows if (day := _day_of(row))]
        outside = [day for day in days if not self.job.first <= day <= self.job.last]
        self._dated, self._outside = self._dated + len(days), self._outside + len(outside)
        is_single = self._outside == 1 and self._dated > 1
        if outside and not is_single and self._outside * 20 > self._dated:
            raise SourceChanged(
                f"{request.url}: a publication of {outside[0]} came, and {self.job.first} to {self.job.last} "
                "were requested: they were ignored; compare the parameters of the search with the publisher's contract"
            )

    def _close(self, request: CrawlRequest, total: int) -> None:
        if self.rows != total or len(self._workspaces) + self._unnamed != total:
            raise SourceIncomplete(
                f"{request.url}: {len(self._workspaces)} workspaces in {self.rows} rows came of {total} announced; "
                "crawl again later"
            )
        if total == 0 and has_working_day(self.job.first, self.job.last):
            self.alarms.append(
                f"no publication at all from {self.job.first} to {self.job.last}, a working day among them; "
                "look at the words of the search"
            )


def _read_config(request: CrawlRequest, body: bytes) -> tuple[str, str]:
    """The identifier and the secret that the page gives every browser. Names may be shown, values never."""
    settings = dict(cast("list[tuple[str, str]]", _SETTING.findall(body.decode("utf-8", "replace"))))
    found = [
        next((value for name, value in settings.items() if name.endswith(ending)), None)
        for ending in ("CLIENT_ID", "SECRET")
    ]
    if None in found:
        raise SourceChanged(f"{request.url}: no client among {sorted(settings) or 'no VITE_AUTH_ setting at all'}")
    return found[0] or "", found[1] or ""


def _read_token(request: CrawlRequest, body: bytes) -> str:
    """The token; nothing of the answer is shown."""
    try:
        found = cast("object", json.loads(body))
    except (ValueError, RecursionError):
        found = None
    token = cast("Row", found).get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token:
        raise SourceChanged(
            f"{request.url}: the answer holds no access_token; compare it with the publisher's contract"
        )
    return token


def _without_key(body: bytes, key: tuple[str, str] | None) -> bytes:
    for word in key or ():
        body = body.replace(word.encode(), b"***") if word else body
    return body


def _is_missing(status: int, body: bytes) -> bool:
    """405 and 404, and their form at the gateway: 500 with {"error": {"detail": {"detail": "HTTP 404 Not Found"}}}
    (recorded on the integration host)."""
    return status in {404, 405} or (status == 500 and (b"HTTP 404" in body or b"HTTP 405" in body))


def _day_of(row: Row) -> date | None:
    try:
        return date.fromisoformat(str(row.get("publicationDate"))[:10])
    except ValueError:
        return None
