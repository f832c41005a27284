"""Public pages as an HTML parser sees them, and what every one of them keeps to."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

import httpx

_LOADING = {"script", "link", "iframe", "object", "embed", "video", "audio", "base"}


class PublicPage(HTMLParser):
    """A page that was answered. Raises AssertionError for one without language, title, viewport, one heading or the other
    language; for script, style or sources that its policy would not let through; for labels and references to nothing."""

    def __init__(self, answer: httpx.Response, *, languages: int = 2) -> None:
        """`languages` is in how many the page can be read."""
        super().__init__()
        self.tags: list[str] = []
        self.ids: dict[str, str] = {}
        self.labels: list[str] = []
        self.points: list[str] = []
        self.links: list[str] = []
        self.alerts: list[str] = []
        self.invalid: list[str] = []
        self.names: dict[str, int] = {}
        self.values: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self.images: list[str] = []
        self.lang = self.direction = self.viewport = self.title = self.style = self.heading = self.action = ""
        self._within: list[str] = []
        self._written = ""
        self.feed(answer.text)
        self._keeps_to_the_rules(answer, languages)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters of it."""
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self._within.append(tag)
        assert not any(name.startswith("on") or name in {"style", "srcset", "formaction"} for name in found), found
        if "id" in found:
            assert found["id"] not in self.ids
            self.ids[found["id"]] = tag
        if tag == "html":
            self.lang, self.direction = found["lang"], found["dir"]
        if tag == "meta" and found.get("name") == "viewport":
            self.viewport = found["content"]
        if "src" in found:
            self.images.append(found["src"])
        self._note_field(tag, found)
        self._note_link(found)

    def _note_link(self, found: dict[str, str]) -> None:
        if "href" in found and "hreflang" in found:
            self.others[found["hreflang"]] = found["href"]
        elif "href" in found:
            self.links.append(found["href"])

    def _note_field(self, tag: str, found: dict[str, str]) -> None:
        if tag == "label":
            self.labels.append(found["for"])
        if tag == "form":
            self.action = found["action"]
        if "aria-describedby" in found:
            self.points += found["aria-describedby"].split()
        if found.get("role") == "alert":
            self.alerts.append(tag)
        if "aria-invalid" in found:
            self.invalid.append(found.get("name") or found["aria-describedby"].split()[-1].removesuffix("-error"))
        if tag not in {"input", "textarea"}:
            return
        name = found["name"]
        self.names[name] = self.names.get(name, 0) + 1
        if tag == "textarea":
            self._written = name
        if found.get("type") != "radio" or "checked" in found:
            self.values[name] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Leave it, and whatever in it needs no end."""
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """What is written in the tag that is open."""
        within = self._within[-1] if self._within else ""
        if within == "title":
            self.title += data
        elif within == "style":
            self.style += data
        elif within == "h1":
            self.heading += data
        elif within == "textarea":
            self.values[self._written] += data

    def written(self, name: str) -> str:
        """What stands in a text field, as a browser shows it: the line break after the tag is not a part of it."""
        value = self.values[name]
        return value.removeprefix("\n") if self.ids.get(name) == "textarea" else value

    def _keeps_to_the_rules(self, answer: httpx.Response, languages: int) -> None:
        assert self.lang == answer.headers["content-language"]
        assert self.direction in {"ltr", "rtl"}
        assert self.title.strip()
        assert self.heading.strip()
        assert "width=device-width" in self.viewport
        assert "user-scalable" not in self.viewport
        assert [self.tags.count(tag) for tag in ("h1", "main", "title", "style", "header")] == [1] * 5
        assert set(self.tags) & _LOADING == set()
        assert all(source.startswith("data:image/") for source in self.images)
        assert len(self.others) == languages - 1
        assert all(to.endswith(f"?lang={language}") and language != self.lang for language, to in self.others.items())
        fields = {name for name, tag in self.ids.items() if tag in {"input", "textarea"}}
        assert sorted(self.labels) == sorted(fields)
        assert set(self.points) | {to[1:] for to in self.links if to.startswith("#")} <= set(self.ids)
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy.pop("img-src", "data:") == "data:"
        assert policy == {
            "default-src": "'none'",
            "style-src": f"'sha256-{digest}'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
