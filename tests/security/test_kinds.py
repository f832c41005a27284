"""The table of kinds over everything that can be read: each view, list, history, dossier, text, stream, export and record.

Markers are planted through the public routes; what is read comes out of the documents, so that a new view is read by itself.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from rapport_chassis.security.kinds import TABLE, X_KIND, Kind
from rapport_cli.services import SERVICES
from rapport_contracts.topics import TOPICS
from rapport_testing.plants import Garden, Plant, plant
from rapport_testing.product import Product, pages
from rapport_testing.topics import dump
from rapport_testing.waiting import wait_for

from .operations import Operation, operations_of

pytestmark = pytest.mark.timeout(400)
LEVELS = (1, 2, 3, 4)
NOTHING_PLANTED = re.compile(r"/history$|/parked/\{message_id\}$")
"""Histories are one route for all lives, and one of each service has notes here; of parked messages the bytes are read in
the tests of the park, at level 4, below which nobody may call it."""


def flat(text: str) -> str:
    """Without what stands between the parts of a number."""
    return re.sub(r"[\s\\|-]", "", text)


@dataclass
class Read:
    """What one level read: each answer by operation, and what of the trail it left."""

    level: int
    answers: dict[str, str] = field(default_factory=dict)
    unaudited: list[str] = field(default_factory=list)


class Stream(threading.Thread):
    """Listens to the live updates of a service from now on."""

    def __init__(self, product: Product, service: str, level: int) -> None:
        super().__init__(daemon=True)
        self._client, self._service = product.client(level), service
        self.heard, self.open = "", threading.Event()

    def run(self) -> None:
        try:
            with self._client.stream("GET", f"/{self._service}/v1/events") as answer:
                assert answer.status_code == 200
                self.open.set()
                for piece in answer.iter_text():
                    self.heard += piece
        except (httpx.HTTPError, RuntimeError):
            pass  # it was closed

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def streams(product: Product) -> Iterator[dict[str, Stream]]:
    made = {name: Stream(product, name, 1) for name in SERVICES}
    for each in made.values():
        each.start()
    for each in made.values():
        assert each.open.wait(30)
    yield made
    for each in made.values():
        each.close()


@pytest.fixture(scope="module")
def garden(product: Product, streams: Mapping[str, Stream]) -> Garden:
    with product.client() as client:
        client.timeout = httpx.Timeout(120)  # what is planted must be there, however busy the machine is
        made = Garden(client, wait_for)
        plant(made)
        return made


@pytest.fixture(scope="module")
def documents(product: Product) -> Mapping[str, Mapping[str, Any]]:
    with product.client() as client:
        return {name: client.get(f"/{name}/openapi.json").raise_for_status().json() for name in SERVICES}


@pytest.fixture(scope="module")
def read(product: Product, garden: Garden, documents: Mapping[str, Mapping[str, Any]]) -> dict[int, Read]:
    """Everything at level 4; at the others what showed something there or may by its document, since nobody sees there what
    level 4 does not."""
    with product.client(4) as client:
        ids = {name: found_in_lists(client, document) | garden.ids for name, document in documents.items()}
    every = [(name, each) for name, document in documents.items() for each in operations_of(document)]
    readable = [(name, each) for name, each in every if each.method == "GET" and not each.path.endswith("/events")]
    whole = walked(product, garden, ids, readable, 4)
    telling = [
        (name, each)
        for name, each in readable
        if kinds_in(documents[name], each.says["responses"]) or shows(whole.answers[each.name], garden.plants, 4)
    ]
    return {4: whole} | {level: walked(product, garden, ids, telling, level) for level in (1, 2, 3)}


def walked(
    product: Product,
    garden: Garden,
    ids: Mapping[str, Mapping[str, str]],
    operations: Iterable[tuple[str, Operation]],
    level: int,
) -> Read:
    made, traces = Read(level), dict[str, UUID]()
    with product.client(level) as client, product.client(4) as auditor:
        client.timeout = auditor.timeout = httpx.Timeout(120)
        for service, operation in operations:
            path = operation.filled(**{**ids[service], **_names(operation)})
            traces[operation.name] = uuid4()
            answer = client.get(path, headers={"traceparent": f"00-{traces[operation.name].hex}-00f067aa0ba902b7-01"})
            assert answer.status_code < 500, (operation.name, answer.text)
            made.answers[operation.name] = text_of(answer)
        audited = {row["correlation_id"] for service in ids for row in pages(auditor, f"/{service}/v1/audit")}
    made.unaudited += [
        name for name, text in made.answers.items() if shows(text, garden.plants, level) and str(traces[name]) not in audited
    ]
    with product.client(level) as client:
        path = "/profiles/v1/customers:batch-get"
        made.answers[f"POST {path}"] = client.post(path, json={"ids": [garden.ids["customer_id"]]}).text
        path, ask = "/complaints/v1/letter-templates/update:preview", {"language": "en", "message": ""}
        made.answers[f"POST {path}"] = client.post(path, json={**ask, "complaint_id": garden.ids["complaint_id"]}).text
    return made


def shows(text: str, plants: Iterable[Plant], level: int) -> bool:
    """Whether anything that was planted is there, as this level sees it."""
    there = flat(text)
    return any(shown(each, level, there) for each in plants)


def _names(operation: Operation) -> dict[str, str]:
    return {"code": "update"} if "letter-templates" in operation.path else {}


def found_in_lists(client: httpx.Client, document: Mapping[str, Any]) -> dict[str, str]:
    """An id of each kind of thing that a list without an id in its path shows: `/repairs` for `/repairs/{repair_id}`."""
    found: dict[str, str] = {}
    for operation in operations_of(document):
        match = re.fullmatch(r"(.*)/\{(\w+)\}", operation.path)
        if operation.method == "GET" and match is not None and "{" not in match[1]:
            items = client.get(match[1]).json().get("items") or []
            if items and "id" in items[0]:
                found[match[2]] = str(items[0]["id"])
    return found


def shown(planted: Plant, level: int, there: str) -> bool:
    """Whether something that only this plant has is in a flat text."""
    seen = planted.seen_by(level)
    return seen is not None and seen.strip("* ") != "" and flat(seen) in there


def text_of(answer: httpx.Response) -> str:
    if answer.headers.get("content-type", "").startswith("application/pdf"):
        return text_of_pdf(answer.content)
    return answer.text


def text_of_pdf(content: bytes) -> str:
    """The text of a PDF as typst writes it: strings of glyphs, and for each font a table of what they mean."""
    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            streams.append(zlib.decompress(found[1]).decode("latin-1"))
        except zlib.error:
            continue
    maps = [cmap for each in streams if "beginbfchar" in each or "beginbfrange" in each for cmap in [_meanings(each)]]
    drawn = [re.findall(r"<([0-9A-Fa-f]+)>|\(((?:\\.|[^\\)])*)\)", each) for each in streams if "TJ" in each or "Tj" in each]
    texts = []
    for meanings in maps:
        for strings in drawn:
            codes = "".join(code or "".join(f"{ord(sign):02x}" for sign in _unescaped(raw)) for code, raw in strings)
            texts.append("".join(meanings.get(codes[at : at + 4].lower(), "") for at in range(0, len(codes), 4)))
    return "\n".join(texts)


def _unescaped(raw: str) -> str:
    simple = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
    return re.sub(r"\\([0-7]{1,3}|.)", lambda m: chr(int(m[1], 8)) if m[1][0] in "01234567" else simple.get(m[1], m[1]),
                  raw, flags=re.DOTALL)  # fmt: skip


def _meanings(cmap: str) -> dict[str, str]:
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[code.lower()] = bytes.fromhex(text).decode("utf-16-be", "replace")
    return found


def leaks(answers: Mapping[str, str], plants: list[Plant], level: int) -> list[str]:
    """What is there and may not be."""
    secrets = [(each, secret, flat(secret)) for each in plants for secret in each.secret_from(level)]
    return [
        f"{name} shows level {level} of {each.kind} ({each.where}): {secret}"
        for name, text, there in ((name, text, flat(text)) for name, text in answers.items())
        for each, secret, flattened in secrets
        if secret in text or flattened in there
    ]


def missing(answers: Mapping[str, str], plants: list[Plant], level: int) -> list[str]:
    """What a level should see and does nowhere."""
    everything = flat("\n".join(answers.values()))
    seen = [(each, each.seen_by(level)) for each in plants]
    return [f"{one.kind} ({one.where})" for one, text in seen if text is not None and flat(text) not in everything]


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_sees_what_the_table_says_and_nothing_more(read: dict[int, Read], garden: Garden, level: int) -> None:
    answers = read[level].answers
    assert {each.kind for each in garden.plants} >= set(Kind) - {Kind.PROOF}
    assert len(answers) > (150 if level == 4 else 20) and leaks(answers, garden.plants, level) == []
    assert missing(answers, garden.plants, level) == []
    assert read[level].unaudited == [], "each reading left a row"


def test_every_operation_with_personal_data_in_its_document_was_read_with_some_in_it(
    read: dict[int, Read], garden: Garden, documents: Mapping[str, Mapping[str, Any]]
) -> None:
    silent, unsaid = [], []
    for document in documents.values():
        for operation in operations_of(document):
            text, says = read[4].answers.get(operation.name), kinds_in(document, operation.says["responses"])
            if text is None:
                continue
            there = shows(text, garden.plants, 4)
            if says and not there and not NOTHING_PLANTED.search(operation.path):
                silent.append(operation.name)
            if there and not says and "application/json" in operation.says["responses"]["200"]["content"]:
                unsaid.append(operation.name)
    assert silent == [] and unsaid == [], "documents say what is personal, and no more"
    pdf = next(text for name, text in read[4].answers.items() if name.endswith("dossier.pdf"))
    assert sum(shown(each, 4, flat(pdf)) for each in garden.plants) > 8, "the PDF was read, too"
    histories = [name for name in read[4].answers if name.endswith("/history") and "zxqnote" in read[4].answers[name]]
    assert {name.split("/")[1] for name in histories} >= {"profiles", "interactions", "complaints"}


def kinds_in(document: Mapping[str, Any], part: Any, seen: set[str] | None = None) -> set[str]:
    """The kinds that an answer may hold, by its schema."""
    seen = set() if seen is None else seen
    if isinstance(part, list):
        return {kind for each in part for kind in kinds_in(document, each, seen)}
    if not isinstance(part, dict):
        return set()
    own = part.get(X_KIND, [])
    found = {own} if isinstance(own, str) else set(own)
    if "$ref" in part and part["$ref"] not in seen:
        seen.add(part["$ref"])
        target: Any = document
        for step in part["$ref"].split("/")[1:]:
            target = target[step]
        found |= kinds_in(document, target, seen)
    return found | {kind for each in part.values() for kind in kinds_in(document, each, seen)}


def test_nothing_personal_is_in_streams_exports_and_on_topics(
    product: Product, garden: Garden, streams: Mapping[str, Stream], tmp_path: Path, read: dict[int, Read]
) -> None:
    del read  # after the walk, by which time what was planted has been told
    records = asyncio.run(dump(product.kafka, *[name for name in TOPICS if not name.endswith(".inbound")]))
    said = {f"{one.topic}/{one.offset}": f"{one.key!r} {one.value!r} {one.headers!r}" for one in records}
    exported = tmp_path / "events.jsonl"
    product.run("events", "export", exported, "--quiet")
    said |= {"export": exported.read_text()} | {f"stream of {name}": each.heard for name, each in streams.items()}
    assert garden.ids["complaint_id"] in said["export"] and garden.ids["complaint_id"] in said["stream of complaints"]
    assert leaks(said, [each for each in garden.plants if each.kind is not Kind.CARE], 0) == []


def test_the_walk_sees_a_view_that_shows_too_much(read: dict[int, Read], garden: Garden) -> None:
    low, high = read[2].answers, read[4].answers
    path = "GET /complaints/v1/complaints/{complaint_id}"
    assert leaks(low | {path: high[path]}, garden.plants, 2), "as a route without a kind would show it"
    assert missing({name: text for name, text in high.items() if "letters" not in name and "dossier" not in name},
                   garden.plants, 4) == ["letter (letter)"]  # fmt: skip
    pdf = next(name for name in low if name.endswith("dossier.pdf"))
    assert leaks({pdf: high[pdf]}, garden.plants, 2), "and a PDF"


def test_no_filter_and_no_order_is_about_what_is_masked(documents: Mapping[str, Mapping[str, Any]]) -> None:
    assert [line for document in documents.values() for line in asked_by_what_is_masked(document)] == []
    spoiled = json.loads(json.dumps(documents["profiles"]))
    spoiled["paths"]["/profiles/v1/customers"]["get"]["parameters"].append(
        {"name": "occupation", "in": "query", "schema": {"type": "string"}}
    )
    spoiled["components"]["schemas"]["DisplayView"]["properties"]["occupation"] = {"type": "string", X_KIND: "trait"}
    assert asked_by_what_is_masked(spoiled) == ["GET /profiles/v1/customers: occupation"]


def asked_by_what_is_masked(document: Mapping[str, Any]) -> list[str]:
    """Filters and orders by a field that is masked for those who may call the operation."""
    found = []
    for operation in operations_of(document):
        masked = names_of_kinds(document, operation.says["responses"], operation.level)
        for one in operation.says.get("parameters", ()):
            values = [str(each).lstrip("-") for each in one["schema"].get("enum", ())] if one["name"] == "sort" else []
            found += [f"{operation.name}: {name}" for name in [one["name"], *values] if name in masked]
    return found


def names_of_kinds(document: Mapping[str, Any], part: Any, level: int, seen: set[str] | None = None) -> set[str]:
    """Names of the fields that a caller of this level does not see in clear."""
    seen = set() if seen is None else seen
    if isinstance(part, list):
        return {name for each in part for name in names_of_kinds(document, each, level, seen)}
    if not isinstance(part, dict):
        return set()
    found = set()
    for name, each in part.get("properties", {}).items():
        kinds = each.get(X_KIND, [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        found |= {name for kind in kinds if level < TABLE[Kind(kind)].clear}
    if "$ref" in part and part["$ref"] not in seen:
        seen.add(part["$ref"])
        target: Any = document
        for step in part["$ref"].split("/")[1:]:
            target = target[step]
        found |= names_of_kinds(document, target, level, seen)
    return found | {name for each in part.values() for name in names_of_kinds(document, each, level, seen)}
