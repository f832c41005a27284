"""State tables refuse what is ambiguous or unreachable, and say what is allowed."""

import pytest
from rapport_kernel.errors import NotAllowed
from rapport_kernel.states import Move, StateTable

LIGHT = StateTable(
    "light",
    "red",
    [Move("go", "red", "green"), Move("halt", "green", "red"), Move("break", "green", "dark", by="system")],
)


def test_a_move_leads_to_its_target() -> None:
    assert LIGHT.target("red", "go") == "green"
    assert LIGHT.allowed("green") == ("halt", "break")
    assert LIGHT.final == ("dark",)


def test_a_refused_move_says_what_is_allowed() -> None:
    with pytest.raises(NotAllowed) as refused:
        LIGHT.target("red", "halt")
    assert refused.value.allowed == ("go",)
    assert refused.value.status == 409


def test_two_moves_of_one_name_from_one_state_are_refused() -> None:
    with pytest.raises(ValueError, match="two moves"):
        StateTable("light", "a", [Move("x", "a", "b"), Move("x", "a", "c")])


def test_a_state_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="not reachable: c"):
        StateTable("light", "a", [Move("x", "a", "b"), Move("y", "c", "a")])


def test_the_published_table_and_the_diagram_have_every_move() -> None:
    published = LIGHT.as_dict()
    assert published["initial"] == "red"
    assert published["moves"] == [
        {"name": "go", "from": "red", "to": "green", "by": "people"},
        {"name": "halt", "from": "green", "to": "red", "by": "people"},
        {"name": "break", "from": "green", "to": "dark", "by": "system"},
    ]
    assert "green --> dark: break" in LIGHT.mermaid()
    assert "dark --> [*]" in LIGHT.mermaid()
