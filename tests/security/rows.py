"""The table: each refusal that is about an object or about who exactly calls, and how it is provoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapport_cli.services import SERVICES

from . import absent
from . import provoked as by
from .operations import Operation
from .provoked import Provoke
from .refusals import Pair
from .things import CLERK

LABEL = {"tag": "emotional", "reason": "call-of-today"}
OFFER = {"remedy": "refund", "note": "The price."}
SETTLED = ("drop", "release")
JUDGED = {"reason": "too-much"}

ALL: Mapping[str, Provoke] = {
    "staff-id-not-opaque": by.not_opaque, "not-found": absent.not_found, "link-unknown": absent.no_link,
    "expired": absent.link_over, "link-expired": absent.link_over, "only-people": by.only_people,
    "not-for-machines": by.not_for_machines, "more-than-your-own": by.more_than_own, "no-such-survey": absent.no_survey,
    "other-source": by.other_source, "authority-too-low": by.in_emergency,
}  # fmt: skip
"""Provoked in one way wherever the documents name them."""
EACH: Mapping[str, Mapping[str, Provoke]] = {
    "foreign-source": {"interactions/v1/interaction-events:batch": by.foreign_source},
    "only-machines": {"satisfaction/v1/invitations/{invitation_id}:send": by.only_machines},
    "letter-erased": {"complaints/v1/complaints/{complaint_id}/letters/{letter_id}/text": absent.letter_erased},
    "no-root-cause": {"complaints/v1/complaints/{complaint_id}/root-cause": absent.no_root_cause},
    "no-such-version": {"satisfaction/v1/surveys/{key}:publish": absent.no_version},
    "not-found": {
        "complaints/v1/taxonomies/{kind}": absent.no_taxonomy,
        **{f"{name}/v1/failed-timers:{verb}": absent.no_timer for name in SERVICES for verb in SETTLED},
        **{f"{name}/v1/parked/{{message_id}}:{verb}": absent.parked for name in SERVICES for verb in SETTLED},
    },
    "not-yours": {"complaints/v1/complaints/{complaint_id}:release":
                  by.about("assign", {"reason": "end-of-shift"}, CLERK, "agent-7")},
    "conflict-of-interest": {
        "complaints/v1/complaints/{complaint_id}:assess": by.given(
            "assign", {"severity": "low", "subject_staff": ["agent-7"]}, {"severity": "low", "subject_staff": ["agent-8"]}),
        "complaints/v1/complaints/{complaint_id}:assign": by.given(
            "assess", {"assignee": by.SUBJECT}, {"assignee": "agent-7"}),
        "complaints/v1/complaints/{complaint_id}:claim": by.about("assess", {}),
        "complaints/v1/complaints/{complaint_id}:decide-appeal": by.about(
            "propose", {"upheld": False, "reason": "as-before"}),
        "complaints/v1/complaints/{complaint_id}:escalate": by.given("assess", *(
            {"to": {"kind": "staff", "code": code}, "reason": "angry"} for code in (by.SUBJECT, "agent-8"))),
        "complaints/v1/complaints/{complaint_id}:propose": by.about("set-root-cause", OFFER),
        "complaints/v1/complaints/{complaint_id}:reject": by.about("assess", {"grounds": ["misuse"]}),
        "complaints/v1/complaints/{complaint_id}:tag-handling": by.about("assess", LABEL),
        "complaints/v1/complaints/{complaint_id}:untag-handling": by.about("assess", LABEL),
        "complaints/v1/recovery-cases/{recovery_id}:propose": by.recovering({}, refused=by.SUBJECT),
    },
    "approver-involved": {
        "complaints/v1/complaints/{complaint_id}:approve-proposal": by.waiting({}),
        "complaints/v1/complaints/{complaint_id}:refuse-proposal": by.waiting(JUDGED),
        "complaints/v1/complaints/{complaint_id}:lower-major": by.about("assess", {"reason": "mistake"}, CLERK),
        "complaints/v1/complaints/{complaint_id}/clocks/{clock_id}:extend": by.extending,
        "complaints/v1/recovery-cases/{recovery_id}:approve": by.recovering({"reason": "fair"}, propose=True),
        "complaints/v1/recovery-cases/{recovery_id}:reject": by.recovering(JUDGED, propose=True),
        "complaints/v1/recovery-cases/{recovery_id}:record-verdict": by.recovering({"content": True}, execute=True),
        "complaints/v1/repairs/{repair_id}:accept-result": by.repaired,
    },
}  # fmt: skip
"""By operation, where each takes a thing in another state."""


def provoke_of(operation: Operation, code: str) -> Provoke | None:
    """How the pair is provoked; None: nobody said."""
    return EACH.get(code, {}).get(operation.path.removeprefix("/")) or ALL.get(code)


def gaps(pairs: Iterable[Pair]) -> list[str]:
    """Pairs of the documents without a row, and rows that are about nothing in the documents."""
    named = {(each.operation.path.removeprefix("/"), each.code) for each in pairs}
    codes = {code for _, code in named}
    rows = {(path, code) for code, each in EACH.items() for path in each}
    missing = [f"no row for {code} of {path}" for path, code in named if code not in ALL and (path, code) not in rows]
    idle = [f"the documents name no {code} of {path}" for path, code in rows - named]
    return sorted([*missing, *idle, *(f"no operation names {code}" for code in ALL if code not in codes)])
