"""The markup of a template, by the first parser (lexbor): what stands in it, and its parts.

Pure; called by `findings` after `budget.parsers_can_bear`. Fills a `Page` for the other scanners.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mcphost.templates.budget import Budget
from mcphost.templates.page import Page
from mcphost.templates.report import Report

MAX_TEMPLATE_DEPTH: Final = 4
MAX_DEPTH: Final = 256
MAX_ELEMENTS: Final = 5_000

_HIDING: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_APPROVAL: Final = re.compile(
    r"\s*(allow|approve|grant|permit|authori[sz]e|deny|always allow)\b", re.IGNORECASE
)
_LOADING: Final = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "iframe": ("src",),
    "frame": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "body": ("background",),
    "link": ("href",),
}
_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object", "portal", "fencedframe"})
_HINTS: Final = frozenset({"dns-prefetch", "preconnect", "prefetch", "preload", "modulepreload"})
_SPOKEN: Final = ("alt", "title", "aria-label", "aria-description", "placeholder", "content")

Attributes = Mapping[str, str | None]


def read_markup(html: str, page: Page, report: Report, *, level: int = 0) -> None:
    """Fill *page* from *html* and report what its elements do."""
    root = LexborHTMLParser(html).root
    if root is None:
        return
    budget = Budget(report, "the markup")
    deepest = 0
    for node in root.traverse(include_text=False):
        tag = node.tag or ""
        if tag.startswith("-"):  # comments and the like
            continue
        attributes: Attributes = node.attributes
        page.elements[tag] += 1
        _read_element(node, tag, attributes, page, report)
        for name, value in attributes.items():
            _read_attribute(tag, name, value or "", page, report)
        if tag == "template" and level < MAX_TEMPLATE_DEPTH:
            _read_inert(node.html or "", page, report, level + 1)
        if page.elements.total() % 64 == 0:
            deepest = max(deepest, _depth(node))
            if budget.spent():
                return
    if page.elements.total() > MAX_ELEMENTS or deepest > MAX_DEPTH:
        report.add("markup-unusual", f"{page.elements.total()} elements, {deepest} levels deep")


def _read_inert(outer_html: str, page: Page, report: Report, level: int) -> None:
    """Read the inside of a template element: nobody sees its text until a script says so."""
    before = len(page.shown)
    as_div = "<div" + outer_html[len("<template") :].removesuffix("</template>") + "</div>"
    read_markup(as_div, page, report, level=level)
    page.elements["div"] -= 1
    page.hidden += [(text, "template element") for text in page.shown[before:]]
    del page.shown[before:]


def _depth(node: LexborNode) -> int:
    depth, parent = 0, node.parent
    while parent is not None and depth <= MAX_DEPTH:
        depth, parent = depth + 1, parent.parent
    return depth


def _read_element(
    node: LexborNode, tag: str, attributes: Attributes, page: Page, report: Report
) -> None:
    text = node.text(deep=False) or ""
    match tag:
        case "script":
            _read_script(text, attributes, page, report)
        case "style":
            page.styles.append(text)
        case _:
            if reader := _ELEMENTS.get(tag):
                reader(node, attributes, report)
            _read_text(node, attributes, text, page)


def _read_script(text: str, attributes: Attributes, page: Page, report: Report) -> None:
    kind = (attributes.get("type") or "").strip().lower()
    if kind == "importmap":
        report.add("import-map", "An import map changes which modules its scripts load.")
    elif kind == "speculationrules":
        report.add("resource-hint", "speculation rules", "script")
    elif kind in ("", "module") or "javascript" in kind or "ecmascript" in kind:
        page.scripts.append(text)
        return
    page.hidden.append((text, f"script of type {kind}"))


def _read_text(node: LexborNode, attributes: Attributes, text: str, page: Page) -> None:
    for name in _SPOKEN:
        if value := attributes.get(name):
            page.hidden.append((value, f"attribute {name}"))
    style = attributes.get("style") or ""
    if "hidden" in attributes or _HIDING.search(style):
        page.hidden.append((node.text(deep=True) or "", "hidden element"))
    elif node.tag == "noscript":
        page.hidden.append((node.text(deep=True) or "", "noscript element"))
    elif text.strip():
        page.shown.append(text)


def _meta(node: LexborNode, attributes: Attributes, report: Report) -> None:
    content = attributes.get("content") or ""
    equivalent = (attributes.get("http-equiv") or "").strip().lower()
    if equivalent == "refresh":
        report.add("meta-refresh", content)
    charset = attributes.get("charset") or ""
    if equivalent == "content-type" and "charset=" in content.lower():
        charset = content.lower().split("charset=", 1)[1]
    if charset and charset.strip().lower() not in ("utf-8", "utf8"):
        report.add("charset-other", charset)


def _input(node: LexborNode, attributes: Attributes, report: Report) -> None:
    complete = (attributes.get("autocomplete") or "").lower()
    if (attributes.get("type") or "").lower() == "password" or "password" in complete:
        report.add(
            "password-input",
            "It has a password field. Never type a password of yours into an App.",
            "input",
        )


def _button(node: LexborNode, attributes: Attributes, report: Report) -> None:
    words = node.text(deep=True) or attributes.get("aria-label") or ""
    if _APPROVAL.match(words):
        report.add("approval-wording", words.strip(), "button")


def _link(node: LexborNode, attributes: Attributes, report: Report) -> None:
    relations = (attributes.get("rel") or "").lower().split()
    if _HINTS.intersection(relations):
        report.add("resource-hint", attributes.get("href") or "", f"link {' '.join(relations)}")


def _anchor(node: LexborNode, attributes: Attributes, report: Report) -> None:
    href = (attributes.get("href") or "").strip()
    if "ping" in attributes:
        report.add("ping-attribute", attributes["ping"] or "")
    if "download" in attributes:
        report.add("download-link", href or attributes["download"] or "")
    if re.match(r"(?:https?:)?//", href, re.IGNORECASE):
        report.add("link-out", href)


def _form(node: LexborNode, attributes: Attributes, report: Report) -> None:
    target = attributes.get("action") or attributes.get("formaction") or ""
    if target:
        report.add("form-action", target)


def _base(node: LexborNode, attributes: Attributes, report: Report) -> None:
    report.add("base-element", attributes.get("href") or "")


def _frame(node: LexborNode, attributes: Attributes, report: Report) -> None:
    source = attributes.get("src") or attributes.get("data") or attributes.get("srcdoc") or ""
    report.add("embedded-frame", source, node.tag or "")


_ELEMENTS: Final[dict[str, Callable[[LexborNode, Attributes, Report], None]]] = {
    "meta": _meta,
    "input": _input,
    "button": _button,
    "link": _link,
    "a": _anchor,
    "area": _anchor,
    "form": _form,
    "base": _base,
    **dict.fromkeys(_FRAMES, _frame),
}


def _read_attribute(tag: str, name: str, value: str, page: Page, report: Report) -> None:
    if name.startswith("on") and len(name) > 3:
        report.add("inline-handler", f"<{tag} {name}>")
        page.scripts.append(value)
    elif name == "style":
        page.styles.append(value)
    elif name == "srcdoc":
        page.hidden.append((value, "srcdoc"))
    elif name == "formaction":
        report.add("form-action", value, tag)
    if re.match(r"[\s\x00-\x1f]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:", value, re.IGNORECASE):
        report.add("script-url", value, f"{tag} {name}")
        page.scripts.append(value.split(":", 1)[1])
    if name in _LOADING.get(tag, ()):
        urls = [part.split()[0] for part in value.split(",") if part.split()]
        page.urls += [(url, f"{tag} {name}") for url in (urls if name == "srcset" else [value])]
