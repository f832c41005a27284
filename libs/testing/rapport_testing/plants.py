"""Marker texts of each kind of personal data, planted in every service through its public routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rapport_chassis.security.kinds import TABLE, Kind

CARE_WORD = "bereavement"


@dataclass(frozen=True, slots=True)
class Plant:
    """A text of a kind that lies in the product, and where it was put."""

    kind: Kind
    text: str
    where: str

    def seen_by(self, level: int) -> str | None:
        """What the table lets a level see of it."""
        return TABLE[self.kind].shown(self.text, level)

    def secret_from(self, level: int) -> list[str]:
        """What of it may appear nowhere at this level."""
        rule = TABLE[self.kind]
        if level >= rule.clear:
            return []
        if self.kind in {Kind.WORDS, Kind.NOTE, Kind.LETTER, Kind.FILE, Kind.RAW}:
            word, *identifying = self.text.split("|")
            return [each.strip() for each in (identifying if level >= rule.seen else [word, *identifying])]
        return [self.text]


@dataclass
class Garden:
    """What was planted, and the ids of what it lies in, by the name that paths give them."""

    client: httpx.Client
    wait_for: Callable[..., Any]
    plants: list[Plant] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def text(self, kind: Kind, where: str) -> str:
        """A new marker: for texts a word, a telephone number and an address."""
        self._count += 1
        number = f"13{self._count % 100:02}{7654 + self._count // 100}{self._count % 1000:03}"
        match kind:
            case Kind.PHONE:
                text = number
            case Kind.EMAIL:
                text = f"kvz{self._count:03}@plants.example"
            case Kind.NUMBER:
                text = f"MNQ{number}"
            case Kind.BIRTH_DATE:
                text = f"19{50 + self._count % 50}-03-1{self._count % 10}"
            case Kind.NAME:
                text = f"Kvzan Qwist{chr(97 + self._count % 26)}{chr(97 + self._count % 25)}"
            case Kind.ADDRESS | Kind.TRAIT:
                text = f"zxqplace-{self._count:03}"
            case Kind.FILE:
                text = f"s3://zxqfile{self._count:03}/|{number}"
            case _:
                text = f"zxq{kind}{self._count:03} |{number}| wxq{self._count:03}@plants.example"
        self.plants.append(Plant(kind, text, where))
        return text

    def post(self, path: str, body: dict[str, Any], *, status: int = 201) -> dict[str, Any]:
        """Post it; whatever is answered."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, (path, answer.text)
        return dict(answer.json())


def plant(garden: Garden) -> None:
    """Everything, in all services."""
    _customer(garden)
    _contact(garden)
    _complaint(garden)
    _answer(garden)
    _conflict(garden)


def _customer(garden: Garden) -> None:
    text, base = garden.text, "/profiles/v1/customers"
    traits = {name: [text(Kind.TRAIT, name)] for name in ("spending_habits", "preferences", "interests")}
    made = garden.post(base, {
        "personal": {"name": text(Kind.NAME, "customer"), "birth_date": text(Kind.BIRTH_DATE, "customer"),
                     "occupation": text(Kind.TRAIT, "occupation"), **traits},
        "identifiers": [{"kind": "phone", "value": text(Kind.PHONE, "identifier")},
                        {"kind": "email", "value": text(Kind.EMAIL, "identifier")},
                        {"kind": "member_number", "value": text(Kind.NUMBER, "identifier")}],
    })  # fmt: skip
    garden.ids["customer_id"] = made["id"]
    evidence = {"kind": "recording", "text": text(Kind.WORDS, "consent")}
    garden.post(f"{base}/{made['id']}/consents", {"purpose": "survey", "decision": "granted", "evidence": evidence})
    moving = {"move": made["stage_moves"][0], "note": text(Kind.NOTE, "change-stage")}
    garden.post(f"{base}/{made['id']}:change-stage", moving, status=200)


def _contact(garden: Garden) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    contact = {"channel": "store", "direction": "inbound", "started_at": at.isoformat(),
               "ended_at": (at + timedelta(minutes=9)).isoformat(), "agent": "agent-12", "contact_type": "enquiry",
               "note": garden.text(Kind.NOTE, "contact")}  # fmt: skip
    made = garden.post("/interactions/v1/interactions", contact)
    garden.ids["interaction_id"] = made["id"]
    linking = {"customer_id": garden.ids["customer_id"], "reason": garden.text(Kind.NOTE, "link-customer")}
    garden.post(f"/interactions/v1/interactions/{made['id']}:link-customer", linking, status=200)
    bad = {"event_id": "e9", "call_id": "c-9", "type": "Ended", "occurred_at": "2026-03-02T12:00:00Z",
           "queue": garden.text(Kind.RAW, "quarantine")}  # fmt: skip
    path = "/interactions/v1/interaction-events:batch?source=planted"
    pushed = garden.client.post(path, json={"events": [bad]}).raise_for_status().json()
    garden.ids["quarantine_id"] = pushed["results"][0]["quarantine_id"]


def _complaint(garden: Garden) -> None:
    text, base = garden.text, "/complaints/v1/complaints"
    contact = {"name": text(Kind.NAME, "complaint"), "phone": text(Kind.PHONE, "complaint"),
               "email": text(Kind.EMAIL, "complaint"), "address": text(Kind.ADDRESS, "complaint")}  # fmt: skip
    made = garden.post(base, {
        "category": "delivery", "channel": "phone", "contact": contact, "problem": text(Kind.WORDS, "problem"),
        "remedy_sought": text(Kind.WORDS, "remedy_sought"), "vulnerability": CARE_WORD,
        "customer_id": garden.ids["customer_id"],
        "received_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
    })  # fmt: skip
    garden.plants.append(Plant(Kind.CARE, f'"vulnerability":"{CARE_WORD}"', "vulnerability"))
    garden.ids["complaint_id"] = made["id"]
    this = f"{base}/{made['id']}"
    told = {"direction": "inbound", "channel": "phone", "kind": "update", "words": text(Kind.WORDS, "communication")}
    garden.post(f"{this}/communications", told)
    file: dict[str, Any] = {"content_type": "image/jpeg", "kind": "evidence", "name": text(Kind.FILE, "file name"),
            "reference": text(Kind.FILE, "reference").replace("|", "-"), "sha256": "9f" * 32, "size_bytes": 7}  # fmt: skip
    garden.plants[-1] = Plant(Kind.FILE, file["reference"], "reference")
    garden.post(f"{this}/attachments", file)
    for verb, body in (
        ("acknowledge", {"method": "phone", "note": text(Kind.NOTE, "acknowledge")}),
        ("assess", {"severity": "medium"}),
        ("assign", {"assignee": "agent-7"}),
        ("start-investigation", {}),
        ("record-step", {"method": "record_review", "note": text(Kind.NOTE, "step"),
                         "evidence": [{"kind": "text", "text": text(Kind.NOTE, "evidence")}]}),
        ("set-root-cause", {"cause": "process", "latent_risk": False, "method": "five_whys",
                            "note": text(Kind.NOTE, "cause"), "whys": [text(Kind.NOTE, "why") for _ in range(2)]}),
        ("tag-handling", {"tag": "emotional", "reason": "call-of-today"}),
    ):  # fmt: skip
        garden.post(f"{this}:{verb}", body, status=200)
    garden.plants.append(Plant(Kind.CARE, '"tag":"emotional"', "handling"))
    letter = {"template": "update", "language": "en", "channel": "letter", "message": text(Kind.LETTER, "letter"),
              "signature": "Customer Care"}  # fmt: skip
    garden.ids["letter_id"] = garden.post(f"{this}/letters", letter)["id"]


def _answer(garden: Garden) -> None:
    comment = garden.text(Kind.WORDS, "comment")
    answer = {
        "ref": f"p-{len(garden.plants)}-{garden.ids['customer_id']}",
        "answers": {"score": "1", "comment": comment},
        "customer_id": garden.ids["customer_id"],
    }
    body = {"source": "planted", "survey": "after-call", "responses": [answer]}
    done = garden.post("/satisfaction/v1/responses:import", body, status=200)
    assert done["results"][0]["result"] == "accepted", done


def _conflict(garden: Garden) -> None:
    """Two customers of whom one contact has a sign of each."""
    signs = [{"kind": "phone", "value": garden.text(Kind.PHONE, "conflict")},
             {"kind": "email", "value": garden.text(Kind.EMAIL, "conflict")}]  # fmt: skip
    for sign in signs:
        garden.post("/profiles/v1/customers", {"identifiers": [sign]})
    at = datetime.now(UTC) - timedelta(hours=2)
    garden.post("/interactions/v1/interactions", {
        "channel": "store", "direction": "inbound", "started_at": at.isoformat(), "identifiers": signs, "agent": "agent-12",
        "ended_at": (at + timedelta(minutes=9)).isoformat(),
    })  # fmt: skip

    def found() -> list[dict[str, Any]]:
        return list(garden.client.get("/profiles/v1/conflicts").raise_for_status().json()["items"])

    garden.ids["conflict_id"] = garden.wait_for(found, 60)[0]["id"]
