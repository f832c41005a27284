"""Bring the surveys and rules that are shipped into the database, and what changed where nobody has put one of their own."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from rapport_chassis.shipped import Entries
from rapport_chassis.versions import SHIPPED_SINCE

from rapport_satisfaction.domain.policies import KINDS, Policy, PolicyKind, Version
from rapport_satisfaction.domain.surveys import Definition, Survey
from rapport_satisfaction.store.work import SatisfactionWork


async def ship_surveys(work: SatisfactionWork, entries: Entries) -> None:
    """Surveys by key, each with its `id` and `definition`: published at once, which is announced as ever. Raises Conflict
    when the metric of one changes."""
    there = await work.surveys.by_keys(entries)
    for key, entry in entries.items():
        definition = Definition.model_validate(entry["definition"])
        if key not in there:
            survey = work.surveys.add(Survey(id=UUID(entry["id"]), key=key))
        else:
            survey = await work.surveys.by_key(key, for_update=True)
            if not survey.as_shipped or survey.versions[-1].definition == definition:
                continue
        survey.draft(definition, work.now)
        survey.publish(None, work.now)


async def ship_policies(work: SatisfactionWork, entries: Entries) -> None:
    """Rules by kind and key: in force since ever, a changed one from now on."""
    added: list[Version[Policy]] = []
    for name, rules in entries.items():
        kind = cast("PolicyKind", name)
        for key, entry in sorted(rules.items()):
            rule: Policy = KINDS[kind].model_validate(entry)
            await work.policies.lock(kind, key)
            before = await work.policies.history(kind, key)
            if before and (before[-1].changed_by != str(work.actor) or before[-1].rule == rule):
                continue
            since = work.now if before else SHIPPED_SINCE
            number = len(before) + 1
            added.append(Version(kind, key, number, since, rule, "shipped", str(work.actor), work.now))
    if added:
        await work.policies.add(added)
