"""The API, asked as front ends ask it."""

from __future__ import annotations

PHONE, MAIL, NAME = "13800138000", "zhang.xiaoming@example.com", "张小明"
CANARIES = (PHONE, "8613800138000", MAIL, NAME, "xiaoming", "1985-06-01", "recording 4711")
ALL = ("profiles:read", "profiles:write", "profiles:resolve", "profiles:look-up", "profiles:read-audit")


def body(**changes) -> dict:
    return {
        "kind": "individual",
        "source": "crm",
        "personal": {"name": NAME, "birth_date": "1985-06-01", "occupation": "教师", "preferences": ["evening calls"]},
        "identifiers": [{"kind": "phone", "value": PHONE, "verified": True}, {"kind": "email", "value": MAIL}],
    } | changes


async def register(http, **changes) -> dict:
    answer = await http.post("/profiles/v1/customers", json=body(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def audited(http, customer_id) -> list[tuple[str, dict]]:
    answer = await http.get("/profiles/v1/audit", params={"subject": f"customer:{customer_id}"})
    assert answer.status_code == 200, answer.text
    return [(entry["action"], entry["detail"]) for entry in answer.json()["items"]]


async def resolve(http, *identifiers) -> dict:
    asked = {"identifiers": [{"kind": kind, "value": value} for kind, value in identifiers]}
    answer = await http.post("/profiles/v1/customers:resolve", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()
