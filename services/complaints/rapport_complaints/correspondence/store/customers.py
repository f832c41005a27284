"""What of correspondence belongs to customers: letters and files with their complaint, links by themselves."""

from __future__ import annotations

from rapport_chassis.customers import DIGEST_OF_ID, Owned, Part
from rapport_chassis.subject import Holdings

from rapport_complaints.cases.store.tables import complaints
from rapport_complaints.correspondence.store.tables import attachments, customer_links, letters

HOLDINGS = Holdings(
    tables=[Owned(customer_links, known_by=("id", "complaint_id"), goes_with=("complaint_id", complaints, "id"))],
    parts={
        complaints: [
            Part(letters, "complaint_id", sealed=("subject", "body", "addressee")),
            Part(attachments, "complaint_id", sealed=("reference", "name"), blanked={"sha256": DIGEST_OF_ID}),
        ]
    },
    stays={"customer_links.token_hash": "of a random token"},
)
