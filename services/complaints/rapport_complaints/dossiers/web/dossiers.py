"""The dossier of a complaint: all that is known of it in one document, and whether its history is what was written."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router
from rapport_kernel.business_time import zone_of
from rapport_kernel.errors import NotFound
from starlette.responses import Response

from rapport_complaints.cases.web.access import READ
from rapport_complaints.dossiers.usecases.make_dossier import make_dossier, note_reading
from rapport_complaints.dossiers.usecases.verify_history import verify_history
from rapport_complaints.dossiers.web.dossier_print import PrintLanguage, printed
from rapport_complaints.dossiers.web.dossier_views import DossierView, VerdictView, dossier_view, verdict_view
from rapport_complaints.dossiers.web.printer import NotPrintable, Printer
from rapport_complaints.work import ComplaintsWork


def dossiers_router(zone: str) -> Router:
    """The routes of the dossier; `zone` is the time zone of the printed one."""
    router = Router(tags=["dossiers"])
    printer = Printer("dossier.typ")

    @router.get("/complaints/{complaint_id}/dossier", allow=READ, errors=[NotFound], summary="Dossier of a complaint")
    async def get_dossier(complaint_id: UUID, call: Call[ComplaintsWork]) -> DossierView:
        """The complaint with its whole hash-chained history, clocks explained, what was said, written and attached, how it
        was looked into and decided, repairs, incidents. Masked by access level; every look is audited with the checksum."""
        return await _made(complaint_id, call, "json")

    @router.get(
        "/complaints/{complaint_id}/dossier:verify",
        allow=READ,
        errors=[NotFound],
        summary="Verify a history",
    )
    async def get_verdict(complaint_id: UUID, call: Call[ComplaintsWork]) -> VerdictView:
        """Every link of the chain is reckoned anew, words are held against their digests, rows against the audit trail."""
        return verdict_view(await call.run(verify_history, complaint_id), (await call.work()).now)

    @router.get(
        "/complaints/{complaint_id}/dossier.pdf",
        allow=READ,
        errors=[NotFound, NotPrintable],
        produces=["application/pdf"],
        summary="Dossier of a complaint, to print",
    )
    async def get_pdf(
        complaint_id: UUID, call: Call[ComplaintsWork], language: PrintLanguage = PrintLanguage.ZH
    ) -> Response:
        """The same as PDF, with headings in `language`; texts stand in it as they were written. Audited like the JSON."""
        made = await _made(complaint_id, call, "pdf")
        await call.commit()  # no transaction stays open while it is printed
        pdf = await printer.pdf(printed(made, language, zone_of(zone)))
        named = f'attachment; filename="{made.complaint.number}.pdf"'
        headers = {"Content-Disposition": named, "Content-Language": language}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return router


async def _made(complaint_id: UUID, call: Call[ComplaintsWork], form: str) -> DossierView:
    dossier = await call.read(make_dossier, complaint_id)
    made = dossier_view(dossier, call.actor.level, (await call.work()).now)
    await call.run(note_reading, complaint_id, form, made.sha256)
    return made
