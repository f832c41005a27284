"""A small company with customers and complaints, made through the APIs as its systems and people would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rapport_testing.product import Product, gateway
from rapport_testing.waiting import wait_for

COMPLAINTS = "/complaints/v1/complaints"
SATISFACTION = "/satisfaction/v1"
CALENDAR = "cn"
STAFF = {"agent-lin": "林晓", "agent-chen": "陈立", "agent-wu": "Wu Jia"}
CUSTOMERS = {"li": ("李雷", "13910010782"), "han": ("韩梅梅", "13910010783"), "smith": ("Anna Smith", "13910010784")}
FILED = [
    ("li", "card", "phone", "同一笔刷卡消费被扣了两次款，客服说三天内退回，到今天还没有到账。", "请尽快退回重复扣款。"),
    ("li", "waiting", "store", "在网点排队等候超过两个小时，只有一个窗口办理业务。", None),
    ("han", "mortgage", "app", "提前还款申请在手机银行里一直显示“处理中”，已经两周没有人联系我。", None),
    ("han", "account", "email", "账户余额短信提醒停了，没有收到任何通知。", None),
    (
        "smith",
        "money-transfer",
        "web",
        "My transfer to Hong Kong left the account on Monday and has not arrived; nobody can tell me where it is.",
        None,
    ),
    ("smith", "staff-conduct", "phone", "The person on the phone hung up while I was still explaining.", "An apology."),
    ("li", "information", "chat", "理财产品到期日前后说法不一致。", None),
    ("han", "card", "sms", "信用卡年费减免条件与开卡时告知的不同。", None),
]


@dataclass(frozen=True)
class Company:
    """Ids of what was made, by its name here."""

    customers: dict[str, str]
    complaints: list[dict[str, Any]]


def found(product: Product) -> Company:
    """Staff with names, customers, and complaints in several states. Each call makes customers and complaints anew."""
    with product.client() as client:
        for code, name in STAFF.items():
            body = {"team": "cards", "capacity": 50, "calendar": CALENDAR, "name": name}
            ok(client.put(f"/complaints/v1/staff/{code}", json=body))
        customers = {key: customer(client, name, phone) for key, (name, phone) in CUSTOMERS.items()}
        filed = [file(client, customers[key], CUSTOMERS[key], *said) for key, *said in FILED]
        carry(client, filed)
        return Company(customers, [ok(client.get(f"{COMPLAINTS}/{each['id']}")) for each in filed])


def customer(client: httpx.Client, name: str, phone: str) -> str:
    """A new one; their id."""
    body = {
        "kind": "individual",
        "stage": "active",
        "source": "crm",
        "personal": {"name": name, "birth_date": "1988-05-14", "occupation": "教师", "preferences": ["短信通知"]},
        "identifiers": [{"kind": "phone", "value": phone, "verified": True}],
    }
    return str(ok(client.post("/profiles/v1/customers", json=body))["id"])


def file(
    client: httpx.Client,
    customer_id: str,
    person: tuple[str, str],
    category: str,
    channel: str,
    problem: str,
    sought: str | None,
) -> dict[str, Any]:
    """A complaint of this customer, received some hours ago."""
    body = {
        "received_at": (datetime.now(UTC) - timedelta(hours=5)).isoformat(),
        "channel": channel,
        "category": category,
        "problem": problem,
        "remedy_sought": sought,
        "customer_id": customer_id,
        "contact": {"name": person[0], "phone": person[1]},
    }
    return ok(client.post(COMPLAINTS, json=body))


def carry(client: httpx.Client, filed: list[dict[str, Any]]) -> None:
    """Some are acknowledged, some assessed and with somebody, one is being looked into."""
    for place, complaint in enumerate(filed[1:7], start=1):
        act(client, complaint, "acknowledge", method="phone", note="已电话告知客户，三个工作日内回复。")
        if place > 2:
            severity = ("low", "medium", "high", "critical")[place % 4]
            act(client, complaint, "assess", severity=severity)
        if place > 3:
            act(client, complaint, "assign", assignee=list(STAFF)[place % 3])
        if place > 4:
            act(client, complaint, "start-investigation")


def act(client: httpx.Client, complaint: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    """Do that with it."""
    return ok(client.post(f"{COMPLAINTS}/{complaint['id']}:{action}", json=body))


CLOSING: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {"method": "phone"}),
    ("assess", {"severity": "low"}),
    ("assign", {"assignee": "agent-chen"}),
    ("start-investigation", {}),
    ("set-root-cause", {"cause": "process", "latent_risk": False}),
    ("propose", {"remedy": "apology", "note": "我们为此致歉。"}),
    ("record-decision", {"accepted": True}),
    ("resolve", {}),
    ("give-feedback", {"method": "phone"}),
    ("close", {}),
]


def surveyed(client: httpx.Client, last: str) -> Callable[[], str]:
    """A complaint is closed, so that its customer is asked how it felt; what comes back waits for the link to the survey."""
    customer_id = customer(client, "王芳", f"1391001079{last}")
    complaint = file(client, customer_id, ("王芳", f"1391001079{last}"), "card", "phone", "补卡邮寄太慢。", None)
    for action, said in CLOSING:
        act(client, complaint, action, **said)

    def scheduled() -> dict[str, Any] | None:
        asked = {"complaint": complaint["id"], "state": "scheduled"}
        return next(iter(ok(client.get(f"{SATISFACTION}/invitations", params=asked))["items"]), None)

    headers = gateway(client)
    return lambda: str(
        ok(client.post(f"{SATISFACTION}/invitations/{wait_for(scheduled)['id']}:send", headers=headers))["link"]
    )


def ok(answer: httpx.Response) -> dict[str, Any]:
    """What was answered. Raises AssertionError, with the problem, where it was refused."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    told: dict[str, Any] = answer.json()
    return told
