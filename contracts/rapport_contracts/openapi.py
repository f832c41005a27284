"""The OpenAPI documents as they are committed: that of each service, all of them as one, and the part that front ends need.

`make contracts` writes them; services and the origin serve them as they are. What many operations answer alike, such as the
problems of a token, stands in them once (`components/responses`); `inlined` is the same document with each answer where it
belongs, as everything here that looks into one has it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from rapport_contracts.openapi_compatibility import breaking_changes, gone_too_soon, major

Json = dict[str, Any]

OPENAPI = Path(__file__).parent / "openapi"
WHOLE, FRONT_END = "rapport", "front-end"
"""The names of the documents beside those of services."""
_KINDS = ("schemas", "headers", "examples", "securitySchemes")
_PREFIX = "#/components/"
_RESPONSES = f"{_PREFIX}responses/"


@cache
def served(name: str) -> bytes | None:
    """A document as it is sent, or None when none of that name is committed."""
    file = OPENAPI / f"{name}.json"
    return (
        json.dumps(json.loads(file.read_text()), ensure_ascii=False, separators=(",", ":")).encode()
        if file.exists()
        else None
    )


def written(document: Json) -> str:
    """A document as it is committed: a line for each value, in the order of the routes and of the fields."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def files(documents: Mapping[str, Json]) -> dict[Path, str]:
    """What is committed for these documents of services: path to text."""
    whole = joined(documents)
    made = {**documents, WHOLE: whole, FRONT_END: for_front_ends(whole)}
    return {OPENAPI / f"{name}.json": written(shared(each)) for name, each in sorted(made.items())}


def shared(document: Json) -> Json:
    """The document with each answer that is empty or a problem, and that several operations give, written once. Its name is
    made of what it says, so that it stays when others come and go."""
    texts = Counter(json.dumps(answer, sort_keys=True) for _, answer in _bare_answers(document))
    made: Json = json.loads(json.dumps(document))
    responses: Json = {}
    for status, answer in _bare_answers(made):
        text = json.dumps(answer, sort_keys=True)
        if texts[text] > 1:
            name = f"{'Problem' if status >= HTTPStatus.BAD_REQUEST else 'Answer'}{status}_{_digest(text)}"
            responses[name] = dict(answer)
            answer.clear()
            answer["$ref"] = f"{_RESPONSES}{name}"
    made["components"]["responses"] = dict(sorted(responses.items()))
    return made


def inlined(document: Json) -> Json:
    """The document as it was before `shared`."""
    made: Json = json.loads(json.dumps(document))
    responses = made["components"].pop("responses", {})
    for operation in operations(made):
        for status, answer in operation["responses"].items():
            if "$ref" in answer:
                operation["responses"][status] = responses[answer["$ref"].removeprefix(_RESPONSES)]
    return made


def _bare_answers(document: Json) -> Iterator[tuple[int, Json]]:
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= HTTPStatus.MULTIPLE_CHOICES:
                yield int(status), answer


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def problems(documents: Mapping[str, Json], today: date) -> list[str]:
    """What forbids these documents: clients of the committed ones that would be broken. A new major version may do so, but
    for operations that are gone before they were deprecated for long enough; a service that is gone is told by its name."""
    found = []
    for name, file in ((file.stem, file) for file in sorted(OPENAPI.glob("*.json")) if file.stem not in {WHOLE, FRONT_END}):
        before = inlined(json.loads(file.read_text()))
        if name not in documents:
            found.append(f"{name}: the service is gone")
        elif major(documents[name]) <= major(before):
            found += [f"{name}: {text}" for text in breaking_changes(before, documents[name])]
        else:
            found += [f"{name}: {text}" for text in gone_too_soon(before, documents[name], today)]
    return found


def joined(documents: Mapping[str, Json]) -> Json:
    """All services as one document. Parts that are the same in several stand in it once; where two services give one name to
    different things, each bears the name of its service: `ComplaintsItemResult`. Tags and ids of operations that several
    services have, too: `complaints.operation`."""
    renamed = _clashes(documents)
    whole: Json = {"components": {kind: {} for kind in _KINDS}, "paths": {}, "tags": []}
    for service, document in sorted(documents.items()):
        own = _renamed(document, service, renamed)
        for kind in _KINDS:
            whole["components"][kind] |= own["components"].get(kind, {})
        whole["paths"] |= own["paths"]
        whole["tags"] += own["tags"]
    first = next(iter(documents.values()))
    about = " ".join(each["info"]["description"] for _, each in sorted(documents.items()))
    whole["info"] = {**first["info"], "title": "Rapport", "description": about}
    return {"openapi": first["openapi"], "servers": first["servers"], **whole}


def for_front_ends(document: Json) -> Json:
    """The document without the operations that are for operators, and without what only these use."""
    paths = {
        path: kept
        for path, methods in document["paths"].items()
        if (kept := {method: each for method, each in methods.items() if each.get("x-audience") != "operators"})
    }
    info = {**document["info"], "title": f"{document['info']['title']} Front End"}
    made = {**document, "info": info, "paths": paths}
    used = {tag for operation in operations(made) for tag in operation["tags"]}
    made["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    reached = _reached(made)
    parts = document["components"]
    made["components"] = {
        kind: {name: each for name, each in parts[kind].items() if kind == "securitySchemes" or (kind, name) in reached}
        for kind in parts
    }
    return made


def _clashes(documents: Mapping[str, Json]) -> set[tuple[str, str]]:
    """Kind and name of parts that two documents have and that differ; with all that refers to one of them."""
    variants: dict[tuple[str, str], set[str]] = {}
    refers: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for document in documents.values():
        for kind in _KINDS:
            for name, part in document["components"].get(kind, {}).items():
                variants.setdefault((kind, name), set()).add(json.dumps(part, sort_keys=True))
                refers.setdefault((kind, name), set()).update(_refs(part))
    found = {key for key, texts in variants.items() if len(texts) > 1}
    shared = {
        key for key in variants if sum(key[1] in each["components"].get(key[0], {}) for each in documents.values()) > 1
    }
    while more := {key for key in shared - found if refers[key] & found}:
        found |= more
    return found


def _renamed(document: Json, service: str, clashes: set[tuple[str, str]]) -> Json:
    """The document with names that are its own. A schema keeps its title in step."""
    told = {f"{_PREFIX}{kind}/{name}": f"{_PREFIX}{kind}/{_own(service, kind, name)}" for kind, name in clashes}
    made: Json = json.loads(json.dumps(document))
    for node in nodes(made):
        if node.get("$ref") in told:
            node["$ref"] = told[node["$ref"]]
    for kind in _KINDS:
        parts = made["components"].get(kind, {})
        made["components"][kind] = {
            _own(service, kind, name) if (kind, name) in clashes else name: part for name, part in parts.items()
        }
        for name, part in made["components"][kind].items():
            if kind == "schemas" and "title" in part:
                part["title"] = name
    for operation in operations(made):
        operation["operationId"] = f"{service}.{operation['operationId']}"
        operation["tags"] = [f"{service}: {tag}" for tag in operation["tags"]]
    made["tags"] = [{**tag, "name": f"{service}: {tag['name']}"} for tag in made["tags"]]
    return made


def _own(service: str, kind: str, name: str) -> str:
    return f"{service.capitalize()}{name}" if kind == "schemas" else f"{service}-{name}"


def _reached(document: Json) -> set[tuple[str, str]]:
    """Kind and name of every part that the paths lead to."""
    found: set[tuple[str, str]] = set()
    ahead = _refs(document["paths"])
    while ahead:
        found |= ahead
        ahead = {ref for kind, name in ahead for ref in _refs(document["components"][kind][name])} - found
    return found


def _refs(part: Any) -> set[tuple[str, str]]:
    refs = [str(node["$ref"]) for node in nodes(part) if "$ref" in node]
    return {(kind, name) for ref in refs for kind, name in [ref.removeprefix(_PREFIX).split("/", 1)]}


def operations(document: Json) -> Iterator[Json]:
    """Every operation of a document."""
    for methods in document["paths"].values():
        yield from methods.values()


def nodes(part: Any) -> Iterator[Json]:
    """Every object in a part of a document."""
    if isinstance(part, dict):
        yield part
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inner:
        yield from nodes(each)
