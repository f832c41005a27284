"""The one rule of who may handle and who may judge (回避; DOMAIN 3b, 24)."""

from __future__ import annotations

import pytest
from rapport_complaints.cases.domain.independence import demand_judge, may_handle, may_judge
from rapport_complaints.cases.domain.refusals import ApproverInvolved


@pytest.mark.parametrize(
    ("subjects", "barred", "may"), [([], [], True), (["other"], ["third"], True), (["me"], [], False), ([], ["me"], False)]
)
def test_nobody_handles_what_is_about_himself_or_was_taken_from_him(
    subjects: list[str], barred: list[str], may: bool
) -> None:
    assert may_handle("me", subjects=subjects, barred=barred) is may


@pytest.mark.parametrize(
    ("subjects", "part", "may"),
    [([], [], True), (["other"], ["third"], True), (["me"], [], False), ([], ["me"], False)],
)
def test_nobody_judges_what_is_about_himself_or_what_he_did(subjects: list[str], part: list[str], may: bool) -> None:
    assert may_judge("me", subjects=subjects, took_part=part) is may
    if may:
        demand_judge("me", subjects=subjects, took_part=part)
    else:
        with pytest.raises(ApproverInvolved):
            demand_judge("me", subjects=subjects, took_part=part)
