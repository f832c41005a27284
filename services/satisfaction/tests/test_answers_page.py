"""The public route: what a customer sees and sends; what comes of it."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import datetime, timedelta

import pytest
from rapport_kernel.ids import new_id
from rapport_satisfaction.answers.web.page import WORDS as SAYS
from rapport_testing.pages import PublicPage

from .world import API

WORDS = "My name is Li Lei, call 13800138000"


async def test_what_is_asked_is_told_as_json_to_whoever_asks_for_that(world, public) -> None:
    invitation, path = await world.sent()
    shown = (await public.get(path, headers={"Accept": "application/json"})).raise_for_status()
    assert shown.headers["content-type"] == "application/json"
    told = shown.json()
    kept = (await world.http.get(f"{API}/invitations/{invitation}")).json()
    assert (kept["state"], told["expires_at"]) == ("opened", kept["expires_at"])
    score, comment = told["questions"]
    assert (score["key"], score["kind"], score["required"], score["max_length"]) == ("score", "score", True, None)
    assert score["scale"] == {"low": 0, "high": 10}
    assert (comment["key"], comment["scale"], comment["required"]) == ("comment", None, False)
    assert set(told["languages"]) == {"en", "zh"} <= set(told["title"])
    answered = await public.post(path, json={"answers": {"score": 9}})
    assert answered.json() == {"status": "received"}
    refused = await public.get(path, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate")


async def test_the_form_has_a_label_for_every_field_and_nothing_from_elsewhere(world, public) -> None:
    invitation, path = await world.sent()
    answer = await public.get(path, headers={"Accept-Language": "en"})
    page = PublicPage(answer)
    assert answer.status_code == 200
    assert page.names == {"score": 11, "comment": 1}
    assert page.tags.count("fieldset") == page.tags.count("legend") == 1
    assert (page.lang, page.action, page.title) == ("en", "?lang=en", "Your call with us")
    assert (page.links, page.images, page.values) == ([], [], {"comment": "\n"})
    assert "the company that gave you this link" in answer.text
    assert (await world.http.get(f"{API}/invitations/{invitation}")).json()["state"] == "opened"


@pytest.mark.parametrize(
    ("query", "accepted", "lang", "word"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.5", "zh", "10 = 非常可能"),
        ("", "fr, en;q=0.1, zh;q=0.8", "zh", "完全不可能，10"),
        ("", "fr", "en", "Send"),
        ("", "", "en", "Send"),
        ("?lang=zh", "en", "zh", "提交"),
        ("?lang=en", "zh", "en", "(required)"),
        ("?lang=xx", "zh", "zh", "（必填）"),
    ],
)
async def test_the_page_speaks_the_language_that_is_asked_for_or_liked_best(
    world, public, query, accepted, lang, word
) -> None:
    _, path = await world.sent()
    headers = {"Accept-Language": accepted}
    page = PublicPage(answer := await public.get(path + query, headers=headers))
    assert (page.lang, page.action) == (lang, f"?lang={lang}")
    assert word in answer.text
    [other] = page.others.values()
    assert PublicPage(await public.get(path + other, headers=headers)).lang == other[-2:]
    thanks = await public.post(path + page.action, data={"score": "9"}, headers=headers)
    assert (thanks.status_code, PublicPage(thanks).heading) == (200, SAYS[lang]["thanks"])
    again = await public.get(path + other, headers=headers)
    assert (again.status_code, PublicPage(again).heading) == (409, SAYS[other[-2:]]["duplicate"])


async def test_a_survey_in_one_language_has_no_link_to_another(world, public) -> None:
    survey = {"key": "plain", "title": "Was it good?", "metric": "csat", "language": "en"}
    made = await world.http.post(f"{API}/surveys", json=survey)
    assert made.status_code == 201, made.text
    assert (await world.http.post(f"{API}/surveys/plain:publish", json={})).status_code == 200
    _, path = await world.sent()
    await world.rows("UPDATE invitations SET survey = 'plain', survey_version = 1")
    answer = await public.get(f"{path}?lang=zh", headers={"Accept-Language": "zh"})
    assert PublicPage(answer, languages=1).lang == "en"


async def test_a_detractor_is_scored_attributed_and_called_back(world, public) -> None:
    customer = new_id()
    invitation, path = await world.sent(customer)
    answer = await public.post(path, data={"score": "3", "comment": WORDS})
    assert answer.status_code == 200
    assert "arrived" in answer.text
    facts = dict(await world.published())
    scored = facts["satisfaction.scored"]
    assert (scored["value"], scored["band"], scored["agent"], scored["agents"]) == (3.0, "detractor", "a2", ["a1", "a2"])
    assert (scored["touchpoint"], scored["customer_id"]) == ("hotline", str(customer))
    assert facts["detractor.detected"]["customer_id"] == str(customer)
    [case] = (await world.http.get(f"{API}/follow-ups")).json()["items"]
    assert (case["state"], case["invitation_id"], case["assignee"]) == ("opened", invitation, "a2")
    assert facts["follow-up.opened"]["due_at"] == case["due_at"]
    [due] = await world.rows(
        "SELECT due - opened_at AS span FROM timers, follow_ups WHERE timers.kind = 'follow-up.overdue'"
    )
    assert due["span"].total_seconds() == 48 * 3600


async def test_a_happy_customer_is_scored_and_left_alone(world, public) -> None:
    _, path = await world.sent()
    answer = await public.post(path, json={"answers": {"score": "9.0"}})
    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    kinds = [kind for kind, _ in await world.published()]
    assert kinds == ["survey.considered", "survey-invitation.sent", "survey-response.received", "satisfaction.scored"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"score": 11}, "out-of-scale"),
        ({"score": 9.5}, "out-of-scale"),
        ({"score": ""}, "blank"),
        ({}, "blank"),
        ({"score": 9, "salary": 1}, "unknown-question"),
    ],
)
async def test_an_answer_that_does_not_count_says_why_and_is_excluded(world, public, answers, code) -> None:
    _, path = await world.sent()
    for _ in range(3):
        answer = await public.post(path, json={"answers": answers})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert "salary" not in answer.text
    [(_, fact)] = await world.published("survey-response.rejected")
    assert fact["reason"] == code.replace("-", "_")
    scores = (await world.http.get(f"{API}/scores", params={"metric": "nps"})).json()
    assert (scores["n"], scores["excluded"]) == (0, {code.replace("-", "_"): 1})
    assert (await public.post(path, json={"answers": {"score": 9}})).status_code == 200


async def test_the_form_comes_back_kindly_with_what_is_wrong(world, public) -> None:
    _, path = await world.sent()
    hostile = '</textarea><script>alert(1)</script>\r\n{{ 7 * 7 }} 很"好'
    answer = await public.post(path, data={"comment": hostile, "score": ""}, headers={"Accept-Language": "zh"})
    page = PublicPage(answer)
    assert (answer.status_code, page.title, page.alerts) == (422, "错误：您的来电体验", ["div"])
    assert (page.written("comment"), page.links, page.invalid) == (hostile, ["#score-0"], ["score"])
    assert "请回答此问题" in answer.text
    long = await public.post(path, data={"score": "9", "comment": "x" * 4001}, headers={"Accept-Language": "en"})
    page = PublicPage(long)
    assert (long.status_code, page.links, page.invalid) == (422, ["#comment"], ["comment"])
    assert page.values["score"] == "9"
    assert len(page.written("comment")) == 4001
    odd = await public.post(path, data={"score": "9", "salary": "<b>"}, headers={"Accept-Language": "en"})
    page = PublicPage(odd)
    assert (odd.status_code, page.links, page.invalid, page.alerts) == (422, [], [], ["div"])
    assert "salary" not in odd.text


async def test_a_second_answer_is_a_duplicate_and_counted(world, public) -> None:
    _, path = await world.sent()
    assert (await public.post(path, json={"answers": {"score": 9}})).status_code == 200
    second = await public.post(path, json={"answers": {"score": 1}})
    assert (second.status_code, second.json()["code"]) == (409, "duplicate")
    assert (await public.get(path)).status_code == 409
    scores = (await world.http.get(f"{API}/scores")).json()
    assert (scores["n"], scores["excluded"]) == (1, {"duplicate": 1})


async def test_of_two_answers_at_once_one_counts(world, public) -> None:
    _, path = await world.sent()
    both = await asyncio.gather(*[public.post(path, json={"answers": {"score": n}}) for n in (1, 9, 5, 7)])
    assert sorted(answer.status_code for answer in both) == [200, 409, 409, 409]
    assert {answer.json().get("code") for answer in both} == {None, "duplicate"}
    assert len(await world.published("survey-response.received")) == 1
    assert len(await world.rows("SELECT 1 FROM responses")) == 1


async def test_an_expired_invitation_is_gone_and_its_end_is_the_due_time(world, public) -> None:
    invitation, path = await world.sent()
    await world.rows("UPDATE invitations SET expires_at = now() - interval '1 hour'")
    late = await public.post(path, json={"answers": {"score": 9}})
    assert (late.status_code, late.json()["code"]) == (410, "expired")
    await world.rows("UPDATE timers SET due = '2026-01-01T00:00:00Z', next_try = now() WHERE kind = 'invitation.review'")
    await world.fire()
    [(_, fact)] = await world.published("survey-invitation.expired")
    assert fact["expired_at"] == "2026-01-01T00:00:00.000000Z"
    assert (await world.http.get(f"{API}/invitations/{invitation}")).json()["state"] == "expired"
    gone = await public.get(path)
    assert (gone.status_code, PublicPage(gone).heading) == (410, "This survey is over")


async def wait_out(world) -> None:
    """The gap between reminders has passed."""
    await world.rows("UPDATE invitations SET remind_after = remind_after - interval '2 days'")


async def test_a_reminder_voids_the_old_link_and_three_are_too_many(world, public) -> None:
    invitation, old = await world.sent()
    await wait_out(world)
    new = (await world.send(invitation)).json()["link"].removeprefix("https://ask.example")
    unknown = await public.get(f"{API}/r/{'A' * 43}")
    voided = await public.get(old)
    assert (voided.status_code, voided.text) == (unknown.status_code, unknown.text)
    assert voided.status_code == 404
    assert PublicPage(voided).heading == "This link is not known"
    assert (await public.get(new)).status_code == 200
    await wait_out(world)
    assert (await world.send(invitation)).status_code == 200
    await wait_out(world)
    third = await world.send(invitation)
    assert (third.status_code, third.json()["code"]) == (409, "reminders-used")


async def test_reminders_do_not_come_at_once(world) -> None:
    invitation, _ = await world.sent()
    again = await asyncio.gather(*(world.send(invitation) for _ in range(10)))
    assert {(each.status_code, each.json()["code"]) for each in again} == {(409, "too-early")}
    shown = (await world.http.get(f"{API}/invitations/{invitation}")).json()
    assert shown["reminders"] == 0
    assert datetime.fromisoformat(shown["remind_after"]) - datetime.fromisoformat(shown["sent_at"]) == timedelta(days=2)


async def test_no_person_gets_a_link(world) -> None:
    invitation = await world.invited()
    refused = await world.http.post(f"{API}/invitations/{invitation}:send")
    assert (refused.status_code, refused.json()["code"]) == (403, "only-machines")
    shown = (await world.http.get(f"{API}/invitations/{invitation}")).json()
    assert (shown["state"], "send" in shown["allowed"]) == ("scheduled", False)
    assert (await world.send(invitation)).status_code == 200


async def test_who_opts_out_is_not_asked_and_his_link_is_void(world, public) -> None:
    invitation, path = await world.sent()
    answer = await world.http.post(f"{API}/invitations/{invitation}:opt-out")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "opted_out", "opted-out")
    assert (await public.post(path, json={"answers": {"score": 9}})).status_code in {404, 409, 410}
    again = await world.http.post(f"{API}/invitations/{invitation}:opt-out")
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed")


async def test_the_token_is_stored_nowhere(world, public) -> None:
    _, path = await world.sent()
    token = path.rpartition("/")[2]
    assert len(token) == 43
    for table in ("invitations", "decisions", "outbox", "audit", "timers"):
        rows = await world.rows(f"SELECT t::text AS whole FROM {table} t")  # noqa: S608 - names of ours
        assert all(token not in row["whole"] for row in rows)


async def test_what_a_customer_writes_is_read_from_level_two_on_and_their_number_at_level_four(
    world, public, served, tokens, caplog
) -> None:
    _, path = await world.sent()
    await public.post(path, data={"score": "2", "comment": WORDS})
    [answer] = (await world.http.get(f"{API}/responses")).json()["items"]
    clear = await world.http.get(f"{API}/responses/{answer['id']}")
    assert clear.json()["comments"] == {"comment": WORDS}
    masked = await world.http.get(f"{API}/responses/{answer['id']}", headers=tokens.bearer("satisfaction:read", level=2))
    said = WORDS.replace("13800138000", "***")
    assert masked.json()["comments"] == {"comment": said} and masked.json()["masked"] == ["comments"]
    for level, shown in ((1, "***"), (2, said), (3, said), (4, WORDS)):
        listed = await world.http.get(f"{API}/responses", headers=tokens.bearer("satisfaction:read", level=level))
        assert [one["comments"] for one in listed.json()["items"]] == [{"comment": shown}], level
    canaries = ("Li Lei", "13800138000")
    told = json.dumps(await world.published())
    assert not any(canary in told or canary in caplog.text for canary in canaries)
    for table in ("responses", "invitations", "exclusions", "follow_ups", "outbox", "audit", "timers", "idempotency_keys"):
        rows = await world.rows(f"SELECT t::text AS whole FROM {table} t")  # noqa: S608 - names of ours
        assert not any(canary in row["whole"] for row in rows for canary in canaries)
    read = await world.rows("SELECT detail FROM audit WHERE action = 'response.read' ORDER BY seq DESC LIMIT 6")
    assert [row["detail"]["level"] for row in read] == [4, 3, 2, 1, 2, 4], "a page at a time, once"


HOSTILE = [
    b"", b"null", b"[]", b'{"answers": 3}', b'{"answers": {"score": NaN}}', b'{"answers": {"score": 1e999}}',
    b'{"answers": {"score": "\\ud800"}}', b'{"answers": {"comment": "\\u0000", "score": 9}}', b"\xff\xfe", b"{" * 9999,
    b'{"answers": {"score": 9, "score": 1e400}}', b'{"answers": {"score": [9]}}',
    '{"answers": {"score": 9}}'.encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
async def test_whatever_is_sent_is_refused_without_an_echo(world, public, body) -> None:
    _, path = await world.sent()
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        answer = await public.post(path, content=body, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500, (kind, answer.status_code)
    assert await world.rows("SELECT 1 FROM responses") == []


async def test_random_bytes_at_the_public_route_do_no_harm(world, public) -> None:
    _, path = await world.sent()
    chance = random.Random(7)
    for _ in range(150):
        body = chance.randbytes(chance.randrange(200))
        kind = chance.choice(["application/json", "application/x-www-form-urlencoded"])
        answer = await public.post(path, content=body, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500
        other = await public.get(f"{API}/r/{chance.randbytes(8).hex()}%00%ff")
        assert 400 <= other.status_code < 500
    assert await world.rows("SELECT 1 FROM responses") == []


async def test_a_key_is_not_kept_for_a_page_that_says_no(world, public) -> None:
    _, path = await world.sent()
    before = await world.rows("SELECT key FROM idempotency_keys")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "once"}
    for _ in range(2):
        unknown = await public.post(f"{API}/r/{'A' * 43}", content=b"score=9", headers=headers)
        assert unknown.status_code == 404
        assert "idempotency-replayed" not in unknown.headers
    assert await world.rows("SELECT key FROM idempotency_keys") == before
    given = await public.post(path, content=b"score=9", headers=headers)
    assert given.status_code < 400, given.text
    assert len(await world.rows("SELECT key FROM idempotency_keys")) == len(before) + 1
    assert len(await world.rows("SELECT 1 FROM responses")) == 1


async def test_a_large_body_is_refused(world, public) -> None:
    _, path = await world.sent()
    assert (await public.post(path, content=b"x" * 70_000, headers={"Content-Type": "application/json"})).status_code == 413
