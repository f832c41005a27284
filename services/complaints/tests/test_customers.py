"""A customer without an account: his link, the form, where his complaint stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from rapport_chassis.service import Service
from rapport_chassis.work import Actor, Work
from rapport_complaints.cases.domain.life import STATES
from rapport_complaints.correspondence.domain.links import (
    _STANDINGS,
    LINK_LIFE,
    CustomerLink,
    LinkExpired,
    LinkPurpose,
    LinkUsed,
    standing_of,
)
from rapport_complaints.correspondence.usecases.links import LONGEST
from rapport_complaints.correspondence.web.customer_pages import WORDS
from rapport_contracts.complaints.cases import ComplaintReceived
from rapport_kernel.errors import NotAllowed, NotFound
from rapport_kernel.ids import new_id
from rapport_testing.pages import PublicPage
from rapport_testing.web import client_of

from .desk import Desk
from .making import MONDAY, hours

SECRET = "qzx-my-own-words-qzx"
WRITTEN = {"problem": SECRET, "phone": "13812345678", "name": "张小明"}


@pytest_asyncio.fixture
async def public(served: Service[Work]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token of ours."""
    async with client_of(served.asgi) as client:
        yield client


async def link(desk: Desk, **changes: Any) -> tuple[dict[str, Any], str]:
    """A link to file with, and its path."""
    made = await desk.post("/intake-links", changes)
    return made, made["link"].removeprefix("http://127.0.0.1:8080")


def link_of(**changes: Any) -> CustomerLink:
    made = {
        "purpose": LinkPurpose.FILE,
        "token_hash": b"x",
        "created_at": MONDAY,
        "expires_at": MONDAY + hours(1),
        "by": "person:a",
    }
    return CustomerLink(id=new_id(), **{**made, **changes})


def test_a_link_is_used_once_and_in_its_time() -> None:
    fresh = link_of()
    with pytest.raises(NotFound):
        fresh.open(LinkPurpose.STATUS, MONDAY)
    fresh.open(LinkPurpose.FILE, MONDAY + hours(0.99))
    with pytest.raises(LinkExpired):
        fresh.use(new_id(), MONDAY + hours(1))
    fresh.use(new_id(), MONDAY)
    for _ in range(2):
        with pytest.raises(LinkUsed):
            fresh.use(new_id(), MONDAY + hours(2))


@pytest.mark.parametrize("state", LINK_LIFE.states)
@pytest.mark.parametrize("move", ["use", "revoke"])
def test_every_move_of_a_link_leads_where_the_table_says_or_is_refused(state: str, move: str) -> None:
    held = link_of(state=state)
    if move in LINK_LIFE.allowed(state):
        held.use(new_id(), MONDAY) if move == "use" else held.revoke()
        assert held.state == LINK_LIFE.target(state, move)
    elif move == "revoke":
        with pytest.raises(NotAllowed):
            held.revoke()
    else:
        with pytest.raises(LinkUsed if state == "used" else NotFound):
            held.use(new_id(), MONDAY)
    assert set(LINK_LIFE.states) == {"issued", "used", "revoked"}


def test_every_state_has_plain_words_and_a_decision_is_never_first_told_by_a_page() -> None:
    assert set(_STANDINGS) <= set(STATES)
    for words in WORDS.values():
        assert {f"{standing_of(state)}-next" for state in STATES} <= set(words)
    assert standing_of("not_upheld") == standing_of("resolved") == standing_of("anything-new") == "in_progress"
    assert set(WORDS["en"]) == set(WORDS["zh"])  # type: ignore[index]


async def test_the_form_is_accessible_and_loads_nothing(desk: Desk, public: httpx.AsyncClient) -> None:
    _, path = await link(desk)
    answer = await public.get(path, headers={"Accept-Language": "en", "Accept": "text/html"})
    page = PublicPage(answer)
    assert (answer.status_code, page.lang, page.title) == (200, "en", "Tell us what went wrong")
    assert set(page.labels) == set(LONGEST)
    assert page.tags.count("fieldset") == page.tags.count("legend") == 1
    assert (page.alerts, page.links, page.images, page.action) == ([], [], [], "?lang=en")
    assert set(page.values.values()) == {"", "\n"}
    assert "the company that gave you this link" in answer.text


@pytest.mark.parametrize(
    ("query", "accepted", "lang"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.5", "zh"),
        ("", "fr", "en"),
        ("?lang=zh", "en", "zh"),
        ("?lang=en", "zh", "en"),
        ("?lang=xx", "zh", "zh"),
    ],
)
async def test_the_page_speaks_the_language_that_is_asked_for(
    desk: Desk, public: httpx.AsyncClient, query: str, accepted: str, lang: str
) -> None:
    _, path = await link(desk)
    answer = await public.get(path + query, headers={"Accept-Language": accepted})
    page = PublicPage(answer)
    assert (page.lang, page.action) == (lang, f"?lang={lang}")
    assert WORDS[lang]["send"] in answer.text  # type: ignore[index]
    [other] = page.others.values()
    assert PublicPage(await public.get(path + other, headers={"Accept-Language": accepted})).lang == other[-2:]


async def test_the_form_is_told_as_json_to_whoever_asks_for_that(desk: Desk, public: httpx.AsyncClient) -> None:
    made, path = await link(desk)
    shown = (await public.get(path, headers={"Accept": "application/json"})).raise_for_status()
    assert shown.headers["content-type"] == "application/json"
    told = shown.json()
    assert told["title"] == {"en": WORDS["en"]["form"], "zh": WORDS["zh"]["form"]}
    assert (set(told["languages"]), told["expires_at"]) == ({"en", "zh"}, made["expires_at"])
    assert {each["name"]: each["max_length"] for each in told["fields"]} == LONGEST
    assert [each["name"] for each in told["fields"] if each["required"]] == ["problem"]
    refused = await public.get(f"{path}x", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")


async def test_what_the_form_sends_is_filed_once_and_shows_where_it_stands(desk: Desk, public: httpx.AsyncClient) -> None:
    customer = str(new_id())
    made, path = await link(desk, category="delivery", touchpoint="hotline", customer_id=customer)
    answer = await public.post(f"{path}?lang=en", data={**WRITTEN, "remedy_sought": "", "email": " "})
    assert answer.status_code == 201
    page = PublicPage(answer)
    used = await desk.get(f"/customer-links/{made['id']}")
    assert (used["state"], used["purpose"]) == ("used", "file")
    filed = await desk.get(f"/complaints/{used['complaint_id']}")
    assert (filed["channel"], filed["category"], filed["touchpoint"]) == ("web", "delivery", "hotline")
    assert (filed["problem"], filed["customer_id"], filed["remedy_sought"]) == (SECRET, customer, None)
    assert filed["contact"] == {"name": "张小明", "phone": "13812345678", "email": None, "address": None}
    assert filed["received_at"] == used["used_at"]
    assert filed["number"] in answer.text
    facts = await desk.facts()
    assert isinstance(facts[0], ComplaintReceived)
    assert SECRET not in str(facts)
    [status] = page.links
    assert PublicPage(await public.get(status.removeprefix("http://127.0.0.1:8080"))).lang == "en"
    shown = await public.get(page.others["zh"].removeprefix("http://127.0.0.1:8080"))
    assert filed["number"] in shown.text
    assert "已收到" in shown.text
    assert SECRET not in shown.text
    assert "张小明" not in shown.text
    again = await public.post(path, data=WRITTEN)
    assert (again.status_code, PublicPage(again).lang) == (409, "en")
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 1


HOSTILE = (
    "</textarea><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "\r\n\r\n<!-- {{ 7 * 7 }} {% raw %} &amp; &#60;b&#62; ]]> \u202e\u2028 张",
)


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_comes_back_in_the_form_is_text_whatever_it_looks_like(
    desk: Desk, public: httpx.AsyncClient, text: str
) -> None:
    _, path = await link(desk)
    answer = await public.post(path, data={"remedy_sought": text, "name": text, text: "x"})
    page = PublicPage(answer)
    assert answer.status_code == 422
    assert (page.written("remedy_sought"), page.written("name")) == (text, text)
    assert (page.images, page.tags.count("b"), "onerror=alert(1)>" in answer.text) == ([], 0, False)


async def test_of_two_that_come_at_once_with_one_link_one_is_filed(desk: Desk, public: httpx.AsyncClient) -> None:
    _, path = await link(desk)
    answers = await asyncio.gather(*[public.post(path, json=WRITTEN) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"link-used"}
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 1


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"problem": "  "}, ["problem"]),
        ({"phone": ""}, ["phone"]),
        ({"phone": "1"}, ["phone"]),
        ({"problem": "长" * 20_001}, ["problem"]),
        ({"name": "x" * 201, "email": "y" * 321}, ["email", "name"]),
        ({"problem": "", "phone": " "}, ["phone", "problem"]),
        ({"salary": "x"}, []),
    ],
)
async def test_a_form_with_something_wrong_comes_back_as_it_was_with_a_summary_and_files_nothing(
    desk: Desk, public: httpx.AsyncClient, change: dict[str, str], wrong: list[str]
) -> None:
    _, path = await link(desk)
    sent = {**WRITTEN, **change}
    answer = await public.post(f"{path}?lang=zh", data=sent)
    page = PublicPage(answer)
    assert (answer.status_code, page.lang, page.alerts) == (422, "zh", ["div"])
    assert page.title.startswith("错误：")
    assert sorted(page.invalid) == sorted(name.removesuffix("-error") for name in page.points) == wrong
    assert sorted(page.links) == [f"#{name}" for name in wrong]
    assert {name: page.written(name) for name in LONGEST} == {name: sent.get(name, "") for name in LONGEST}
    assert "salary" not in answer.text
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 0
    assert (await public.post(path, data=WRITTEN)).status_code == 201


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"content": b"problem=%ff&phone=123", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 422),
        (
            {"content": b"problem=a&problem=b&phone=123", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            422,
        ),
        ({"content": b"problem=a%00b&phone=123", "headers": {"content-type": "application/x-www-form-urlencoded"}}, 422),
        ({"json": {"problem": SECRET}}, 422),
        ({"json": {**WRITTEN, "category": "x"}}, 422),
        ({"json": {**WRITTEN, "problem": "a\u0000b"}}, 422),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ({"json": {**WRITTEN, "problem": "x" * 400_000}}, 413),
    ],
)
async def test_what_no_form_sends_is_refused_without_echo(
    desk: Desk, public: httpx.AsyncClient, sent: dict[str, Any], status: int
) -> None:
    _, path = await link(desk)
    answer = await public.post(path, **sent)
    assert answer.status_code == status
    assert SECRET not in answer.text
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 0


async def test_unknown_used_expired_and_revoked_links_say_no_more_than_needed(desk: Desk, public: httpx.AsyncClient) -> None:
    unknown = "/complaints/v1/f/nobody-made-this"
    revoked, revoked_path = await link(desk)
    await desk.post(f"/customer-links/{revoked['id']}:revoke", status=200)
    old, old_path = await link(desk)
    await desk.db.execute("UPDATE customer_links SET expires_at = now() WHERE id = $1::text::uuid", old["id"])
    json = {"Accept": "application/json"}
    for path, status, code in (
        (unknown, 404, "link-unknown"),
        (revoked_path, 404, "link-unknown"),
        (old_path, 410, "link-expired"),
    ):
        page = await public.get(f"{path}?lang=zh")
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert PublicPage(page).heading == WORDS["zh"][code]  # type: ignore[index]
        asked = await public.get(path, headers=json)
        assert (asked.status_code, asked.json()["code"]) == (status, code)
        sent = await public.post(path, json=WRITTEN)
        assert (sent.status_code, sent.json()["code"]) == (status, code)
        assert (await public.post(path, data=WRITTEN)).status_code == status
    first, second = await public.get(unknown), await public.get(revoked_path)
    assert first.text == second.text
    refused = await desk.post(f"/customer-links/{revoked['id']}:revoke", status=409)
    assert refused["allowed"] == []
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 0


async def test_a_status_link_shows_number_standing_and_promise_and_opens_no_form(
    desk: Desk, public: httpx.AsyncClient
) -> None:
    filed = await desk.until("acknowledged")
    made = await desk.post(f"/complaints/{filed['id']}/status-links", {"valid_for_hours": 2})
    path = made["link"].removeprefix("http://127.0.0.1:8080")
    json = {"Accept": "application/json"}
    assert (await public.get(path, headers=json)).json() == {
        "number": filed["number"], "standing": "received", "promised_until": None,
    }  # fmt: skip
    await desk.act(filed, "promise", due_at="2099-01-01T20:00:00Z", method="phone")
    told = (await public.get(path, headers=json)).json()
    assert told["promised_until"] == "2099-01-01T20:00:00.000000Z"
    page = await public.get(f"{path}?lang=en")
    assert "2 January 2099" in page.text  # the day in Shanghai
    assert "form" not in PublicPage(page).tags
    assert (await public.get(path.replace("/s/", "/f/"))).status_code == 404
    assert (await public.post(path.replace("/s/", "/f/"), json=WRITTEN)).status_code == 404
    await desk.act(filed, "withdraw", reason="settled")
    assert (await public.get(path, headers=json)).json()["promised_until"] is None
    await desk.post(f"/complaints/{new_id()}/status-links", {}, 404)


async def test_only_the_hash_of_a_token_is_kept_and_every_link_is_audited(desk: Desk) -> None:
    made, path = await link(desk)
    token = path.rpartition("/")[2]
    row = dict(await desk.db.fetchrow("SELECT * FROM customer_links"))
    assert len(token) == 43
    assert token not in str(row)
    assert "link" not in await desk.get(f"/customer-links/{made['id']}")
    done = await desk.db.fetchval("SELECT action FROM audit WHERE subject = $1", f"customer-link:{made['id']}")
    assert done == "intake-link.make"


async def test_a_link_for_a_customer_who_was_erased_is_not_known(
    desk: Desk, public: httpx.AsyncClient, served: Service[Work]
) -> None:
    customer = new_id()
    _, path = await link(desk, customer_id=str(customer))
    async with served.works(Actor.system("test")) as work:
        await work.vault.erase([customer])
    assert (await public.post(path, data=WRITTEN)).status_code == 404
    assert (await public.post(path, json=WRITTEN)).json()["code"] == "link-unknown"
    assert await desk.db.fetchval("SELECT count(*) FROM complaints") == 0


@pytest.mark.parametrize("hours_", [0, -1, 24 * 90 + 1, "7", None])
async def test_a_link_lasts_hours_not_years(desk: Desk, hours_: Any) -> None:
    assert (await desk.post("/intake-links", {"valid_for_hours": hours_}, 422))["code"] == "invalid-body"
