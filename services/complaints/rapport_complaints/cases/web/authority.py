"""Who may award how much (S59)."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.web import Router, VersionedData

from rapport_complaints.cases.domain.authority import SHIPPED_AUTHORITY, AuthorityPolicy
from rapport_complaints.cases.usecases.command import example
from rapport_complaints.cases.web.access import CONFIGURE, READ
from rapport_complaints.work import ComplaintsWork

router = Router(tags=["authority"])


class NewAuthorityPolicy(Since, AuthorityPolicy):
    """The limits as they are from a time on, for what is proposed or approved from then on."""

    model_config = example(SHIPPED_AUTHORITY.model_dump(mode="json"))


# fmt: off
keep = VersionedData[ComplaintsWork](router, read=READ, change=CONFIGURE)
keep("/authority-policies/{code}", lambda work: work.authority_policies, AuthorityPolicy, NewAuthorityPolicy,
     every=("get_authority_policies", "Authority limits with all their versions",
            "How much each access level may award in one act (S59)."),
     one=("get_authority_policy", "The newest version of the limits", "The newest version, or the one asked for."),
     put=("change_authority_policy", "Add a version of the limits",
          "There is one, `standard`. For what is proposed or approved from `effective_from` on; what was decided stays."))
# fmt: on
