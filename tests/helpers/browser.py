"""A stand-in for a person's browser: plain HTTP, redirects, and a consent page that is agreed to.

It is a `LinkOpener`: what the host would hand to the system's browser is walked in a thread here,
up to the page that the host's own doorway shows. Nothing of the host is called.
"""

from __future__ import annotations

import html
import re
import threading
import urllib.request
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

SECONDS = 30.0


class _Noting(urllib.request.HTTPRedirectHandler):
    def __init__(self, steps: list[str]) -> None:
        self._steps = steps

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._steps.append(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass
class Browser:
    """Agrees to everything, or with *says* `deny` to nothing."""

    says: str = "approve"
    opened: list[str] = field(default_factory=list[str])
    steps: list[str] = field(default_factory=list[str])
    """Every address that was walked through."""
    pages: list[str] = field(default_factory=list[str])
    """The last page of each walk, or why there was none."""

    def __call__(self, url: str) -> None:
        self.opened.append(url)
        threading.Thread(target=self.walk, args=(url,), daemon=True).start()

    def asked(self) -> list[dict[str, list[str]]]:
        """The queries of the addresses that were opened."""
        return [parse_qs(urlsplit(url).query) for url in self.opened]

    def codes(self) -> list[str]:
        """The authorization codes that came by."""
        queries = [parse_qs(urlsplit(url).query) for url in self.steps]
        return [code for query in queries for code in query.get("code", [])]

    def walk(self, url: str) -> None:
        """From *url* over the consent page to the end."""
        try:
            page = self._get(url)
            link = re.search(rf'<a class="[^"]*\b{self.says}\b[^"]*"[^>]*? href="([^"]+)"', page)
            self.pages.append(page if link is None else self._get(html.unescape(link[1])))
        except OSError as error:
            self.pages.append(f"{type(error).__name__}: {error}")

    def _get(self, url: str) -> str:
        self.steps.append(url)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Noting(self.steps))
        with direct.open(url, timeout=SECONDS) as answer:
            return answer.read().decode()
