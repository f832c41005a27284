"""Letters of templates: what a template may do, what is shipped, what is kept of a letter."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.correspondence.domain.letters import (
    LONGEST_LETTER,
    VARIABLES,
    Language,
    LetterFormat,
    LetterTemplate,
    Written,
    render,
    samples,
    values_of,
)
from rapport_complaints.shipped import shipped
from rapport_contracts.complaints.correspondence import CommunicationRecorded, LetterIssued
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .making import MONDAY, received

SHIPPED = shipped("letter_templates", LetterTemplate)
CODES = ["acknowledgement", "apology", "closing", "decision", "not-upheld", "update"]
HOSTILE = [
    ("{{ ''.__class__ }}", "template-not-allowed"),
    ("{{ number.__class__.__mro__ }}", "template-not-allowed"),
    ("{{ number[0] }}", "template-not-allowed"),
    ("{{ number|attr('__class__') }}", "template-not-allowed"),
    ("{{ ().__class__.__bases__[0].__subclasses__() }}", "template-not-allowed"),
    ("{% for i in range(1000000000) %}x{% endfor %}", "template-not-allowed"),
    ("{% for a in number %}{% for b in number %}x{% endfor %}{% endfor %}", "template-not-allowed"),
    ("{{ range(1000000000)|list }}", "template-not-allowed"),
    ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "template-not-allowed"),
    ("{% include 'letter' %}", "template-not-allowed"),
    ("{% extends 'letter' %}", "template-not-allowed"),
    ("{% import 'os' as os %}", "template-not-allowed"),
    ("{% set number = 'x' %}", "template-not-allowed"),
    ("{{ 9 ** 9999999 }}", "template-not-allowed"),
    ("{{ 'x' * 1000000000 }}", "template-not-allowed"),
    ("{{ message ~ message }}", "template-not-allowed"),
    ("{{ cycler(1, 2) }}", "template-not-allowed"),
    ("{{ number|safe }}", "template-not-allowed"),
    ("{{ number|center(1000000000) }}", "template-not-allowed"),
    ("{{ self }}", "template-unknown-variable"),
    ("{{ phone }}", "template-unknown-variable"),
    ("{{ number", "template-syntax"),
    ("{% if number %}", "template-syntax"),
    ("{{ " + "9" * 5000 + " }}", "template-syntax"),
    ("{% if number %}" * 100 + "x" + "{% endif %}" * 100, "template-too-deep"),
    ("{{ " + "(" * 5000 + "number" + ")" * 5000 + " }}", "template-too-deep"),
    ("{{ " + "not " * 4000 + "number }}", "template-too-deep"),
    ("{{ " + "number and " * 1500 + "number }}", "template-too-deep"),
]


@pytest.mark.parametrize(("source", "code"), HOSTILE, ids=[str(place) for place in range(len(HOSTILE))])
def test_a_hostile_template_is_refused_at_once(source: str, code: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Invalid) as refused:
        render(source, samples(), LetterFormat.TEXT)
    assert refused.value.code == code
    assert "__class__" not in refused.value.message
    assert time.perf_counter() - start < 5


def test_a_letter_that_grows_too_large_is_refused() -> None:
    values = samples() | {"message": "x" * 5000}
    with pytest.raises(Invalid) as refused:
        render("{{ message }}" * 1500, values, LetterFormat.TEXT)
    assert refused.value.code == "letter-too-large"
    assert len(render("{{ message }}" * (LONGEST_LETTER // 5000), values, LetterFormat.TEXT)) == LONGEST_LETTER


def test_html_escapes_what_is_filled_in_and_text_does_not() -> None:
    values = samples() | {"message": "<b>&", "name": "{{ number }}"}
    assert render("<p>{{ message|upper }}</p>", values, LetterFormat.HTML) == "<p>&lt;B&gt;&amp;</p>"
    assert render("{{ message }} {{ name }}", values, LetterFormat.TEXT) == "<b>& {{ number }}"


def test_every_shipped_template_has_both_languages_and_reads_well() -> None:
    assert sorted(SHIPPED) == CODES
    complaint = received()
    for template in SHIPPED.values():
        template.check()
        assert set(template.texts) == set(Language)
        for language in Language:
            written = Written("王小明", "The depot is searching.", "Customer Care")
            values = values_of(template, language, complaint, written, MONDAY)
            assert set(values) == set(VARIABLES)
            subject, body = template.make(language, values)
            assert "C1" in subject
            assert "\n" not in subject
            assert "王小明" in body
            assert "The depot is searching." in body
            assert ("2026年11月23日" if language is Language.ZH else "23 November 2026") in body
            bare = template.make(language, values | {"message": "", "name": "", "signature": ""})[1]
            assert ("客户，您好" if language is Language.ZH else "Dear customer,") in bare


def template(body: str = "Hello {{ name }}: {{ message }}", **changes: Any) -> dict[str, Any]:
    texts = {"en": {"subject": "About {{ number }}", "body": body}}
    return {"name": "Ours", "kind": "update", "texts": texts, **changes}


async def test_the_shipped_templates_are_there_and_a_put_adds_a_version(desk: Desk) -> None:
    items = (await desk.get("/letter-templates"))["items"]
    assert [(item["code"], item["version"], item["recorded_by"]) for item in items] == [
        (code, 1, "system:shipped") for code in CODES
    ]
    made = await desk.put("/letter-templates/update", template(effective_from="2099-01-01T00:00:00Z"))
    assert made["version"] == 2
    shown = await desk.post("/letter-templates/update:preview", {"language": "en"}, 200)
    assert (shown["template_version"], shown["subject"]) == (1, "Your complaint C2026-000042: where it stands")
    later = await desk.post("/letter-templates/update:preview", {"language": "en", "version": 2, "message": "Hi"}, 200)
    assert later["body"] == "Hello 王小明: Hi"
    told = await desk.post("/letter-templates/update:preview", {"language": "zh", "version": 2}, 422)
    assert told["code"] == "language-missing"
    names = [item["name"] for item in (await desk.get("/letter-templates:variables"))["items"]]
    assert names == list(VARIABLES)


@pytest.mark.parametrize(("source", "code"), HOSTILE, ids=[str(place) for place in range(len(HOSTILE))])
async def test_a_hostile_template_is_never_stored(desk: Desk, source: str, code: str) -> None:
    told = await desk.put("/letter-templates/bad", template(source), 422)
    assert told["code"] == code
    assert told["errors"][0]["path"] == "texts.en.body"
    assert "__class__" not in str(told)
    await desk.get("/letter-templates/bad", status=404)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"texts": {}}, "invalid-body"), ({"texts": {"fr": {"subject": "x", "body": "x"}}}, "invalid-body"),
     ({"zone": "Nowhere/Land"}, "unknown-time-zone"), ({"format": "application/pdf"}, "invalid-body")],
)  # fmt: skip
async def test_what_is_no_template_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    assert (await desk.put("/letter-templates/bad", template(**change), 422))["code"] == code


async def test_a_letter_keeps_its_text_and_version_whatever_becomes_of_the_template(desk: Desk) -> None:
    filed = await desk.file()
    await desk.facts()
    body = {
        "template": "update",
        "language": "zh",
        "channel": "email",
        "message": "仓库仍在查找。",
        "signature": "客户关怀部",
    }
    letter = await desk.post(f"/complaints/{filed['id']}/letters", body)
    assert (letter["template"], letter["template_version"], letter["language"]) == ("update", 1, "zh")
    issued, told = await desk.facts()
    assert isinstance(told, CommunicationRecorded)
    assert isinstance(issued, LetterIssued)
    assert (told.letter_id, told.kind, told.channel) == (issued.letter_id, "update", "email")
    assert "仓库" not in issued.write().decode()
    await desk.put("/letter-templates/update", template("Another text"))
    read = await desk.get(f"/complaints/{filed['id']}/letters/{letter['id']}")
    assert read["subject"] == f"您的投诉（{filed['number']}）的处理进展"
    assert read["body"].startswith("张小明，您好：")
    plain = await desk.http.get(f"/complaints/v1/complaints/{filed['id']}/letters/{letter['id']}/text")
    assert plain.text == read["body"]
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.headers["content-language"] == "zh"
    stored = await desk.db.fetchrow("SELECT subject, body, addressee FROM letters")
    assert all("张小明".encode() not in value and "仓库".encode() not in value for value in stored)
    [item] = (await desk.get(f"/complaints/{filed['id']}/communications"))["items"]
    assert (item["letter_id"], item["words"]) == (letter["id"], None)


async def test_the_letters_of_a_complaint_are_listed_without_texts_and_cost_one_statement(
    desk: Desk, served: Service[Work]
) -> None:
    filed = await desk.file()
    path = f"/complaints/{filed['id']}/letters"
    body = {"template": "update", "language": "en", "channel": "letter", "message": "Soon."}
    with statements(served) as seen:
        made = [await desk.post(path, body)]
    # now, complaint, clocks, templates, key twice; letter, communication, outbox, audit with its head
    assert len(seen) <= 11, seen
    made += [await desk.post(path, {**body, "template": code}) for code in ("apology", "closing")]
    first = await desk.get(path, {"limit": 2})
    rest = await desk.get(path, {"limit": 2, "after": first["next"]})
    assert [*first["items"], *rest["items"]] == made[::-1]
    with statements(served) as seen:
        await desk.get(path)
    assert sum("FROM letters" in statement for statement in seen) == 1
    await desk.get(f"/complaints/{new_id()}/letters", status=404)


async def test_a_letter_belongs_to_its_complaint_and_a_template_must_exist(desk: Desk) -> None:
    filed, other = await desk.file(), await desk.file()
    body = {"template": "update", "language": "en", "channel": "letter"}
    letter = await desk.post(f"/complaints/{filed['id']}/letters", body)
    await desk.get(f"/complaints/{other['id']}/letters/{letter['id']}", status=404)
    await desk.post(f"/complaints/{new_id()}/letters", body, 404)
    for wrong in ({"template": "nothing"}, {"version": 9}):
        told = await desk.post(f"/complaints/{filed['id']}/letters", {**body, **wrong}, 422)
        assert told["code"] == "unknown-template"
    told = await desk.post("/letter-templates/update:preview", {"language": "en", "complaint_id": str(new_id())}, 422)
    assert told["code"] == "unknown-complaint"


async def test_the_name_in_a_letter_is_masked_below_level_four(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await desk.file(contact={"name": "Li <Lei>", "phone": "13812345678"})
    await desk.put("/letter-templates/house", template("<p>{{ name|upper }}</p>", format="text/html"))
    letter = await desk.post(
        f"/complaints/{filed['id']}/letters", {"template": "house", "language": "en", "channel": "letter"}
    )
    path = f"/complaints/v1/complaints/{filed['id']}/letters/{letter['id']}"
    assert (await desk.http.get(path)).json()["body"] == "<p>LI &lt;LEI&gt;</p>"
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=2)) as client:
        assert (await client.get(path)).json()["body"] == "<p>L*** ***</p>"
        asked = {"language": "en", "complaint_id": filed["id"]}
        shown = await client.post("/complaints/v1/letter-templates/house:preview", json=asked)
        assert shown.json()["body"] == "<p>L*** ***</p>"
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=1)) as client:
        assert (await client.get(path)).status_code == 403
    assert await desk.db.fetchval("SELECT count(*) FROM letters") == 1
