"""The printed dossier: PDF in Chinese and English, out of a process of its own that hostile texts cannot harm (S63)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rapport_chassis.service import Service
from rapport_chassis.work import Work
from rapport_complaints.dossiers.web.dossier_views import DossierView
from rapport_complaints.dossiers.web.printing import WORK, NotPrintable, Printer, PrintLanguage, printed, typeset
from rapport_kernel.errors import Unavailable
from rapport_testing import eventually
from rapport_testing.web import TokenMaker, client_of

from .desk import SCOPES, Desk
from .story import whole_story

HOSTILE = (
    '#panic("x") #import "/etc/passwd": * $x$ `raw` *b* _i_ <label> @ref // no /* comment */ \\ #{ while true {} }',
    '#read("dossier.typ") #eval("1") #image("/etc/passwd") #sys.inputs #include "dossier.typ"',
    "\u202egnp.exe\u2066 ثلاثة שלוש 😀 \U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301",
    "A" * 9_000,
    "很长的一句话没有空格" * 800,
    "line\n" * 1_000,
)
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def document(desk: Desk, filed: dict[str, Any], language: PrintLanguage = PrintLanguage.EN) -> dict[str, Any]:
    dossier = DossierView.model_validate(await desk.get(f"/complaints/{filed['id']}/dossier"))
    return printed(dossier, language, SHANGHAI)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_dossier_is_printed_and_the_reading_audited(desk: Desk, language: str) -> None:
    filed = await whole_story(desk)
    path = f"/complaints/v1/complaints/{filed['id']}/dossier.pdf"
    answer = await desk.http.get(path, params={"language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")
    assert answer.headers["content-disposition"] == f'attachment; filename="{filed["number"]}.pdf"'
    detail = await desk.db.fetchval("SELECT detail FROM audit WHERE action = 'complaint.dossier-read' ORDER BY seq DESC")
    assert json.loads(detail)["form"] == "pdf"


async def test_a_language_that_is_not_spoken_is_refused(desk: Desk) -> None:
    filed = await desk.file()
    await desk.get(f"/complaints/{filed['id']}/dossier.pdf", {"language": "tlh"}, status=422)
    await desk.get("/complaints/01a217bf-a94a-70f3-a605-10b954b61cee/dossier.pdf", status=404)


@pytest.mark.parametrize(
    ("language", "title", "chapter"),
    [(PrintLanguage.ZH, "投诉卷宗", "历史记录"), (PrintLanguage.EN, "Complaint dossier", "History")],
)
async def test_every_chapter_is_printed_with_texts_as_they_were_written(
    desk: Desk, language: PrintLanguage, title: str, chapter: str
) -> None:
    made = await document(desk, await whole_story(desk), language)
    assert made["title"] == title and chapter in [section["title"] for section in made["sections"]]
    full = [section for section in made["sections"] if section["facts"] or section["entries"]]
    assert len(full) == len(made["sections"]) - 1  # there was no appeal
    shown = json.dumps(made, ensure_ascii=False)
    texts = ("包裹未扫描。", "他说包裹还没有到。", "Scan log of 20 November", "No scanner at", "urn:scan:77", "张小明")
    assert [text for text in texts if text not in shown] == []


async def test_codes_are_printed_by_their_labels_with_what_the_api_calls_them(desk: Desk) -> None:
    filed = await whole_story(desk)
    chinese = json.dumps(await document(desk, filed, PrintLanguage.ZH), ensure_ascii=False)
    shown = ("派单 (assign)", "调查中 (investigating)", "电话 (phone)", "处理决定 (resolution)", "工作时间 (working-time)")
    assert [word for word in shown if word not in chinese] == []
    english = json.dumps(await document(desk, filed), ensure_ascii=False)
    shown = ("Decision (resolution)", "Under investigation (investigating)", "· assign ·", "working-time ")
    assert [word for word in shown if word not in english] == []


async def test_below_level_two_no_words_are_printed(desk: Desk, served: Service[Work], tokens: TokenMaker) -> None:
    filed = await whole_story(desk)
    async with client_of(served.asgi, headers=tokens.bearer(*SCOPES, subject="reader", level=1)) as client:
        dossier = (await client.get(f"/complaints/v1/complaints/{filed['id']}/dossier")).json()
        assert (await client.get(f"/complaints/v1/complaints/{filed['id']}/dossier.pdf")).content.startswith(b"%PDF-")
    made = printed(DossierView.model_validate(dossier), PrintLanguage.ZH, SHANGHAI)
    assert not [entry for section in made["sections"] for entry in section["entries"] if entry["words"]]
    assert "张小明" not in json.dumps(made, ensure_ascii=False)


async def test_hostile_texts_are_printed_as_text(desk: Desk) -> None:
    filed = await desk.until("investigating", problem=HOSTILE[0])
    for text in HOSTILE:
        await desk.act(filed, "record-step", method="record_review", note=text)
    answer = await desk.http.get(f"/complaints/v1/complaints/{filed['id']}/dossier.pdf")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF-"), answer.text
    shown = json.dumps(await document(desk, filed), ensure_ascii=False)
    assert "\u202e" not in shown and "#panic" in shown


async def test_a_long_history_goes_on_over_many_pages(desk: Desk) -> None:
    filed = await desk.until("investigating")
    for turn in range(60):
        await desk.act(
            filed, "record-step", method="record_review", note=f"第 {turn} 次查阅记录。Looked it up, turn {turn}."
        )
    made = await document(desk, filed)
    pages = typeset("dossier.typ", json.dumps(made), "png")
    assert len(pages) > 4 and all(page.startswith(b"\x89PNG") for page in pages)


async def test_on_a_busy_machine_one_is_told_to_come_back_and_the_process_is_gone() -> None:
    """How long it takes on the clock says nothing of the document."""
    printer = Printer("dossier.typ", seconds=0.05)
    with pytest.raises(Unavailable) as refused:
        await printer.pdf({"sections": []})
    assert refused.value.code == "printing-busy"
    assert not [each for each in _children() if "rapport_complaints.dossiers.web.printing" in each]


async def test_a_document_that_needs_too_much_of_a_processor_is_ended() -> None:
    """By the system, so that nothing has to look."""
    program = "from rapport_complaints.dossiers.web.printing import limit\nlimit(1)\nwhile True: pass"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await asyncio.wait_for(child.wait(), 60) in {-signal.SIGXCPU, -signal.SIGKILL}
    assert WORK == 20


async def test_when_all_turns_are_taken_the_next_is_told_when_to_come_back() -> None:
    printer = Printer("dossier.typ", at_once=1, waiting=1)
    waiting = [asyncio.ensure_future(printer.pdf({"sections": []})) for _ in range(2)]
    await eventually(lambda: printer._inside == 2, every=0.001)
    with pytest.raises(Unavailable) as refused:
        await printer.pdf({"sections": []})
    assert (refused.value.code, refused.value.retry_after) == ("printing-busy", 10)
    assert {type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)} == {NotPrintable}
    with pytest.raises(NotPrintable):  # a turn again, for what is no document
        await printer.pdf({"sections": []})


async def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(NotPrintable):
        await Printer("dossier.typ").pdf({"sections": []})
    with pytest.raises(NotPrintable):
        await Printer("dossier.typ").pdf({"x": "x" * 9 * 1024**2})


async def test_the_loop_goes_on_while_documents_are_printed(desk: Desk) -> None:
    filed = await whole_story(desk)
    path = f"/complaints/v1/complaints/{filed['id']}/dossier.pdf"

    async def printed() -> bool:
        """On a busy machine it may be refused for the moment, and is asked for again."""
        answer = await desk.http.get(path)
        assert answer.status_code == 200 or (answer.status_code == 503 and answer.headers["Retry-After"]), answer.text
        return answer.status_code == 200

    printing = [asyncio.ensure_future(eventually(printed, within=90)) for _ in range(4)]
    turns = 0
    began = time.monotonic()
    while not all(each.done() for each in printing):
        await asyncio.sleep(0.005)
        turns += 1
    assert [each.result() for each in printing] == [True] * 4
    assert turns > 20 * (time.monotonic() - began), turns


def _children() -> list[str]:
    """The command lines of the processes that this one started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append((process / "cmdline").read_text())
    return found
