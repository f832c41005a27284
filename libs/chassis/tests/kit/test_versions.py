"""Kinds of versioned data that a store declares, with a reason where it is kept, several read by one statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kit_loan_store import POLICIES, RULES, HouseRule, LoanPolicy
from rapport_chassis.actor import Actor
from rapport_chassis.versions import Since, SinceWithReason, in_force_together
from rapport_chassis.web import Router, Scope, VersionedData
from rapport_chassis.work import Work, WorkFactory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class NewPolicy(Since, LoanPolicy):
    """A policy, effective from a date."""


class NewRule(SinceWithReason, HouseRule):
    """A rule, effective from a date."""


async def test_a_kind_is_opened_in_any_work(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        assert work.store(POLICIES) is work.store(POLICIES)
        await work.store(POLICIES).put("standard", NewPolicy(days=7, effective_from=SINCE))
        await work.store(POLICIES).put("standard", NewPolicy(days=9, effective_from=work.now + timedelta(days=1)))
        assert (await work.store(POLICIES).current()).body == LoanPolicy(days=7)
        assert [each.reason for each in await work.store(POLICIES).of("standard")] == [None, None]


async def test_the_reason_is_kept_where_there_is_one(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("test")) as work:
        made = await work.store(RULES).put("quiet", NewRule(says="Whisper.", reason="Noise."))
        assert made.reason == "Noise."
        assert [each.reason for each in await work.store(RULES).of("quiet")] == ["Noise."]
    async with works(Actor.system("test")) as work:
        query = text("SELECT reason FROM audit WHERE action = 'house-rule.put'")
        assert (await work.connection.execute(query)).scalars().all() == ["Noise."]
    with pytest.raises(DBAPIError):
        async with works(Actor.system("test")) as work:
            await work.store(RULES).add("quiet", HouseRule(says="Shout."), work.now)


async def test_what_is_shipped_has_a_reason_too_where_one_is_kept(works: WorkFactory[Work]) -> None:
    async with works(Actor.system("shipped")) as work:
        assert await work.store(RULES).ship({"shipped": {"says": "Walk."}}) == {"shipped": 1}
        assert await work.store(RULES).ship({"shipped": {"says": "Run."}}) == {"shipped": 2}
        assert [each.reason for each in await work.store(RULES).of("shipped")] == ["shipped"] * 2
        assert await work.store(POLICIES).ship({"shipped": {"days": 1}}) == {"shipped": 1}


async def test_several_kinds_are_read_by_one_statement(works: WorkFactory[Work], statements: Any) -> None:
    async with works(Actor.system("test")) as work:
        for code, days in (("b", 3), ("a", 2), ("a", 1)):
            await work.store(POLICIES).add(code, LoanPolicy(days=days), SINCE)
        await work.store(RULES).put("early", NewRule(says="Later.", reason="x", effective_from=work.now + timedelta(days=1)))
        with statements() as sent:
            policies, rules = await in_force_together(work, [POLICIES, RULES], work.now)
        assert len(sent) == 1
        assert [(each.code, each.body.days) for each in policies if each.code in "ab"] == [("a", 1), ("b", 3)]
        assert "early" not in [each.code for each in rules]
        assert await in_force_together(work, [], work.now) == []


def test_routes_show_the_reason_where_it_is_kept() -> None:
    router = Router(tags=["data"])
    keep = VersionedData[Work](router, read=Scope("loans:read"), change=Scope("loans:configure", level=3))
    words = {name: (f"{name}_rule", f"{name} of them", "About it.") for name in ("every", "one", "put")}
    keep("/rules/{code}", RULES, HouseRule, NewRule, **words)
    keep("/policies/{code}", POLICIES, LoanPolicy, NewPolicy, **words)
    shown = [route.endpoint.returns for route in router.routes if route.method == "PUT"]
    assert ["reason" in view.model_fields for view in shown] == [True, False]
