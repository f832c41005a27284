"""What is added to an answer for its reader: names of people, and what is hidden."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.lists import Page
from rapport_chassis.security.scopes import Level, Scope
from rapport_chassis.staff import StaffRegister
from rapport_chassis.subject import Subject, joined
from rapport_chassis.web import Masked, Names, Person, View
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import complete, concerns, say_what_is_hidden
from rapport_chassis.work import Work, WorkFactory


class StepView(View):
    done_by: Person | None


class CaseView(View):
    owner: Person
    helpers: list[Person]
    steps: list[StepView]
    words: str | None
    advice: str | None
    names: Names
    masked: Masked
    clear_from: ClassVar = {"words": Level.CLUE, "advice": Scope("cases:handle", level=3)}


class PlainView(View):
    owner: str


class PrintedView(View):
    case: CaseView
    as_made: ClassVar = True


def case(owner: str = "a", *helpers: str, by: str | None = None) -> CaseView:
    steps = [StepView(done_by=by)]
    return CaseView.model_validate({"owner": owner, "helpers": helpers, "steps": steps, "words": None, "advice": None})


class Register:
    """Names of a, b and c, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    @property
    def register(self) -> StaffRegister:
        async def names(_work: Work, ids: Collection[str]) -> dict[str, str]:
            self.asked.append(list(ids))
            return {each: each.upper() for each in ids if each in {"a", "b", "c"}}

        async def entry(_work: Work, _id: str) -> None:
            return None

        return StaffRegister(names, entry)


@pytest.fixture
def register() -> Register:
    return Register()


def call(works: WorkFactory[Work], level: int = 4, *scopes: str) -> Any:
    made: Any = Call(works, Actor("person", "x", frozenset(scopes), level), None)  # type: ignore[arg-type]
    return made


async def test_names_of_all_views_of_an_answer_are_asked_for_once(works: WorkFactory[Work], register: Register) -> None:
    async with works(Actor.system("test")) as work:
        asking = call(works)
        asking._work = work
        page = Page(items=[case("a", "person:b", "nobody", by="system:timer"), case("c", by="person:a"), case("unit-1")])
        await complete(page, asking, register.register)
    assert [each.names for each in page.items] == [{"a": "A", "person:b": "B"}, {"c": "C", "person:a": "A"}, {}]
    assert register.asked == [["a", "b", "c", "nobody", "unit-1"]], "once, by ids, and not for what is no person"


async def test_nothing_is_asked_where_nobody_is_or_there_is_no_register(
    works: WorkFactory[Work], register: Register
) -> None:
    await complete(Page(items=[]), call(works), register.register)
    await complete(PlainView(owner="a"), call(works), register.register)
    await complete(case("a"), call(works), None)
    assert register.asked == []
    assert concerns(Page[CaseView]) and concerns(dict[str, CaseView]) and not concerns(Page[PlainView])


@pytest.mark.parametrize(
    ("level", "scopes", "masked"),
    [
        (1, (), ["words", "advice"]),
        (2, (), ["advice"]),
        (4, (), ["advice"]),
        (2, ("cases:handle",), ["advice"]),
        (3, ("cases:handle",), []),
    ],
)
async def test_what_is_hidden_follows_from_level_and_scopes(
    works: WorkFactory[Work], level: int, scopes: tuple[str, ...], masked: list[str]
) -> None:
    shown = [case(), case()]
    await complete(shown, call(works, level, *scopes), None)
    assert [each.masked for each in shown] == [masked, masked]


async def test_a_document_with_a_checksum_is_left_as_it_was_made(works: WorkFactory[Work], register: Register) -> None:
    made = PrintedView(case=case("a"))
    say_what_is_hidden(made, Actor("person", "x", level=1))
    before = made.model_dump()
    await complete(made, call(works, 4), register.register)
    assert made.model_dump() == before and before["case"]["masked"] == ["words", "advice"] and register.asked == []


def test_a_view_that_hides_what_it_does_not_have_is_refused() -> None:
    class Silent(View):
        words: str | None
        clear_from: ClassVar = {"words": Level.CLUE}

    class Other(View):
        words: str | None
        masked: Masked
        clear_from: ClassVar = {"word": Level.CLUE}

    for wrong in (Silent, Other):
        with pytest.raises(TypeError, match=wrong.__name__):
            concerns(wrong)


def test_a_service_has_one_register_of_the_staff(register: Register) -> None:
    subjects = [Subject(name, staff=register.register) for name in ("one", "two")]
    with pytest.raises(ValueError, match="register of the staff"):
        joined("service", subjects)
    assert joined("service", subjects[:1]).staff is not None
