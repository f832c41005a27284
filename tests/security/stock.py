"""One thing of each kind that a path can name, and of what lies in another thing one that lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_kernel.ids import new_id

from .operations import NOBODY, Operation, operations_of
from .refusals import body_of
from .things import (
    COMPLAINTS,
    PHONES,
    Ask,
    House,
    act,
    complaint,
    conflict,
    customer,
    intake_link,
    invitation,
    survey_link,
)

PARKED = """
    INSERT INTO parked (consumer, topic, partition, "offset", key, headers, value, reason)
    SELECT 'x', 't', 0, count(*), 'k', '[]', 'v', 'invalid' FROM parked RETURNING id
    """
FAILED = """
    INSERT INTO timers (kind, key, due, payload, next_try, parked_at)
    VALUES ('test.failed', :key, now(), '{}', now(), now())
    """
NOTHING = {"message_id": "999999999", "key_id": "0" * 16, "code": "nobody", "key": "nobody", "staff_id": "nobody",
           "kind": "nobody", "name": "nobody", "token": "A" * 43}  # fmt: skip
"""Ids of nothing, of those that are no UUIDs."""
MADE = {"vendors/{code}": "v-1", "compensation-budgets/{code}": "north", "staff/{staff_id}": "agent-7"}
"""Versions of which none is shipped."""


@dataclass
class Stock:
    """Ids of things that are there, by what a path calls them; codes by the path of their list."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Of what lies in another thing: one that is there, but not in that."""

    def there(self, operation: Operation) -> dict[str, str]:
        """Values for the path, of things that are there. Raises KeyError for one that nobody has made."""
        service, _, collection = operation.path.split("/")[1:4]
        found = {}
        for name in operation.names:
            place = collection.split(":")[0] if name in {"code", "key", "kind", "name"} else ""
            found[name] = self.ids.get((service, name + place)) or self.ids[service, name]
        return found

    def nothing(self, name: str) -> str:
        """An id of nothing."""
        return NOTHING.get(name, str(NOBODY))

    def other(self, operation: Operation, name: str) -> str:
        """The id of a thing of another kind in the same service, or of the same kind that lies elsewhere."""
        if name in self.elsewhere and len(operation.names) > 1:
            return self.elsewhere[name]
        service = operation.path.split("/")[1]
        if name in NOTHING:
            others = {"message_id": "999999998", "key_id": "f" * 16}
            return others.get(name, "update" if "letter-templates" not in operation.path else "cn")
        return next(value for (of, kind), value in self.ids.items() if of == service and kind != name and len(value) == 36)


async def stock_of(house: House) -> Stock:
    """All of them, made new."""
    stock = Stock()
    for service in house.services:
        await _operations(house, stock, service)
    await _complaints(house, stock)
    await _emergencies(house, stock)
    await _recovery(house, stock)
    await _changes(house, stock)
    await _contacts(house, stock)
    await _customers(house, stock)
    await _answers(house, stock)
    await _named(house, stock)
    return stock


async def _operations(house: House, stock: Stock, service: str) -> None:
    """What every service has: a message in the park, a timer that failed, a machine key, a life."""
    [row] = await house.rows(service, PARKED)
    for key in ("release", "drop", "more"):
        await house.rows(service, FAILED, key=key)
    scope = f"{service}:push"
    maker = house.token(f"{service}:manage-keys", scope)
    body = {"name": "a machine", "source": "pbx-a", "scopes": [scope]}
    made = await house.ask(Ask("POST", f"/{service}/v1/machine-keys", maker, body))
    assert made.status == 201, made
    [key] = await house.rows(service, "SELECT id FROM machine_keys ORDER BY created_at DESC LIMIT 1")
    stock.ids |= {(service, "message_id"): str(row["id"]), (service, "key_id"): key["id"]}
    lives = await house.do("GET", f"/{service}/v1/state-machines", f"{service}:read")
    stock.ids[service, "name"] = next(iter(lives))


async def _complaints(house: House, stock: Stock) -> None:
    ids = [await complaint(house, "assess", customer_id=str(new_id())) for _ in range(2)]
    found = []
    for each in ids:
        letter = {"template": "update", "language": "en", "channel": "letter"}
        made = await house.do("POST", f"{COMPLAINTS}/{each}/letters", "complaints:handle", letter)
        clocks = await house.do("GET", f"{COMPLAINTS}/{each}/clocks", "complaints:read")
        found.append((clocks["items"][0]["id"], made["id"]))
    await act(house, ids[0], "mark-major", "decide", reason="press")
    cases = await house.do("GET", "/complaints/v1/major-cases", "complaints:read")
    await intake_link(house)
    [link] = await house.rows("complaints", "SELECT id::text FROM customer_links LIMIT 1")
    (clock, letter_id), (clock_elsewhere, letter_elsewhere) = found
    stock.elsewhere |= {"clock_id": clock_elsewhere, "letter_id": letter_elsewhere}
    named = {"complaint_id": ids[0], "clock_id": clock, "letter_id": letter_id, "link_id": link["id"],
             "case_id": cases["items"][0]["id"]}  # fmt: skip
    stock.ids |= {("complaints", name): value for name, value in named.items()}


async def _emergencies(house: House, stock: Stock) -> None:
    body: dict[str, Any] = {"incident_type": "equipment-failure", "touchpoints": ["hotline"],
            "began_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(), "note": "Silent."}  # fmt: skip
    incident = await house.do("POST", "/complaints/v1/incidents", "complaints:report", body)
    body = {"plan": "general", "planned_for": (datetime.now(UTC) + timedelta(days=9)).isoformat(), "reason": "yearly"}
    drill = await house.do("POST", "/complaints/v1/drills", "complaints:emergencies", body)
    repair = await house.do("POST", "/complaints/v1/repairs", "complaints:file", {"category": "water", "note": "It drips."})
    stock.ids |= {("complaints", "incident_id"): incident["id"], ("complaints", "drill_id"): drill["id"],
                  ("complaints", "repair_id"): repair["id"]}  # fmt: skip


async def _recovery(house: House, stock: Stock) -> None:
    at_risk, base = str(new_id()), "/complaints/v1/recovery-cases"
    body = {"customer_id": at_risk, "failure": "late", "category": "delivery", "unit": "north"}
    case = await house.do("POST", base, "complaints:recover", body)
    refund = [{"kind": "refund", "amount": "120.00", "currency": "CNY"}]
    plan = {"remedies": refund, "reason": "late"}
    await house.do("POST", f"{base}/{case['id']}:propose", "complaints:recover", plan)
    money = await house.do("GET", f"{base}/{case['id']}/compensations", "complaints:read")
    stock.ids |= {("complaints", "recovery_id"): case["id"], ("complaints", "compensation_id"): money["items"][0]["id"]}
    made = await complaint(house, "record-decision", customer_id=at_risk)
    await act(house, made, "set-root-cause", cause="process", latent_risk=False)
    await act(house, made, "propose", "decide", remedy="refund", note="Again.")
    await act(house, made, "record-decision", "decide", accepted=False)
    await house.fire("complaints")
    [row] = await house.rows("complaints", "SELECT id::text FROM win_backs")
    stock.ids["complaints", "win_back_id"] = row["id"]


async def _changes(house: House, stock: Stock) -> None:
    body = {"dimension": "cause", "group": "process", "note": "Never scanned.", "owner": "unit-logistics"}
    change = await house.do("POST", "/complaints/v1/changes", "complaints:changes", body)
    stock.ids["complaints", "change_id"] = change["id"]


async def _contacts(house: House, stock: Stock) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    body = {"channel": "store", "direction": "inbound", "started_at": at.isoformat(), "agent": "agent-12",
            "ended_at": (at + timedelta(minutes=9)).isoformat(), "contact_type": "enquiry"}  # fmt: skip
    contact = await house.do("POST", "/interactions/v1/interactions", "interactions:write", body)
    bad = {"event_id": "e9", "call_id": "c-9", "type": "Ended", "occurred_at": "2026-03-02T12:00:00Z"}
    path = "/interactions/v1/interaction-events:batch?source=pbx"
    pushed = await house.do("POST", path, "interactions:push", {"events": [bad]})
    stock.ids |= {("interactions", "interaction_id"): contact["id"],
                  ("interactions", "quarantine_id"): pushed["results"][0]["quarantine_id"]}  # fmt: skip


async def _customers(house: House, stock: Stock) -> None:
    made = [await customer(house, next(PHONES)) for _ in range(2)]
    one, other = [await house.do("GET", f"/profiles/v1/customers/{each['id']}", "profiles:read") for each in made]
    stock.elsewhere["identifier_id"] = other["identifiers"][0]["id"]
    stock.ids |= {("profiles", "customer_id"): one["id"], ("profiles", "identifier_id"): one["identifiers"][0]["id"],
                  ("profiles", "conflict_id"): await conflict(house)}  # fmt: skip


async def _answers(house: House, stock: Stock) -> None:
    asked = await invitation(house)
    path = await survey_link(house, asked)
    answer = await house.ask(Ask("POST", path, body={"answers": {"score": "1"}}))
    assert answer.status == 200, answer
    follow_ups = await house.do("GET", "/satisfaction/v1/follow-ups", "satisfaction:read")
    responses = await house.do("GET", "/satisfaction/v1/responses", "satisfaction:read")
    stock.ids |= {("satisfaction", "response_id"): responses["items"][0]["id"],
                  ("satisfaction", "follow_up_id"): follow_ups["items"][0]["id"],
                  ("satisfaction", "invitation_id"): await invitation(house)}  # fmt: skip


async def _named(house: House, stock: Stock) -> None:
    """Versions that are known by a code."""
    document = house.documents["complaints"]
    for operation in operations_of(document):
        named = MADE.get(operation.path.removeprefix("/complaints/v1/"))
        if operation.method == "PUT" and named is not None:
            path = operation.filled(code=named, staff_id=named)
            await house.do("PUT", path, "complaints:configure", body_of(document, operation))
        if operation.path.endswith(":back-test"):
            day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            asked = {"pack": "cn-regulator", "received_from": (day - timedelta(days=2)).isoformat(),
                     "received_before": day.isoformat()}  # fmt: skip
            made = await house.do("POST", operation.filled(code="standard"), "complaints:configure", asked)
            stock.ids["complaints", "back_test_id"] = made["id"]
    stock.ids |= {("complaints", "staff_id"): "agent-7", ("complaints", "kind"): "categories"}
    for service, document in house.documents.items():
        for path in document["paths"]:
            for name in ("code", "key"):
                if path.endswith(f"/{{{name}}}") and path.split("/")[2] == "v1":
                    await _listed(house, stock, service, path.removesuffix(f"/{{{name}}}"), name)


async def _listed(house: House, stock: Stock, service: str, path: str, name: str) -> None:
    says = house.documents[service]["paths"].get(path, {}).get("get")
    if says is not None:
        items = (await house.do("GET", path, says["x-scope"]))["items"]
        stock.ids[service, name + path.split("/")[3]] = str(items[0][name])
