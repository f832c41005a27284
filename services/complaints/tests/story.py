"""A complaint with something in each chapter of its dossier, and reaching past the API."""

from __future__ import annotations

from typing import Any

from .desk import Desk, unguarded


async def verdict(desk: Desk, filed: dict[str, Any]) -> dict[str, Any]:
    return dict(await desk.get(f"/complaints/{filed['id']}/dossier:verify"))


async def spoil(desk: Desk, statement: str, *values: Any) -> None:
    async with unguarded(desk.db) as owner:
        assert not (await owner.execute(statement, *values)).endswith(" 0")


async def whole_story(desk: Desk) -> dict[str, Any]:
    """A complaint with something in each chapter."""
    filed = await desk.until("investigating", touchpoint="app")
    path = f"/complaints/{filed['id']}"
    evidence = [{"kind": "text", "text": "Scan log of 20 November, page 3."}]
    await desk.act(filed, "record-step", method="record_review", note="The depot has no scan.", evidence=evidence)
    whys = ["No scan.", "No scanner at the dock."]
    await desk.act(
        filed, "set-root-cause", cause="process", latent_risk=False, method="five_whys", whys=whys, note="包裹未扫描。"
    )
    said = {"direction": "inbound", "channel": "phone", "kind": "information_request", "words": "他说包裹还没有到。"}
    await desk.post(f"{path}/communications", said)
    letter = {
        "template": "update",
        "language": "zh",
        "channel": "letter",
        "message": "仍在查找。",
        "signature": "客户关怀部",
    }
    await desk.post(f"{path}/letters", letter)
    file = {"kind": "evidence", "content_type": "image/png", "size_bytes": 1234, "sha256": "ab" * 32}
    await desk.post(f"{path}/attachments", {**file, "reference": "urn:scan:77", "name": "scan.png"})
    await desk.act(filed, "propose", remedy="refund", note="We refund the price.")
    await desk.act(filed, "record-decision", accepted=True)
    await desk.act(filed, "resolve")
    await desk.post("/repairs", {"category": "door", "complaint_id": filed["id"], "note": "The door sticks."})
    incident = await desk.post("/incidents", {"incident_type": "equipment-failure", "note": "No scanner works."})
    await desk.post(f"/incidents/{incident['id']}:link-complaint", {"complaint_id": filed["id"]}, 200)
    return filed
