"""What is said to and by the customer about a complaint. Key: the communication, the letter or the attachment itself.

Events say that something was said, how and when; never what: words, letters and where files lie stay sealed in Complaints.
"""

from __future__ import annotations

from rapport_contracts.complaints import TOPIC
from rapport_contracts.complaints.vocabulary import AttachmentKind, CommunicationKind
from rapport_contracts.event import Event
from rapport_contracts.fields import AttachmentId, Code, CommunicationId, ComplaintId, CustomerId, LetterId, Open, UtcTime
from rapport_contracts.vocabulary import Channel, Direction


class CommunicationRecorded(
    Event,
    type="communication.recorded.v1",
    topic=TOPIC,
    key="communication_id",
    when="Staff enter it with `POST …/complaints/{id}/communications`, or issue a letter, acknowledge, promise or "
    "give feedback.",
    often="once",
):
    """The customer said something about their complaint, or was told something (S54, S66: being informed counts).
    `communicated_at` is when it was said, `recorded_at` when it was entered; `letter_id` names the letter that it was."""

    communication_id: CommunicationId
    complaint_id: ComplaintId
    customer_id: CustomerId | None
    direction: Open[Direction]
    channel: Open[Channel]
    kind: Open[CommunicationKind]
    letter_id: LetterId | None
    communicated_at: UtcTime
    recorded_at: UtcTime


class LetterIssued(
    Event,
    type="letter.issued.v1",
    topic=TOPIC,
    key="letter_id",
    when="Staff make it with `POST …/complaints/{id}/letters`.",
    often="once",
):
    """A letter to the customer was made of a version of a template. Its text never changes. `language` is `zh` or `en`."""

    letter_id: LetterId
    complaint_id: ComplaintId
    customer_id: CustomerId | None
    template: Code
    template_version: int
    language: Code
    kind: Open[CommunicationKind]
    issued_at: UtcTime


class AttachmentAdded(
    Event,
    type="attachment.added.v1",
    topic=TOPIC,
    key="attachment_id",
    when="Staff enter it with `POST …/complaints/{id}/attachments`; the same file of the same complaint is entered once.",
    often="once",
):
    """A file that lies elsewhere was attached to a complaint (S51). Neither its name nor where it lies is published."""

    attachment_id: AttachmentId
    complaint_id: ComplaintId
    customer_id: CustomerId | None
    kind: Open[AttachmentKind]
    content_type: Code
    size_bytes: int
    added_at: UtcTime
