"""What finding out goes by: taxonomies (S56) and the policy of trends, each with its versions."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.web import Call, Name, Router, VersionedData
from rapport_chassis.work import Work
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.access import CONFIGURE, READ, STATS
from rapport_complaints.cases.web.views import View
from rapport_complaints.finding.domain.trends import Judged, TrendPolicy, Verdict, Windows
from rapport_complaints.finding.store.tables import TREND_POLICIES
from rapport_complaints.finding.usecases.trends import (
    NewTaxonomy,
    NewTrendPolicy,
    Trial,
    TrialPolicy,
    put_taxonomy,
    put_trend_policy,
    try_trend_policy,
)
from rapport_complaints.taxonomies.domain.taxonomy import Kind, Taxonomy
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies

router = Router(tags=["finding data"])
MOST = 200
"""Groups of each kind that a trial shows."""


class GroupView(View):
    """A group that would be called rising."""

    dimension: str
    name: str
    observed: int
    reference: int
    expected: float | None
    p: float | None
    p_adjusted: float | None


class FoundView(View):
    """What one policy would have found: how many groups it tested, and those that rise, the least likely first."""

    reference_start: UtcTime
    window_start: UtcTime
    window_end: UtcTime
    tested: int
    rising: list[GroupView] = Field(description=f"The first {MOST}.")


class TrialView(View):
    """The policy that was tried beside version `version` of the one in force, and what differs, as `dimension:name`."""

    version: int
    tried: FoundView
    present: FoundView
    added: list[str]
    gone: list[str]


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/taxonomies/{kind}", lambda work: work.store(Taxonomies), Taxonomy, NewTaxonomy, put_taxonomy,
     errors=(Invalid, VersionConflict), code=Kind, max_body=2 * 1024 * 1024,
     every=("get_taxonomies", "Taxonomies with all their versions", "Every version of categories and causes."),
     one=("get_taxonomy", "The newest version of a taxonomy",
          "The newest version, or the one asked for: what was classified under it stays explained by it."),
     put=("change_taxonomy", "Add a version of a taxonomy",
          "For what is filed, imported, assessed or explained from `effective_from` on; nothing is classified anew."))
keep("/trend-policies/{code}", lambda work: work.store(TREND_POLICIES), TrendPolicy, NewTrendPolicy, put_trend_policy,
     every=("get_trend_policies", "The policy of trends with all its versions", "Windows, chances and minimums (S55, S68)."),
     one=("get_trend_policy", "The newest version of the policy of trends", "The newest version, or the one asked for."),
     put=("change_trend_policy", "Add a version of the policy of trends",
          "There is one, `standard`. Days that were looked at already keep what was found."))
# fmt: on


@router.post("/trend-policies/{code}:try", allow=STATS, errors=[Invalid, NotFound], summary="Try a policy on the past")
async def post_trial(code: Name, body: TrialPolicy, call: Call[Work]) -> TrialView:
    """What it would have found in the windows before `at`, beside the policy in force; keeps and publishes nothing."""
    return _trial(await call.run(try_trend_policy, code, body))


def _trial(trial: Trial) -> TrialView:
    tried, present = _rising(trial.tried), _rising(trial.found)
    names = {_name(each) for each in tried}, {_name(each) for each in present}
    return TrialView(
        version=trial.present.version,
        tried=_found(trial.windows, trial.tried),
        present=_found(trial.present_windows, trial.found),
        added=sorted(names[0] - names[1])[:MOST],
        gone=sorted(names[1] - names[0])[:MOST],
    )


def _found(windows: Windows, judged: list[Judged]) -> FoundView:
    return FoundView(
        reference_start=windows.reference_start,
        window_start=windows.start,
        window_end=windows.end,
        tested=sum(each.p is not None for each in judged),
        rising=[
            GroupView(
                dimension=each.count.dimension,
                name=each.count.name,
                observed=each.count.observed,
                reference=each.count.reference,
                expected=each.expected,
                p=each.p,
                p_adjusted=each.p_adjusted,
            )
            for each in _rising(judged)[:MOST]
        ],
    )


def _rising(judged: list[Judged]) -> list[Judged]:
    rising = [each for each in judged if each.verdict == Verdict.RISING]
    return sorted(rising, key=lambda each: (each.p or 0.0, _name(each)))


def _name(judged: Judged) -> str:
    return f"{judged.count.dimension}:{judged.count.name}"
