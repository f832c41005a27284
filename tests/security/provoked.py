"""For each refusal that is about an object or about who exactly calls: how it is provoked, and who gets in instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_kernel.ids import new_id

from .operations import Operation
from .stock import Stock
from .things import CLERK, COMPLAINTS, Ask, House, act, complaint, invitation

SUBJECT, JUDGE, MAIL = "agent-9", "judge-1", "li@example.cn"
"""Whom a complaint is about, who had no part in it, whose id is none."""


@dataclass(frozen=True, slots=True)
class Case:
    """Who is refused with the code, and who gets in; `more`: others who are refused likewise."""

    refused: Ask
    admitted: Ask
    more: tuple[Ask, ...] = ()


Provoke = Callable[[House, Stock, Operation], Awaitable[Case]]


def by_who(house: House, operation: Operation, path: str, body: Any, refused: str, admitted: str) -> Case:
    """The same call of two people."""
    return Case(
        Ask(operation.method, path, house.right(operation, subject=refused), body),
        Ask(operation.method, path, house.right(operation, subject=admitted), body),
    )


def by_what(house: House, operation: Operation, path: str, refused: Any, admitted: Any) -> Case:
    """Two calls of one person."""
    token = house.right(operation)
    return Case(Ask(operation.method, path, token, refused), Ask(operation.method, path, token, admitted))


def by_path(house: House, operation: Operation, refused: str, admitted: str, body: Any = None) -> Case:
    """One person calls the same for two things."""
    token = None if operation.public else house.right(operation)
    return Case(Ask(operation.method, refused, token, body), Ask(operation.method, admitted, token, body))


# --- every operation that says so


async def not_opaque(house: House, stock: Stock, operation: Operation) -> Case:
    """Whoever acts is named by an opaque id: what they do goes to topics."""
    return by_who(house, operation, operation.filled(), {}, MAIL, CLERK)


# --- sources and keys


async def foreign_source(house: House, stock: Stock, operation: Operation) -> Case:
    key = await machine_key(house, operation, "pbx-a")
    event = {"event_id": "e-1", "call_id": "c-1", "type": "started", "occurred_at": datetime.now(UTC).isoformat()}
    body = {"events": [event]}
    refused, admitted = [Ask("POST", operation.path, key, body, {"source": source}) for source in ("pbx-b", "pbx-a")]
    return Case(refused, admitted)


async def other_source(house: House, stock: Stock, operation: Operation) -> Case:
    key = await machine_key(house, operation, "file-a")
    more: dict[str, Any] = {"survey": "after-call", "responses": [{"ref": "1", "answers": {"score": 9}}]}
    if "complaints:import" in operation.path:
        one = {"received_at": "2024-05-27T06:08:51Z", "state": "received", "channel": "web", "category": "x", "ref": "1"}
        more = {"complaints": [one]}
    refused, admitted = [Ask("POST", operation.path, key, {"source": source, **more}) for source in ("file-b", "file-a")]
    return Case(refused, admitted)


async def machine_key(house: House, operation: Operation, source: str) -> str:
    """Of that source, with the scope of the operation."""
    service = operation.path.split("/")[1]
    maker = house.token(f"{service}:manage-keys", str(operation.scope))
    body = {"name": "a machine", "source": source, "scopes": [operation.scope], "level": 4}
    made = await house.do("POST", f"/{service}/v1/machine-keys", "", body, credential=maker)
    return str(made["key"])


async def only_machines(house: House, stock: Stock, operation: Operation) -> Case:
    path = operation.filled(invitation_id=await invitation(house))
    person = house.token(str(operation.scope))
    return Case(Ask("POST", path, person), Ask("POST", path, house.right(operation)))


async def only_people(house: House, stock: Stock, operation: Operation) -> Case:
    scopes, body = _keys(operation)
    program = house.token(*scopes, subject="gateway", client_id="gateway")
    return Case(Ask("POST", operation.path, program, body), Ask("POST", operation.path, house.token(*scopes), body))


async def not_for_machines(house: House, stock: Stock, operation: Operation) -> Case:
    scopes, body = _keys(operation)
    reads = operation.path.split("/")[1] + ":read"
    token = house.token(*scopes, reads)
    return Case(Ask("POST", operation.path, token, {**body, "scopes": [reads]}), Ask("POST", operation.path, token, body))


async def more_than_own(house: House, stock: Stock, operation: Operation) -> Case:
    scopes, body = _keys(operation)
    less = house.token(str(operation.scope))
    return Case(Ask("POST", operation.path, less, body), Ask("POST", operation.path, house.token(*scopes), body))


def _keys(operation: Operation) -> tuple[list[str], dict[str, Any]]:
    pushes = operation.path.split("/")[1] + ":push"
    return [str(operation.scope), pushes], {"name": "a machine", "source": "pbx-a", "scopes": [pushes]}


# --- complaints: who handles, who judges (回避)


def about(step: str, body: Mapping[str, Any], refused: str = SUBJECT, admitted: str = JUDGE) -> Provoke:
    """On a complaint about `SUBJECT`, brought to that step: two people do the same."""

    async def provoke(house: House, stock: Stock, operation: Operation) -> Case:
        made = await complaint(house, step, subject_staff=[SUBJECT])
        if operation.path.endswith(":decide-appeal"):
            await act(house, made, "appeal", reason="wrong-facts")
        if operation.path.endswith(":untag-handling"):
            await act(house, made, "tag-handling", tag="emotional", reason="call-of-today")
        if operation.path.endswith(":lower-major"):
            await act(house, made, "mark-major", "decide", refused, reason="press")
        return by_who(house, operation, operation.filled(complaint_id=made), body, refused, admitted)

    return provoke


def given(step: str, refused: Mapping[str, Any], admitted: Mapping[str, Any]) -> Provoke:
    """On such a complaint somebody gives it to those whom it is about, or to others."""

    async def provoke(house: House, stock: Stock, operation: Operation) -> Case:
        made = await complaint(house, step, subject_staff=[SUBJECT])
        return by_what(house, operation, operation.filled(complaint_id=made), refused, admitted)

    return provoke


def waiting(body: Mapping[str, Any]) -> Provoke:
    """A proposal waits for approval: who made it, and somebody else, judge it."""

    async def provoke(house: House, stock: Stock, operation: Operation) -> Case:
        made = await complaint(house, "set-root-cause")
        offer = {"remedy": "refund", "note": "All.", "amount": "49000.00", "currency": "CNY", "ask_approval": True}
        low = house.token("complaints:decide", level=2, subject="front-1")
        await house.do("POST", f"{COMPLAINTS}/{made}:propose", "", offer, credential=low)
        return by_who(house, operation, operation.filled(complaint_id=made), body, "front-1", JUDGE)

    return provoke


async def extending(house: House, stock: Stock, operation: Operation) -> Case:
    """Whoever asked for more time does not approve it."""
    pack = {"effective_from": "2026-01-01T00:00:00Z"}
    await house.do("POST", "/complaints/v1/policy-packs/cn-regulator:install", "complaints:configure", pack)
    made = await complaint(house)
    await act(house, made, "acknowledge", method="phone")
    await act(house, made, "assess", severity="low", complex=True)
    clocks = await house.do("GET", f"{COMPLAINTS}/{made}/clocks", "complaints:read")
    [clock] = [each["id"] for each in clocks["items"] if (each["policy"], each["kind"]) == ("cn-regulator", "resolution")]
    path = operation.filled(complaint_id=made, clock_id=clock)
    return by_who(house, operation, path, {"reason": "expert-opinion", "requested_by": SUBJECT}, SUBJECT, JUDGE)


def recovering(
    body: Mapping[str, Any], *, propose: bool = False, execute: bool = False, refused: str = "front-1"
) -> Provoke:
    """A plan for a complaint about `SUBJECT`: proposed above their limit, or carried out, by `front-1`."""

    async def provoke(house: House, stock: Stock, operation: Operation) -> Case:
        made = await complaint(house, customer_id=str(new_id()), subject_staff=[SUBJECT])
        base, mine = "/complaints/v1/recovery-cases", house.token("complaints:recover", level=2, subject="front-1")
        case = await house.do("POST", base, "", {"complaint_id": made, "failure": "late"}, credential=mine)
        amount = "20.00" if execute else "500.01"
        plan = {"remedies": [{"kind": "refund", "amount": amount, "currency": "CNY"}], "reason": "late"}
        steps: list[tuple[str, dict[str, Any]]] = [("propose", plan)] if propose or execute else []
        steps += [("offer", {"method": "phone"}), ("record-choice", {"accepted": True}), ("execute", {})] if execute else []
        for step, sent in steps:
            await house.do("POST", f"{base}/{case['id']}:{step}", "", sent, credential=mine)
        return by_who(house, operation, operation.filled(recovery_id=case["id"]), body or plan, refused, JUDGE)

    return provoke


async def repaired(house: House, stock: Stock, operation: Operation) -> Case:
    """Whom the complaint is about does not say that the customer is content."""
    made, base = await complaint(house, subject_staff=[SUBJECT]), "/complaints/v1/repairs"
    body = {"category": "water", "note": "It drips.", "complaint_id": made}
    order = await house.do("POST", base, "complaints:file", body)
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for step, sent in (("accept", {}), ("assign-vendor", {"vendor": "v-1"}), ("schedule", {"appointment_at": at}),
                       ("start", {}), ("complete", {})):  # fmt: skip
        await house.do("POST", f"{base}/{order['id']}:{step}", "complaints:repairs", sent)
    return by_who(house, operation, operation.filled(repair_id=order["id"]), {}, SUBJECT, JUDGE)


async def in_emergency(house: House, stock: Stock, operation: Operation) -> Case:
    """The policy says which access level declares an incident that grave."""
    body: dict[str, Any] = {"incident_type": "equipment-failure", "touchpoints": ["hotline"], "note": "Silent.",
            "began_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}  # fmt: skip
    made = await house.do("POST", "/complaints/v1/incidents", "complaints:report", body)
    sent = {"level": 1, "reason": "whole-town"} if operation.path.endswith(":change-level") else {}
    steps = [("classify", {"level": 2}), ("declare", {})] if sent else [("classify", {"level": 1})]
    for step, more in steps:
        await house.do("POST", f"/complaints/v1/incidents/{made['id']}:{step}", "complaints:emergencies", more)
    path = operation.filled(incident_id=made["id"])
    return Case(
        Ask("POST", path, house.right(operation, level=2), sent), Ask("POST", path, house.right(operation, level=4), sent)
    )
