"""A dossier as PDF: how it is laid out, and the printer that renders it."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rapport_chassis.labels import label
from rapport_kernel.errors import Conflict, Unavailable

from rapport_complaints.dossiers.web.dossier_views import DossierView, HistoryRow
from rapport_complaints.dossiers.web.words import COMPLAINT, WORDS

TEMPLATES = Path(__file__).parent / "templates"
AT_ONCE = 2
WAITING = 8
"""How many may wait for their turn; the next one is told at once to come back."""
SECONDS = 20.0
PATIENCE = 10.0
MEMORY = 3 * 1024**3
"""Bytes of address space: fonts are mapped, threads reserve stacks."""
LARGEST = 8 * 1024**2
"""Bytes of JSON."""


class NotPrintable(Conflict):
    """There is too much of it to be printed; the JSON has all of it."""

    code = "not-printable"


class Printer:
    """Prints few at once; the event loop never waits for typst."""

    def __init__(self, template: str, *, seconds: float = SECONDS, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        """`template` is a file in `templates/`; `seconds` is how long one document may take."""
        self._template, self._seconds = template, seconds
        self._turns = asyncio.Semaphore(at_once)
        self._inside, self._most = 0, at_once + waiting

    async def pdf(self, document: dict[str, Any]) -> bytes:
        """The document as PDF. Raises NotPrintable, Unavailable when too many others are being printed, or for too long."""
        data = json.dumps(document, ensure_ascii=False).encode()
        if len(data) > LARGEST:
            raise NotPrintable
        if self._inside >= self._most:
            raise _busy()
        self._inside += 1
        try:
            await self._turn()
            try:
                return await self._print(data)
            finally:
                self._turns.release()
        finally:
            self._inside -= 1

    async def _turn(self) -> None:
        try:
            await asyncio.wait_for(self._turns.acquire(), PATIENCE)
        except TimeoutError:
            raise _busy() from None

    async def _print(self, data: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            __name__,
            self._template,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"RAYON_NUM_THREADS": "1"},  # none of our secrets
        )
        try:
            printed, _ = await asyncio.wait_for(child.communicate(data), self._seconds)
        except TimeoutError:
            raise NotPrintable from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0 or not printed.startswith(b"%PDF-"):
            raise NotPrintable
        return printed


def _busy() -> Unavailable:
    return Unavailable("printing-busy", retry_after=10)


def typeset(template: str, document: str, form: str = "pdf") -> list[bytes]:
    """The document as one PDF, or as PNG pages. In this process: only for the child, and for looking at pages."""
    import noto_cjk_sans_otc
    import typst

    fonts = [str(Path(noto_cjk_sans_otc.__file__).parent)]
    made = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"document": document},
        format=form,  # type: ignore[call-overload]
    )
    return made if isinstance(made, list) else [made]


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) * 2, int(SECONDS) * 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(typeset(sys.argv[1], sys.stdin.buffer.read().decode())[0])


if __name__ == "__main__":
    _main()


Fact = tuple[str, str]
LINES_TOGETHER = 24
"""An entry of at most so many lines is not parted by the end of a page."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What cannot be seen, or turns round the order in which signs are read."""
_UNBROKEN = re.compile(r"(\S{32})(?=\S)")


class PrintLanguage(StrEnum):
    """Of headings."""

    ZH = "zh"
    EN = "en"


def printed(dossier: DossierView, language: PrintLanguage, zone: ZoneInfo) -> dict[str, Any]:
    """The document as the template takes it: text only."""
    return _Print(language, zone).document(dossier)


class _Print:
    def __init__(self, language: PrintLanguage, zone: ZoneInfo) -> None:
        self._language, self._words, self._zone = language, WORDS[language], zone

    def document(self, dossier: DossierView) -> dict[str, Any]:
        w, verdict = self._words, dossier.verdict
        says = "intact" if verdict.intact else "broken"
        broken = verdict.broken
        return {
            "language": self._language.value,
            "title": w["title"],
            "number": _plain(dossier.complaint.number),
            "made": w["made"].format(at=self._time(dossier.made_at), level=dossier.level),
            "page": re.split(r"\{[pn]\}", w["page"]),
            "nothing": w["nothing"],
            "intact": verdict.intact,
            "verdict": w[says].format(
                rows=verdict.rows,
                words=verdict.words,
                unchecked=verdict.unchecked,
                seq=broken.seq if broken else "",
                reason=broken.reason if broken else "",
            ),
            "sections": list(self._sections(dossier)),
        }

    def _sections(self, d: DossierView) -> Iterable[dict[str, Any]]:
        contact = " ".join(filter(None, (d.complaint.contact.name, d.complaint.contact.phone, d.complaint.contact.email)))
        facts = self._facts(d.complaint, COMPLAINT) + self._fact("contact", contact)
        yield self._section("complaint", facts, self._texts(d.complaint))
        yield self._section("clocks", entries=[self._clock(each) for each in d.clocks])
        yield self._section("investigation", entries=[self._step(each) for each in d.investigation])
        yield self._section("root_causes", entries=[self._cause(each) for each in d.root_causes])
        yield self._section("decisions", entries=[self._turn(each) for each in d.decisions])
        yield self._section("appeals", entries=[self._turn(each) for each in d.appeals])
        yield self._section("communications", entries=[self._communication(each) for each in d.communications])
        yield self._section("letters", entries=[self._letter(each) for each in d.letters])
        yield self._section("attachments", entries=[self._file(each) for each in d.attachments])
        yield self._section("repairs", entries=[self._thing(each, "repair-state", _REPAIR) for each in d.repairs])
        yield self._section("incidents", entries=[self._thing(each, "incident-state", _INCIDENT) for each in d.incidents])
        yield self._section("history", entries=[self._row(each) for each in d.history.rows])
        head = d.history.head
        seal = self._fact("head", f"{head.seq}  {head.hash}" if head else "") + self._fact("checksum", d.sha256)
        yield self._section("seal", seal)

    def _section(self, name: str, facts: list[Fact] | None = None, entries: list[dict[str, Any]] | None = None) -> Any:
        return {"title": self._words[name], "facts": facts or [], "entries": entries or []}

    def _texts(self, complaint: Any) -> list[dict[str, Any]]:
        known = [(name, getattr(complaint, name)) for name in ("problem", "remedy_sought")]
        return [_entry(self._words[name], words=[text]) for name, text in known if text]

    def _clock(self, told: Any) -> dict[str, Any]:
        clock = told.clock
        facts = self._facts(clock, _CLOCK)
        facts += self._fact("extended", clock.extended or None)
        facts += self._fact("target", f"{clock.target.amount} {self._code('limit-unit', clock.target.unit)}")
        facts += self._fact("counted", f"{_span(told.elapsed_seconds)} / {_span(told.target_seconds)}")
        spans: Counter[str] = Counter()
        for each in told.stretches:
            spans[each.reason] += (each.end - each.start).total_seconds()
        facts += self._fact(
            "stretches",
            ", ".join(f"{self._code('stretch-reason', reason)} {_span(spent)}" for reason, spent in spans.items()),
        )
        facts += [
            (
                self._words["pause"],
                f"{self._time(p.start)} – {self._time(p.end) if p.end else '…'}  {self._code('pause-reason', p.reason)}",
            )
            for p in clock.pauses
        ]
        facts += [
            (
                self._words["was_due"],
                f"{self._time(p.due_at) if p.due_at else '–'}  ({p.reason}, {self._time(p.replaced_at)})",
            )
            for p in clock.past_dues
        ]
        policy = f"{clock.policy} v{clock.policy_version}, {clock.calendar} v{clock.calendar_version}"
        return _entry(f"{self._code('clock-kind', clock.kind)} · {self._code('clock-state', clock.state)} · {policy}", facts)

    def _step(self, step: Any) -> dict[str, Any]:
        facts = [
            (self._words["evidence"], f"{self._code('evidence-kind', each.kind)} {each.id or each.text or ''}".strip())
            for each in step.evidence
        ]
        return _entry(self._head(step, self._code("investigation-method", step.method or "")), facts, [step.note])

    def _cause(self, cause: Any) -> dict[str, Any]:
        facts = self._facts(cause, ("latent_risk",))
        if cause.method is not None:
            facts += self._fact("method", self._code("cause-method", cause.method))
        facts += [(f"{self._words['why']} {n}", why or "") for n, why in enumerate(cause.whys, start=1)]
        facts += [(self._code("cause-branch", branch.category), branch.note or "") for branch in cause.branches]
        return _entry(self._head(cause, cause.cause or ""), facts, [cause.note])

    def _turn(self, turn: Any) -> dict[str, Any]:
        return _entry(
            self._head(turn, self._code("complaint-action", turn.move)),
            self._facts(turn, ("reason",)) + _detail(turn.detail),
            [turn.note],
        )

    def _communication(self, communication: Any) -> dict[str, Any]:
        codes = {
            "direction": communication.direction,
            "channel": communication.channel,
            "communication-kind": communication.kind,
        }
        what = " · ".join(self._code(vocabulary, code) for vocabulary, code in codes.items())
        head = f"{self._time(communication.at)} · {what} · {communication.by}"
        return _entry(head, words=[communication.words])

    def _letter(self, letter: Any) -> dict[str, Any]:
        what = f"{self._code('communication-kind', letter.kind)} · {letter.template} v{letter.template_version}"
        head = f"{self._time(letter.issued_at)} · {what} · {letter.by}"
        return _entry(head, self._fact("subject", letter.subject), [letter.body])

    def _file(self, file: Any) -> dict[str, Any]:
        facts = self._facts(file, ("name", "reference", "content_type", "size_bytes", "sha256"))
        return _entry(f"{self._time(file.added_at)} · {self._code('attachment-kind', file.kind)} · {file.by}", facts)

    def _thing(self, thing: Any, states: str, names: tuple[str, ...]) -> dict[str, Any]:
        return _entry(f"{thing.number} · {self._code(states, thing.state)}", self._facts(thing, names))

    def _row(self, row: HistoryRow) -> dict[str, Any]:
        c = row.content
        source, target = (self._code("complaint-state", c[name]) for name in ("source", "target"))
        way = target if source in {target, ""} else f"{source} → {target}"
        at, entered = (self._time(datetime.fromisoformat(c[name])) for name in ("at", "recorded_at"))
        facts = self._fact("reason", c["reason"]) + _detail(c["detail"])
        if at != entered:
            facts += self._fact("recorded_at", entered)
        words = [row.note, *(each.text for each in row.words)]
        return _entry(
            f"{row.seq} · {at} · {self._code('complaint-action', c['move'])} · {way} · {c['actor']}",
            facts,
            words,
            small=row.hash,
        )

    def _head(self, each: Any, what: str) -> str:
        return f"{each.seq} · {self._time(each.at)} · {what} · {each.actor}"

    def _facts(self, thing: Any, names: Iterable[str]) -> list[Fact]:
        return [fact for name in names for fact in self._fact(name, getattr(thing, name))]

    def _fact(self, name: str, value: Any) -> list[Fact]:
        """Nothing for what is not known."""
        if value is None or value in ("", []):
            return []
        if isinstance(value, bool):
            shown = self._words["yes" if value else "no"]
        elif isinstance(value, datetime):
            shown = self._time(value)
        else:
            values = value if isinstance(value, list) else [value]
            shown = ", ".join(self._code(_CODED.get(name), str(each)) for each in values)
        return [(self._words[name], _plain(shown))]

    def _code(self, vocabulary: str | None, code: str) -> str:
        """With its label before it, where that says more than the code does; as it is where it belongs to no vocabulary."""
        shown = code if vocabulary is None else label(vocabulary, code, self._language.value)
        return code if shown.casefold() == re.sub("[_-]", " ", code) else f"{shown} ({code})"

    def _time(self, at: datetime) -> str:
        return at.astimezone(self._zone).isoformat(" ", "seconds")


_CODED: Mapping[str, str] = {
    "state": "complaint-state",
    "channel": "channel",
    "severity": "severity",
    "outcome": "closure-outcome",
    "remedy": "remedy-kind",
    "grounds": "rejection-ground",
}
"""The vocabularies of facts that are codes."""
_CLOCK = ("episode", "started_at", "due_at", "warned_at", "breached_at", "ended_at", "in_time")
_REPAIR = ("category", "vendor", "requested_at", "appointment_at", "completed_at", "in_time", "reworks")
_INCIDENT = ("incident_type", "level", "began_at", "ended_at", "restored_at", "cause")


def _entry(head: str, facts: Iterable[Fact] = (), words: Iterable[str | None] = (), small: str = "") -> dict[str, Any]:
    shown = [(_plain(name), _plain(value)) for name, value in facts]
    texts = [_plain(text) for text in words if text]
    lines = len(shown) + sum(len(text) / 60 + text.count("\n") for text in [*texts, *(value for _, value in shown)])
    return {"head": _plain(head), "facts": shown, "words": texts, "small": small, "long": lines > LINES_TOGETHER}


def _detail(detail: Mapping[str, Any]) -> list[Fact]:
    return [(name.replace("_", " "), str(value)) for name, value in detail.items()]


def _plain(text: str) -> str:
    """What can be seen of it, with places to break lines in what has none."""
    return _UNBROKEN.sub("\\1\u200b", _CONTROL.sub("\ufffd", text))


def _span(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"
