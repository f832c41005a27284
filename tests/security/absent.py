"""The same for what is not there, or not any more: ids of nothing, links, what went with a customer who was erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rapport_kernel.ids import new_id

from .operations import Operation
from .provoked import Case, by_path, by_what
from .refusals import body_of
from .stock import PARKED, Stock
from .things import COMPLAINTS, Ask, House, complaint, intake_link, invitation, status_link, survey_link


async def not_found(house: House, stock: Stock, operation: Operation) -> Case:
    """For each id in the path: one of nothing, and one of a thing of another kind or that lies elsewhere."""
    token, body = house.right(operation), body_of(house.documents[operation.path.split("/")[1]], operation)
    there = stock.there(operation)
    if operation.method == "PUT":
        body = await house.do("GET", operation.filled(**there), "complaints:read")
        body = {**body["body"], "effective_from": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    wrong = [
        Ask(operation.method, operation.filled(**{**there, name: value}), token, body)
        for name in operation.names
        for value in (stock.nothing(name), stock.other(operation, name))
    ]
    return Case(wrong[0], Ask(operation.method, operation.filled(**there), token, body), tuple(wrong[1:]))


async def parked(house: House, stock: Stock, operation: Operation) -> Case:
    """A message that was settled is not there to be settled again."""
    service = operation.path.split("/")[1]
    [row] = await house.rows(service, PARKED)
    wrong, there = [operation.filled(message_id=each) for each in (stock.nothing("message_id"), str(row["id"]))]
    return by_path(house, operation, wrong, there, {"why": "tidied"} if operation.path.endswith(":drop") else None)


async def no_taxonomy(house: House, stock: Stock, operation: Operation) -> Case:
    """Both are there: it is a version that is not."""
    path, token = operation.filled(kind="categories"), house.right(operation)
    refused, admitted = [Ask("GET", path, token, query={"version": number}) for number in ("99", "1")]
    return Case(refused, admitted)


async def no_link(house: House, stock: Stock, operation: Operation) -> Case:
    path = await new_link(house, operation)
    return by_path(house, operation, operation.filled(token="A" * 43), path, WRITTEN.get(operation.name))


async def link_over(house: House, stock: Stock, operation: Operation) -> Case:
    """The one that is over is told so; the next one of the same kind opens."""
    old = await new_link(house, operation)
    await house.rows(operation.path.split("/")[1], OVER[operation.path.split("/")[1]])
    return by_path(house, operation, old, await new_link(house, operation), WRITTEN.get(operation.name))


async def new_link(house: House, operation: Operation) -> str:
    """The path of a new link that the operation opens."""
    match operation.path.split("/")[3]:
        case "f":
            return await intake_link(house)
        case "s":
            return await status_link(house, await complaint(house))
    return await survey_link(house, await invitation(house))


OVER = {"complaints": "UPDATE customer_links SET expires_at = now()",
        "satisfaction": "UPDATE invitations SET expires_at = now() - interval '1 hour'"}  # fmt: skip
WRITTEN: dict[str, dict[str, Any]] = {
    "POST /complaints/v1/f/{token}": {"problem": "The parcel did not arrive.", "phone": "13812345678"},
    "POST /satisfaction/v1/r/{token}": {"answers": {"score": "9"}},
}
"""What is sent with a link."""


async def letter_erased(house: House, stock: Stock, operation: Operation) -> Case:
    paths, letter = [], {"template": "update", "language": "en", "channel": "letter"}
    for erased in (True, False):
        customer = str(new_id())
        made = await complaint(house, customer_id=customer)
        issued = await house.do("POST", f"{COMPLAINTS}/{made}/letters", "complaints:handle", letter)
        paths.append(operation.filled(complaint_id=made, letter_id=issued["id"]))
        if erased:
            await house.erase("complaints", customer)
    return by_path(house, operation, *paths)


async def no_root_cause(house: House, stock: Stock, operation: Operation) -> Case:
    paths = [operation.filled(complaint_id=await complaint(house, step)) for step in ("assign", "set-root-cause")]
    return by_path(house, operation, *paths)


async def no_survey(house: House, stock: Stock, operation: Operation) -> Case:
    """By its key: in the path, in the body, or in the query."""
    if operation.names:
        body = ANOTHER if operation.path.endswith("/versions") else body_of(house.documents["satisfaction"], operation)
        return by_path(house, operation, operation.filled(key="nobody"), operation.filled(key="after-call"), body)
    token, keys = house.right(operation), ("nobody", "after-call")
    if operation.method == "GET":
        refused, admitted = [Ask("GET", operation.path, token, query={"survey": key}) for key in keys]
        return Case(refused, admitted)
    body = {"source": "file-a", "responses": [{"ref": "2", "answers": {"score": 9}}]}
    return by_what(house, operation, operation.path, *[{**body, "survey": key} for key in keys])


ANOTHER = {"title": {"en": "Was it easy?"}, "metric": "nps",
           "questions": [{"key": "score", "kind": "score", "text": {"en": "Was it easy?"}}]}  # fmt: skip
"""What a version of a survey asks."""


async def no_version(house: House, stock: Stock, operation: Operation) -> Case:
    return by_what(house, operation, operation.filled(key="after-call"), {"number": 99}, {"number": 1})


async def no_timer(house: House, stock: Stock, operation: Operation) -> Case:
    sent = [{"kind": kind, "key": operation.path.rpartition(":")[2], "why": "tidied"} for kind in ("nobody", "test.failed")]
    if operation.path.endswith(":release"):
        sent = [{name: each[name] for name in ("kind", "key")} for each in sent]
    return by_what(house, operation, operation.path, *sent)
