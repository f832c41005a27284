"""What a problem says: its code and status by the register, in the language of the caller, with values and without echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from rapport_chassis.bodies import Body
from rapport_chassis.problems import register
from rapport_chassis.sheets import LANGUAGES
from rapport_chassis.web import Call, Public, Router
from rapport_chassis.web.app import build_app
from rapport_chassis.web.endpoint import read_endpoint
from rapport_chassis.web.field_errors import fields_at
from rapport_chassis.web.reading import read_params
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Conflict, Invalid
from rapport_testing.problem_guard import UndocumentedProblem
from rapport_testing.web import client_of

NOTES = "/notes/v1/notes"
PAGE = {"Accept": "text/html"}


async def test_texts_are_in_the_language_that_the_caller_likes(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    body = {"words": "", "rank": -1}
    said = {}
    for accepted, language in {"zh-CN,en;q=0.5": "zh", "en-GB": "en", "de": "en", "zh;q=0.2,en;q=0.9": "en"}.items():
        answer = await client.post(NOTES, json=body, headers={**agent, "Accept-Language": accepted})
        assert answer.status_code == 422
        assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
        said[language] = answer.json()
    for language, title, message in (
        ("en", "Body not valid", "This should be at least 0."),
        ("zh", "请求体无效", "不得小于 0。"),
    ):
        assert said[language]["title"] == title
        words, rank = said[language]["errors"]
        assert (words["code"], words["params"]) == ("string-too-short", {"min_length": 1})
        assert rank == {"path": "rank", "code": "greater-than-equal", "params": {"ge": 0}, "message": message}


async def test_an_unknown_field_is_told_which_there_are(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    body = {"words": "x", "part": {"side": "left", "13812345678": 1}, "13812345679": 1, "colour": "red"}
    answer = await client.post(NOTES, json=body, headers=agent)
    top, inner = sorted(answer.json()["errors"], key=lambda error: error["path"])
    assert (top["path"], top["code"]) == ("", "extra-forbidden")
    assert top["params"]["known"][:2] == ["words", "rank"] and "checked" in top["params"]["known"]
    assert (inner["path"], inner["params"]) == ("part.*", {"known": ["side"]})
    assert "1381234567" not in answer.text and "colour" not in answer.text


class Line(Body):
    amount: int


class Basket(Body):
    lines: list[Line]
    named: dict[str, Line]
    more: Line | None = None


@pytest.mark.parametrize("place", [("lines", 3), ("named", "whatever"), ("more",)])
def test_the_fields_of_a_place_inside_of_a_body_are_found(place: tuple[int | str, ...]) -> None:
    basket: TypeAdapter[Any] = TypeAdapter(Basket)
    assert fields_at(basket, place) == ["amount"]
    assert fields_at(basket, ()) == ["lines", "named", "more"]


def test_a_lost_plus_sign_is_named() -> None:
    async def since(call: Call[Work], since: UtcTime) -> None:
        raise AssertionError

    plans = read_endpoint(since, "/since").params
    with pytest.raises(Invalid) as refused:
        read_params(plans, {}, b"since=2026-11-28T09:30:00+08:00", {}, lenient=False)
    assert [(each.path, each.code) for each in refused.value.fields] == [("since", "unencoded-plus")]
    read_params(plans, {}, b"since=2026-11-28T09:30:00%2B08:00", {}, lenient=False)
    with pytest.raises(Invalid) as refused:
        read_params(plans, {}, b"since=2026-11-28", {}, lenient=False)
    assert [each.code for each in refused.value.fields] == ["timezone-aware"]


async def test_a_refused_token_hears_why(client: httpx.AsyncClient, bearer: Callable[..., dict[str, str]]) -> None:
    nobody = await client.get(NOTES)
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    wrong = await client.get(NOTES, headers={"Authorization": "Bearer x"})
    assert (wrong.json()["code"], wrong.headers["www-authenticate"]) == ("token-invalid", 'Bearer error="invalid_token"')
    other = await client.get(NOTES, headers=bearer("notes:write"))
    assert other.json()["params"] == {"scope": "notes:read"}
    assert other.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="notes:read"'
    low = await client.post(f"{NOTES}/0195f3a0-0000-7000-8000-000000000000:close", headers=bearer("notes:write", level=1))
    assert (low.json()["code"], low.json()["params"]) == ("level-too-low", {"level": 2})
    assert low.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


async def test_who_was_slower_hears_what_it_is_now(client: httpx.AsyncClient, agent: dict[str, str]) -> None:
    note = (await client.post(NOTES, json={"words": "x"}, headers=agent)).json()
    answer = await client.post(f"{NOTES}/{note['id']}:close", headers={**agent, "If-Match": '"77"'})
    assert (answer.status_code, answer.headers["etag"]) == (412, f'"{note["version"]}"')
    assert (answer.json()["state"], answer.json()["allowed"]) == ("open", ["close"])


async def test_each_code_has_its_page_in_both_languages(client: httpx.AsyncClient) -> None:
    every = (await client.get("/problems", headers={"Accept": "application/json"})).json()["problems"]
    assert {each["code"] for each in every} == set(register())
    for entry in register().values():
        for language in LANGUAGES:
            page = await client.get(f"/problems/{entry.code}", params={"lang": language}, headers=PAGE)
            assert (page.status_code, page.headers["content-language"]) == (200, language)
            assert f'<html lang="{language}">' in page.text and "<script" not in page.text
            assert all((entry.texts[language].title, entry.texts[language].detail, entry.texts[language].todo))
    told = (
        await client.get("/problems/scope-missing", headers={"Accept": "application/json", "Accept-Language": "zh"})
    ).json()
    assert (told["status"], told["params"], told["type"]) == (403, ["scope"], "/problems/scope-missing")
    assert "权限" in told["title"]
    unknown = await client.get("/problems/13812345678", headers={"Accept": "application/json"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-such-problem") and "138" not in unknown.text


async def test_a_problem_that_is_not_documented_fails_its_test(service: Any) -> None:
    router = Router()
    codes = {
        "documented": "already-exists",
        "undocumented": "still-in-use",
        "unregistered": "made-up",
        "other-status": "erased",
    }

    @router.get("/{which}", allow=Public, errors=["already-exists", "not-found"])
    async def refuse(which: str) -> None:
        error = Conflict(codes[which])
        error.status = 410 if which == "other-status" else error.status  # type: ignore[misc]
        raise error

    service.routers = [router]
    async with client_of(build_app(service)) as client:
        assert (await client.get("/notes/v1/documented")).status_code == 409
        for which, says in (
            ("undocumented", "does not name"),
            ("unregistered", "no 'made-up' with status 409"),
            ("other-status", "no 'erased' with status 410"),
        ):
            with pytest.raises(UndocumentedProblem, match=says):
                await client.get(f"/notes/v1/{which}")
