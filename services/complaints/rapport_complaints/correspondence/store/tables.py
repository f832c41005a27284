"""The tables of what is said to and by the customer. Words, letters and addressees are sealed like the complaint's texts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text

from rapport_complaints.schema import metadata, moment

letters = Table(
    "letters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    moment("issued_at", nullable=False),
    Column("by", Text, nullable=False),
    Column("subject", LargeBinary, nullable=False, comment="sealed"),
    Column("body", LargeBinary, nullable=False, comment="sealed"),
    Column("addressee", LargeBinary, comment="sealed"),
    Index("letters_complaint", "complaint_id", "issued_at", "id"),
    comment="Letters as they were issued; never changed.",
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("reference", LargeBinary, nullable=False, comment="sealed"),
    Column("name", LargeBinary, comment="sealed"),
    moment("added_at", nullable=False),
    Column("by", Text, nullable=False),
    Index("attachments_checksum", "complaint_id", "sha256", unique=True),
    Index("attachments_complaint", "complaint_id", "added_at", "id"),
    comment="Files that lie elsewhere; never fetched.",
)

customer_links = Table(
    "customer_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True, comment="SHA-256; the token itself is kept nowhere"),
    moment("created_at", nullable=False),
    moment("expires_at", nullable=False),
    Column("by", Text, nullable=False),
    Column("complaint_id", Uuid, ForeignKey("complaints.id")),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("touchpoint", Text),
    Column("category", Text),
    moment("used_at"),
    Index("customer_links_customer", "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
    Index("customer_links_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    comment="Links that open a page for a customer without an account.",
)
