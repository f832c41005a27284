"""What is personal has a kind, and the table of kinds stands in the guide as it is in the code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from rapport_chassis.security.kinds import TABLE, Kind, personal
from rapport_chassis.security.scopes import Scope
from rapport_chassis.web import Router, View
from rapport_cli.services import described
from rapport_testing import guards_kinds
from rapport_testing.guards import ROOT
from rapport_testing.guards_kinds import columns_of, unkinded
from rapport_testing.guards_service import modules_of

LEVELS = (1, 2, 3, 4)
NOT_SEALED_YET = {
    "LetterText": "a template, which speaks to nobody",
    "PreviewView": "of the caller's own words, with the name masked before it goes in",
}
"""Views with fields that are called as what is sealed later."""
HEAD = "| kind | what it is | level 1 | level 2 | level 3 | level 4 |\n|---|---|---|---|---|---|\n"


class Open(View):
    problem: str | None
    note: Annotated[str | None, personal(Kind.NOTE)]


def table() -> str:
    """The table as the guide has it."""
    lines = []
    for kind, rule in TABLE.items():
        seen = [rule.shown(rule.example, level) for level in LEVELS]
        cells = ["null" if text is None else f"`{text}`" for text in seen]
        lines.append(f"| `{kind}` | {rule.what} | {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n"


def test_the_guide_has_the_table_of_kinds_as_it_is() -> None:
    guide = (ROOT / "docs/front-end.md").read_text()
    assert table() in guide, f"docs/front-end.md needs this table:\n{table()}"


def test_every_kind_has_a_rule_and_no_level_sees_less_than_the_one_below() -> None:
    assert set(TABLE) == set(Kind)
    for kind, rule in TABLE.items():
        whole = [rule.shown(rule.example, level) == rule.example for level in LEVELS]
        assert rule.seen <= rule.clear
        assert whole == [level >= rule.clear for level in LEVELS] or kind is Kind.PROOF, "which follows its words"


@pytest.mark.parametrize("service", described(), ids=lambda each: each.name)
def test_what_is_sealed_and_shown_has_a_kind(service: Any) -> None:
    modules = list(modules_of(service.name))
    wrong = unkinded(service, modules)
    assert [line for line in wrong if line.split(".")[-2] not in NOT_SEALED_YET] == []
    sealed, _ = columns_of(modules)
    assert len(sealed) > len(guards_kinds.OF_THE_CHASSIS), "sealed columns were found"


def test_a_view_that_shows_what_is_sealed_without_a_kind_is_seen() -> None:
    service = next(each for each in described() if each.name == "complaints")

    router = Router(tags=["x"], about="x")

    @router.get("/open", allow=Scope("complaints:read"), summary="Open")
    async def show() -> Open:
        raise NotImplementedError

    spoiled: Any = SimpleNamespace(asgi=SimpleNamespace(routes=router.routes))
    wrong = unkinded(spoiled, list(modules_of(service.name)))
    assert [line.rpartition(".")[2] for line in wrong if ".Open." in line] == [
        "problem is sealed in a table, and has no kind"
    ]
