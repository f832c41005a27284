"""The dossier of a complaint: all that is known of it in one document, and whether its history is what was written."""

from __future__ import annotations

from uuid import UUID

from rapport_chassis.web import Call, Router
from rapport_chassis.web.histories import VERIFY, verify_route
from rapport_chassis.work import Work
from rapport_kernel.business_time import zone_of
from rapport_kernel.errors import NotFound
from starlette.responses import Response

from rapport_complaints.access import READ
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.dossiers.usecases import make_dossier, note_reading
from rapport_complaints.dossiers.web.dossier_views import DossierView, dossier_view
from rapport_complaints.dossiers.web.printing import NotPrintable, Printer, PrintLanguage, printed


def dossiers_router(zone: str) -> Router:
    """The routes of the dossier; `zone` is the time zone of the printed one."""
    router = Router(tags=["dossiers"])
    printer = Printer("dossier.typ")

    @router.get("/complaints/{complaint_id}/dossier", allow=READ, errors=[NotFound], summary="Dossier of a complaint")
    async def get_dossier(complaint_id: UUID, call: Call[Work]) -> DossierView:
        """The complaint with its whole hash-chained history, clocks explained, what was said, written and attached, how it
        was looked into and decided, repairs, incidents. Masked by access level; every look is audited with the checksum."""
        return await _made(complaint_id, call, "json")

    verify_route(
        router, "/complaints/{complaint_id}/dossier:verify", Complaints, READ, ("get_verdict", "Verify a history", VERIFY)
    )

    @router.get(
        "/complaints/{complaint_id}/dossier.pdf",
        allow=READ,
        errors=[NotFound, NotPrintable],
        produces=["application/pdf"],
        summary="Dossier of a complaint, to print",
    )
    async def get_pdf(complaint_id: UUID, call: Call[Work], language: PrintLanguage = PrintLanguage.ZH) -> Response:
        """The same as PDF, with headings in `language`; texts stand in it as they were written. Audited like the JSON."""
        made = await _made(complaint_id, call, "pdf")
        await call.commit()  # no transaction stays open while it is printed
        pdf = await printer.pdf(printed(made, language, zone_of(zone)))
        named = f'attachment; filename="{made.complaint.number}.pdf"'
        headers = {"Content-Disposition": named, "Content-Language": language}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return router


async def _made(complaint_id: UUID, call: Call[Work], form: str) -> DossierView:
    dossier = await call.read(make_dossier, complaint_id)
    made = dossier_view(dossier, await call.work(), call)
    await call.run(note_reading, complaint_id, form, made.sha256)
    return made
