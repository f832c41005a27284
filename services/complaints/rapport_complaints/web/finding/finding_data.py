"""What finding out goes by: taxonomies (S56) and the policy of trends, each with its versions."""

from __future__ import annotations

from pydantic import Field
from rapport_chassis.web import Call, Page, Router, Scope
from rapport_contracts.fields import UtcTime
from rapport_kernel.errors import Invalid, NotFound, VersionConflict

from rapport_complaints.domain.finding.taxonomy import Kind, Taxonomy
from rapport_complaints.domain.finding.trends import Judged, TrendPolicy, Verdict, Windows
from rapport_complaints.store.work import ComplaintsWork
from rapport_complaints.usecases.finding.detect_trends import Trial, TrialPolicy, try_trend_policy
from rapport_complaints.usecases.finding.put_finding_data import NewTaxonomy, NewTrendPolicy, put_taxonomy, put_trend_policy
from rapport_complaints.web.cases.views import View
from rapport_complaints.web.clocks.policies import CONFIGURE, READ, Name, VersionView, version_page, version_view

router = Router(tags=["finding data"])
STATS = Scope("complaints:stats")
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


@router.get("/taxonomies", allow=READ, summary="Taxonomies with all their versions")
async def get_taxonomies(call: Call[ComplaintsWork]) -> Page[VersionView[Taxonomy]]:
    """Every version of categories and causes."""
    return version_page(await (await call.work()).taxonomies.all())


@router.get("/taxonomies/{kind}", allow=READ, errors=[NotFound], summary="The newest version of a taxonomy")
async def get_taxonomy(kind: Kind, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[Taxonomy]:
    """The newest version, or the one asked for: what was classified under it stays explained by it."""
    taxonomies = (await call.work()).taxonomies
    if version is None:
        return version_view((await taxonomies.of(kind.value))[-1])
    return version_view(await taxonomies.exact(kind.value, version))


@router.put(
    "/taxonomies/{kind}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict],
    status=201,
    max_body=2 * 1024 * 1024,
    summary="Add a version of a taxonomy",
)
async def change_taxonomy(kind: Kind, body: NewTaxonomy, call: Call[ComplaintsWork]) -> VersionView[Taxonomy]:
    """For what is filed, imported, assessed or explained from `effective_from` on; nothing is classified anew."""
    return version_view(await call.run(put_taxonomy, kind, body))


@router.get("/trend-policies", allow=READ, summary="The policy of trends with all its versions")
async def get_trend_policies(call: Call[ComplaintsWork]) -> Page[VersionView[TrendPolicy]]:
    """Windows, chances and minimums (S55, S68)."""
    return version_page(await (await call.work()).trend_policies.all())


@router.get("/trend-policies/{code}", allow=READ, errors=[NotFound], summary="The newest version of the policy of trends")
async def get_trend_policy(code: Name, call: Call[ComplaintsWork], version: int | None = None) -> VersionView[TrendPolicy]:
    """The newest version, or the one asked for."""
    policies = (await call.work()).trend_policies
    return version_view((await policies.of(code))[-1] if version is None else await policies.exact(code, version))


@router.put(
    "/trend-policies/{code}",
    allow=CONFIGURE,
    errors=[Invalid, VersionConflict, NotFound],
    status=201,
    summary="Add a version of the policy of trends",
)
async def change_trend_policy(code: Name, body: NewTrendPolicy, call: Call[ComplaintsWork]) -> VersionView[TrendPolicy]:
    """There is one, `standard`. Days that were looked at already keep what was found."""
    return version_view(await call.run(put_trend_policy, code, body))


@router.post("/trend-policies/{code}:try", allow=STATS, errors=[Invalid, NotFound], summary="Try a policy on the past")
async def post_trial(code: Name, body: TrialPolicy, call: Call[ComplaintsWork]) -> TrialView:
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
