"""Take complaints over from another system, up to 500 at once, each with its own result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, ValidationError, field_validator
from rapport_chassis.bodies import Body
from rapport_chassis.commands import example
from rapport_chassis.work import Work
from rapport_contracts.codes import NewCode, NewReference, NewStaffId
from rapport_contracts.complaints.about import AboutNewComplaint
from rapport_contracts.complaints.vocabulary import Severity
from rapport_contracts.fields import CustomerId, UtcTime, WrongValue
from rapport_contracts.vocabulary import Channel
from rapport_kernel.errors import Forbidden
from rapport_kernel.history import Act
from rapport_kernel.ids import new_id

from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.life import STATES
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.usecases.filing import about
from rapport_complaints.taxonomies.domain import TaxonomyKind
from rapport_complaints.taxonomies.store import Taxonomies

MOST = 500


class ImportedComplaint(AboutNewComplaint, Body):
    """One complaint of the other system; `ref` is its identity there, `state` the one of ours that it is in, `category`
    what it is called there: the taxonomy maps it to ours, and it is kept as `source_category`."""

    ref: NewReference
    received_at: UtcTime
    state: str = Field(description="One of the states of the published table.")
    channel: Channel
    category: NewCode
    closed_at: UtcTime | None = None
    problem: str | None = Field(default=None, max_length=20_000)
    customer_id: CustomerId | None = None
    severity: Severity | None = None
    assignee: NewStaffId | None = None

    @field_validator("state")
    @classmethod
    def _of_the_table(cls, value: str) -> str:
        if value not in STATES:
            raise WrongValue("unknown-state", known=sorted(STATES))
        return value


class Import(Body):
    """Complaints of one source. Items are judged one by one; an item that is not as `ImportedComplaint` says is rejected."""

    model_config = example(
        {
            "source": "city-requests",
            "complaints": [
                {
                    "ref": "61276295",
                    "received_at": "2024-05-27T06:08:51Z",
                    "state": "received",
                    "channel": "web",
                    "category": "street-condition",
                    "problem": "Pothole",
                }
            ],
        }
    )

    source: NewCode
    complaints: list[dict[str, Any]] = Field(min_length=1, max_length=MOST)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item, in the order sent. `reason` is a code, with the field where there is one."""

    result: Literal["accepted", "duplicate", "rejected"]
    reason: str | None = None
    complaint_id: UUID | None = None


async def import_complaints(work: Work, command: Import) -> list[Result]:
    """Import; what is known by source and reference already stays as it is. Raises Forbidden for a key of another source."""
    if work.actor.source is not None and work.actor.source != command.source:
        raise Forbidden("other-source")
    items = [_read(raw) for raw in command.complaints]
    known = await work.store(Complaints).known_refs(
        command.source, [item.ref for item in items if isinstance(item, ImportedComplaint)]
    )
    fresh: dict[str, ImportedComplaint] = {}
    results: list[Result | ImportedComplaint] = []
    for item in items:
        if isinstance(item, Result):
            results.append(item)
        elif item.received_at > work.now:
            results.append(Result("rejected", "received-in-the-future"))
        elif item.closed_at is not None and item.closed_at < item.received_at:
            results.append(Result("rejected", "closed-before-received"))
        elif item.ref in known or item.ref in fresh:
            results.append(Result("duplicate", complaint_id=known.get(item.ref)))
        else:
            fresh[item.ref] = item
            results.append(item)
    made = await _take_over(work, command.source, list(fresh.values()))
    return [one if isinstance(one, Result) else _made(made.get(one.ref)) for one in results]


def _made(complaint_id: UUID | None) -> Result:
    return Result("rejected", "erased") if complaint_id is None else Result("accepted", complaint_id=complaint_id)


def _read(raw: dict[str, Any]) -> ImportedComplaint | Result:
    try:
        return ImportedComplaint.model_validate(raw, strict=False)  # strict JSON was read already: times are text here
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        where = f":{field}" if field in ImportedComplaint.model_fields else ""
        return Result("rejected", f"invalid{where}")


async def _take_over(work: Work, source: str, items: Sequence[ImportedComplaint]) -> dict[str, UUID]:
    """The new complaints by reference; none for words in the name of a customer who was erased."""
    work.apart()
    ids = {item.ref: new_id() for item in items}
    subjects = {item.ref: item.customer_id or ids[item.ref] for item in items}
    box = await work.vault.open_for([subjects[item.ref] for item in items if item.problem])
    items = [item for item in items if not (item.problem and box.erased(subjects[item.ref]))]
    if not items:
        return {}
    numbers = await work.store(Complaints).numbers(len(items), work.now)
    categories = await work.store(Taxonomies).look_up(
        TaxonomyKind.CATEGORIES, (item.category for item in items), work.now, source
    )
    for item, number in zip(items, numbers, strict=True):
        subject = subjects[item.ref]
        complaint = Complaint(
            id=ids[item.ref],
            number=number,
            state=item.state,
            channel=item.channel,
            category=item.category,
            source_category=item.category,
            received_at=item.received_at,
            last_at=item.closed_at or item.received_at,
            closed_at=item.closed_at if item.state == "closed" else None,
            keyed_by=subject,
            problem=box.seal(subject, "complaints.problem", item.problem) if item.problem else None,
            customer_id=item.customer_id,
            assignee=item.assignee,
            handlers=[item.assignee] if item.assignee else [],
            source=source,
            external_ref=item.ref,
            severity=item.severity,
            **about(item),
        )
        complaint.classify(categories[item.category])
        complaint.import_as_it_stands(Act(at=complaint.last_at, recorded_at=work.now, by=str(work.actor), reason="import"))
        work.store(Complaints).add(complaint)
    return {item.ref: ids[item.ref] for item in items}
