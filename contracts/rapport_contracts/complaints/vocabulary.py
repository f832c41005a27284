"""The closed lists of Complaints, open on the wire."""

from __future__ import annotations

from enum import StrEnum

STATES = (
    "received", "reopened", "acknowledged", "assessed", "assigned", "investigating", "awaiting_customer",
    "awaiting_third_party", "root_cause_identified", "resolution_proposed", "not_upheld", "appealed", "appeal_dismissed",
    "accepted", "resolved", "feedback_given", "follow_up_due", "closed", "withdrawn", "duplicate", "transferred",
)  # fmt: skip
"""Of a complaint; a test of the service holds them against its life."""


class Severity(StrEnum):
    """How bad a complaint is for the customer."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class CauseCode(StrEnum):
    """Causes as shipped (S56): product, packaging, defect, misuse, attitude, method; and what the list does not name. The
    taxonomy in force may have others."""

    PRODUCT = "product"
    PACKAGING = "packaging"
    DEFECT = "defect"
    MISUSE = "misuse"
    ATTITUDE = "attitude"
    METHOD = "method"
    PROCESS = "process"
    SYSTEM = "system"
    OTHER = "other"


class InvestigationMethod(StrEnum):
    """How facts are found (S51): talk with the customer, look into records, go and see."""

    CUSTOMER_TALK = "customer_talk"
    RECORD_REVIEW = "record_review"
    SITE_VISIT = "site_visit"


class EvidenceKind(StrEnum):
    """What a step of the investigation rests on (S51): a contact, a file, something said, another complaint, or words."""

    INTERACTION = "interaction"
    ATTACHMENT = "attachment"
    COMMUNICATION = "communication"
    COMPLAINT = "complaint"
    TEXT = "text"


class CauseMethod(StrEnum):
    """How a root cause was found (S52): by asking why again and again, or along the bones of Ishikawa's diagram."""

    FIVE_WHYS = "five_whys"
    FISHBONE = "fishbone"


class CauseBranch(StrEnum):
    """The bones of the diagram."""

    PEOPLE = "people"
    PROCESS = "process"
    EQUIPMENT = "equipment"
    MATERIAL = "material"
    ENVIRONMENT = "environment"
    MEASUREMENT = "measurement"


class TrendDimension(StrEnum):
    """By what complaints are counted to see whether something comes up more often than before (S55, S68)."""

    CAUSE = "cause"
    CATEGORY = "category"
    PRODUCT = "product"
    TOUCHPOINT = "touchpoint"
    UNIT = "unit"


class ChangeVerdict(StrEnum):
    """What became of complaints after a change (S68, S69): fewer, more, no difference proved, or it cannot be told."""

    FALLEN = "fallen"
    RISEN = "risen"
    UNCHANGED = "unchanged"
    TOO_FEW = "too-few"
    NO_HISTORY = "no-history"


class WinBackReason(StrEnum):
    """Why a customer may be lost (S64)."""

    REFUSED_PROPOSALS = "refused_proposals"
    LOW_SCORE = "low_score"
    REPEATED_COMPLAINTS = "repeated_complaints"
    VULNERABLE_NOT_UPHELD = "vulnerable_not_upheld"


class WinBackOutcome(StrEnum):
    """What became of winning a customer back; `forgotten`: their data is erased."""

    WON_BACK = "won_back"
    LOST = "lost"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"
    FORGOTTEN = "forgotten"


class RemedyKind(StrEnum):
    """What is offered (S66): also remedies that cost no money, an apology and an explanation (`information`)."""

    APOLOGY = "apology"
    INFORMATION = "information"
    REDO = "redo"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    REFUND = "refund"
    DISCOUNT = "discount"
    POINTS = "points"
    GIFT = "gift"
    GOODWILL = "goodwill"


class ClockKind(StrEnum):
    """The two clocks of every complaint: until it is acknowledged, until it is answered; and one that a policy may add:
    until a customer who said something in between is told how things stand."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RESOLUTION = "resolution"
    UPDATE = "update"


class PauseReason(StrEnum):
    """Why a clock stands still."""

    AWAITING_CUSTOMER = "awaiting_customer"
    AWAITING_THIRD_PARTY = "awaiting_third_party"
    EMERGENCY = "emergency"


class ClosureOutcome(StrEnum):
    """How a complaint ended."""

    ACCEPTED = "accepted"
    NO_RESPONSE = "no_response"
    WITHDRAWN = "withdrawn"
    IMPORTED = "imported"
    NOT_UPHELD = "not_upheld"
    APPEAL_DISMISSED = "appeal_dismissed"
    DUPLICATE = "duplicate"
    TRANSFERRED = "transferred"


class RejectionGround(StrEnum):
    """Why a complaint is not upheld."""

    NO_FAILURE_FOUND = "no_failure_found"
    AS_AGREED = "as_agreed"
    MISUNDERSTANDING = "misunderstanding"
    MISUSE = "misuse"
    THIRD_PARTY = "third_party"
    OUT_OF_TIME = "out_of_time"
    SETTLED_BEFORE = "settled_before"
    OTHER = "other"


class Appellant(StrEnum):
    """Who appeals."""

    CUSTOMER = "customer"
    REPRESENTATIVE = "representative"
    AUTHORITY = "authority"


class FollowUpResult(StrEnum):
    """What came of asking the customer once more after a complaint."""

    CONTENT = "content"
    NOT_CONTENT = "not_content"
    NOT_REACHED = "not_reached"


class Vulnerability(StrEnum):
    """Why a customer needs more care than others; what to do, never a diagnosis."""

    AGE = "age"
    LANGUAGE = "language"
    ACCESS = "access"
    HARDSHIP = "hardship"
    BEREAVEMENT = "bereavement"
    OTHER = "other"


class CommunicationKind(StrEnum):
    """What a communication about a complaint is for (ISO 10002: acknowledge, status on request and at deadlines, ask,
    communicate the decision)."""

    ACKNOWLEDGEMENT = "acknowledgement"
    UPDATE = "update"
    INFORMATION_REQUEST = "information_request"
    PROMISE = "promise"
    DECISION = "decision"
    APOLOGY = "apology"
    OTHER = "other"


class AttachmentKind(StrEnum):
    """What is attached to a complaint."""

    EVIDENCE = "evidence"
    CUSTOMER_DOCUMENT = "customer_document"
    RECORDING = "recording"


class EscalationTrigger(StrEnum):
    """Why a complaint is brought before somebody with more say (S59, S63)."""

    CLOCK_WARNED = "clock_warned"
    CLOCK_BREACHED = "clock_breached"
    AGE = "age"
    REFUSALS = "refusals"
    SEVERITY = "severity"
    BY_HAND = "by_hand"


class EscalationTarget(StrEnum):
    """What kind of somebody that is: whoever has a role, whoever works on a queue, one of the staff."""

    ROLE = "role"
    QUEUE = "queue"
    STAFF = "staff"
