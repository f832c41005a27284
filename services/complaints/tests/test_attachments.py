"""Files by reference: what is one, kept sealed, once each, published without name and place."""

from __future__ import annotations

from typing import Any

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.attachments.domain import check_reference
from rapport_contracts.complaints.correspondence import AttachmentAdded
from rapport_kernel.errors import Invalid
from rapport_kernel.ids import new_id
from rapport_testing.databases import statements
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk

REFERENCE = "s3://complaints/li-lei/parcel.jpg"


def file(**changes: Any) -> dict[str, Any]:
    return {"reference": REFERENCE, "kind": "evidence", "content_type": "image/jpeg", "size_bytes": 248113,
            "sha256": "ab" * 32, "name": "parcel of Li Lei.jpg", **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("http://example.cn/a.jpg", "reference-scheme"),
        ("file:///etc/passwd", "reference-scheme"),
        ("javascript:alert(1)", "reference-scheme"),
        ("data:text/html,x", "reference-scheme"),
        ("//example.cn/a.jpg", "reference-scheme"),
        ("/etc/passwd", "reference-scheme"),
        ("https://user:secret@example.cn/a.jpg", "reference-credentials"),
        ("https://@example.cn/a.jpg", "reference-credentials"),
        ("https:///a.jpg", "reference-malformed"),
        ("https://example.cn/", "reference-malformed"),
        ("https://[::1/a", "reference-malformed"),
        ("https://example.cn/a b.jpg", "reference-malformed"),
        ("https://example.cn/照片.jpg", "reference-malformed"),
        ("https://example.cn/a\nb", "reference-malformed"),
        ("urn://host/x", "reference-malformed"),
        ("urn:", "reference-malformed"),
    ],
)
def test_what_is_no_reference_is_refused(reference: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_reference(reference)
    assert refused.value.code == code
    assert reference not in refused.value.message


@pytest.mark.parametrize(
    "reference",
    [REFERENCE, "https://files.example.cn/a%20b.jpg?v=1", "urn:uuid:0190a2c9-5be1-7a47-9c02-e6d1f0b7a558", "oss://b/k"],
)
def test_references_to_files_are_taken(reference: str) -> None:
    check_reference(reference)


async def test_a_file_is_attached_once_and_published_without_its_name(desk: Desk) -> None:
    filed = await desk.file()
    await desk.facts()
    path = f"/complaints/{filed['id']}/attachments"
    made = await desk.post(path, file())
    assert (made["status"], made["sha256"], made["size_bytes"]) == ("added", "ab" * 32, 248113)
    [fact] = await desk.facts()
    assert isinstance(fact, AttachmentAdded)
    assert (str(fact.attachment_id), fact.kind, fact.content_type) == (made["id"], "evidence", "image/jpeg")
    assert b"parcel" not in fact.write()
    again = await desk.post(path, file(reference="https://elsewhere.example/x", name=None), 200)
    assert again == {**made, "status": "duplicate"}
    document = (await desk.http.get("/complaints/openapi.json")).json()
    good = document["paths"]["/complaints/v1/complaints/{complaint_id}/attachments"]["post"]["responses"]
    assert good["200"]["content"] == good["201"]["content"]
    assert await desk.facts() == []
    stored = await desk.db.fetchrow("SELECT reference, name FROM attachments")
    assert all(b"parcel" not in value for value in stored)
    other = await desk.file()
    assert (await desk.post(f"/complaints/{other['id']}/attachments", file()))["status"] == "added"


async def test_the_list_is_paged_and_one_statement_and_hides_places_below_level_two(
    desk: Desk, served: Service[Work], tokens: TokenMaker
) -> None:
    filed = await desk.file()
    path = f"/complaints/{filed['id']}/attachments"
    for number in range(3):
        kind = "recording" if number == 2 else "evidence"
        await desk.post(path, file(sha256=f"{number:064x}", kind=kind))
    first = await desk.get(path, {"limit": 2})
    rest = await desk.get(path, {"limit": 2, "after": first["next"]})
    assert [item["sha256"][-1] for item in [*first["items"], *rest["items"]]] == ["0", "1", "2"]
    assert first["items"][0]["reference"] == REFERENCE
    assert first["items"][0]["name"] == "parcel of Li Lei.jpg"
    assert [item["kind"] for item in (await desk.get(path, {"kind": "recording"}))["items"]] == ["recording"]
    with statements(served) as seen:
        await desk.get(path)
    assert sum("FROM attachments" in statement for statement in seen) == 1
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, level=1)) as client:
        items = (await client.get(f"/complaints/v1{path}")).json()["items"]
        assert [(item["reference"], item["name"]) for item in items] == [(None, None)] * 3
    looks = await desk.db.fetchval(
        "SELECT count(*) FROM audit WHERE action = 'attachment.read' AND subject = $1", f"complaint:{filed['id']}"
    )
    assert looks == 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reference": "file:///etc/passwd"}, "reference-scheme"),
        ({"content_type": "text/html"}, "invalid-body"),
        ({"content_type": "image/svg+xml"}, "invalid-body"),
        ({"size_bytes": 0}, "invalid-body"),
        ({"size_bytes": 2 * 1024**3 + 1}, "invalid-body"),
        ({"sha256": "AB" * 32}, "invalid-body"),
        ({"kind": "virus"}, "invalid-body"),
        ({"name": ""}, "invalid-body"),
    ],
)
async def test_what_is_no_attachment_is_refused(desk: Desk, change: dict[str, Any], code: str) -> None:
    filed = await desk.file()
    path = f"/complaints/{filed['id']}/attachments"
    assert (await desk.post(path, file(**change), 422))["code"] == code
    await desk.post(f"/complaints/{new_id()}/attachments", file(), 404)
    assert (await desk.get(path))["items"] == []
