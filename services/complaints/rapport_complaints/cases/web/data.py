"""Who may award how much (S59); handling guides: what helps with complainants of a kind, and of what kind one is (S58)."""

from __future__ import annotations

from rapport_chassis.commands import example
from rapport_chassis.vault import Erased
from rapport_chassis.versions import Since
from rapport_chassis.web import Actions, Router, VersionedData
from rapport_chassis.work import Work
from rapport_kernel.errors import NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, HANDLE, READ
from rapport_complaints.cases.domain import possible
from rapport_complaints.cases.domain.complaint import Complaint
from rapport_complaints.cases.domain.data import AuthorityPolicy, Guide
from rapport_complaints.cases.domain.refusals import ComplaintOver, ConflictOfInterest
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES, GUIDES
from rapport_complaints.cases.usecases.working import tag_handling, untag_handling
from rapport_complaints.cases.web.views import view
from rapport_complaints.shipped import shipped

authority, guides = (
    Router(tags=["authority"], about="Who may promise how much, and proposals that wait for somebody who may."),
    Router(tags=["handling guides"], about="How to treat customers of a kind, in versions."),
)


class NewAuthorityPolicy(Since, AuthorityPolicy):
    """The limits as they are from a time on, for what is proposed or approved from then on."""

    model_config = example(shipped("authority_policies", AuthorityPolicy)["standard"].model_dump(mode="json"))


# fmt: off
keep = VersionedData[Work](authority, read=READ, change=CONFIGURE)
keep("/authority-policies/{code}", lambda work: work.store(AUTHORITY_POLICIES), AuthorityPolicy, NewAuthorityPolicy,
     every=("get_authority_policies", "Authority limits with all their versions",
            "How much each access level may award in one act (S59)."),
     one=("get_authority_policy", "The newest version of the limits", "The newest version, or the one asked for."),
     put=("change_authority_policy", "Add a version of the limits",
          "There is one, `standard`. For what is proposed or approved from `effective_from` on; what was decided stays."))
# fmt: on


# fmt: off
on = Actions(guides, "/complaints/{complaint_id}", Complaint, view, (NotFound, VersionConflict, ConflictOfInterest))
on("tag-handling", tag_handling, HANDLE, "Say how to deal with the complainant",
   "A tag with a reason, audited. It is a judgement about a person: encrypted with the customer's key, shown with the "
   "complaint to those who handle it, and in no event, history or list. Whom it is about judges nobody there (回避).",
   errors=(NotFound, VersionConflict, ComplaintOver, ConflictOfInterest, Erased, "unknown-tag"), when=possible.may_tag)
on("untag-handling", untag_handling, HANDLE, "Take that back",
   "At any time, with a reason, audited.", Erased, "not-tagged", when=possible.may_untag)
# fmt: on


class NewGuide(Since, Guide):
    """A guide as it is from a time on; it is shown with every complaint that has its tag."""

    model_config = example(shipped("handling_guides", Guide)["emotional"].model_dump(mode="json"))


# fmt: off
keep = VersionedData[Work](guides, read=READ, change=CONFIGURE)
keep("/handling-guides/{code}", lambda work: work.store(GUIDES), Guide, NewGuide, errors=(VersionConflict,),
     every=("get_guides", "Handling guides with all their versions", "By tag and version."),
     one=("get_guide", "The newest version of a handling guide", "The newest version, or the one asked for."),
     put=("change_guide", "Add a version of a handling guide",
          "The code is the tag. With `in_use` false it can no longer be set; what was set stays until it is taken back."))
# fmt: on
