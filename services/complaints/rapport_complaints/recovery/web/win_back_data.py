"""When customers may be lost, as versioned data (S57, S64)."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.recovery.domain.win_back_data import WinBackPolicy
from rapport_complaints.recovery.store.versions import WIN_BACK_POLICIES

router = Router(tags=["win-backs"])


class NewWinBackPolicy(Since, WinBackPolicy):
    """The policy as it is from a time on."""


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/win-back-policies/{code}", lambda work: work.store(WIN_BACK_POLICIES), WinBackPolicy, NewWinBackPolicy,
     every=("get_win_back_policies", "The win-back policy with all its versions", "Reasons, and what a low score is."),
     one=("get_win_back_policy", "The newest version of the win-back policy", "The newest version, or the one asked for."),
     put=("change_win_back_policy", "Add a version of the win-back policy",
          "There is one, `standard`. Whoever is looked at from `effective_from` on is judged by it."))
# fmt: on
