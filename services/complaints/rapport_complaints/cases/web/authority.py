"""Who may award how much (S59)."""

from __future__ import annotations

from rapport_chassis.commands import example
from rapport_chassis.versions import Since
from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.cases.domain.authority import AuthorityPolicy
from rapport_complaints.cases.store.versions import AUTHORITY_POLICIES
from rapport_complaints.shipped import shipped

router = Router(tags=["authority"])


class NewAuthorityPolicy(Since, AuthorityPolicy):
    """The limits as they are from a time on, for what is proposed or approved from then on."""

    model_config = example(shipped("authority_policies", AuthorityPolicy)["standard"].model_dump(mode="json"))


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/authority-policies/{code}", lambda work: work.store(AUTHORITY_POLICIES), AuthorityPolicy, NewAuthorityPolicy,
     every=("get_authority_policies", "Authority limits with all their versions",
            "How much each access level may award in one act (S59)."),
     one=("get_authority_policy", "The newest version of the limits", "The newest version, or the one asked for."),
     put=("change_authority_policy", "Add a version of the limits",
          "There is one, `standard`. For what is proposed or approved from `effective_from` on; what was decided stays."))
# fmt: on
