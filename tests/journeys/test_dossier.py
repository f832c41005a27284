"""The dossier of a complaint through `rapport dossier`: shown, printed, saved, verified online and offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime


def test_a_dossier_is_shown_printed_saved_and_verified(product, tmp_path):
    with product.client() as client:
        answer = client.post(
            "/complaints/v1/complaints",
            json={
                "received_at": datetime.now(UTC).isoformat(),
                "problem": "包裹没有到。",
                "contact": {"name": "张小明", "phone": "13812345678"},
                "channel": "phone",
                "category": "delivery",
            },
        )
        assert answer.status_code == 201, answer.text
        filed = answer.json()
        noted = {"method": "phone", "note": "告知已收到。"}
        assert client.post(f"/complaints/v1/complaints/{filed['id']}:acknowledge", json=noted).status_code == 200

    shown = product.run("dossier", "show", filed["id"]).stdout
    assert filed["number"] in shown
    assert "intact: 2 rows" in shown
    assert "intact: 2 rows" in product.run("dossier", "verify", filed["id"]).stdout

    pdf, saved = tmp_path / "dossier.pdf", tmp_path / "dossier.json"
    product.run("dossier", "show", filed["id"], "--pdf", str(pdf), "--language", "en")
    assert pdf.read_bytes().startswith(b"%PDF-")

    saved.write_text(product.run("dossier", "show", filed["id"], "--json").stdout, encoding="utf-8")
    found = json.loads(product.run("dossier", "verify", str(saved), "--json").stdout)
    assert (found["intact"], found["rows"], found["words"]) == (True, 2, 1)

    dossier = json.loads(saved.read_text(encoding="utf-8"))
    dossier["history"]["rows"][1]["note"] = "没有告知。"
    saved.write_text(json.dumps(dossier), encoding="utf-8")
    refused = product.run("dossier", "verify", str(saved), check=False)
    assert refused.returncode == 1
    assert "row 2 of 2 is wrong (words-changed)" in refused.stdout

    nobody = product.run("dossier", "show", "01a217bf-a94a-70f3-a605-10b954b61cee", check=False)
    assert nobody.returncode == 1
    assert "404" in nobody.stderr
