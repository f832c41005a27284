"""What is added to an answer for its reader: names of people, and what is hidden."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, ClassVar

import pytest
from rapport_chassis.actor import Actor
from rapport_chassis.lists import Page
from rapport_chassis.security.kinds import Kind, personal, personal_by
from rapport_chassis.security.scopes import Scope
from rapport_chassis.staff import StaffRegister
from rapport_chassis.subject import Subject, joined
from rapport_chassis.web import Masked, Names, Person, View
from rapport_chassis.web.call import Call
from rapport_chassis.web.for_reader import complete, concerns, mask
from rapport_chassis.work import Work, WorkFactory

SAYS = "ring 138 1234 5678"


class StepView(View):
    done_by: Person | None


class CaseView(View):
    owner: Person
    helpers: list[Person]
    steps: list[StepView]
    words: Annotated[str | None, personal(Kind.WORDS)]
    advice: Annotated[str | None, personal(Kind.CARE, only=Scope("cases:handle", level=3))]
    names: Names
    masked: Masked


class PlainView(View):
    owner: str


class PrintedView(View):
    case: CaseView
    as_made: ClassVar = True


def case(owner: str = "a", *helpers: str, by: str | None = None, words: str | None = None) -> CaseView:
    steps = [StepView(done_by=by)]
    return CaseView.model_validate({"owner": owner, "helpers": helpers, "steps": steps, "words": words, "advice": words})


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
    ("level", "scopes", "masked", "words", "advice"),
    [
        (1, (), ["words", "advice"], None, None),
        (2, (), ["words", "advice"], "ring ***", None),
        (4, (), ["advice"], SAYS, None),
        (2, ("cases:handle",), ["words", "advice"], "ring ***", None),
        (3, ("cases:handle",), ["words"], "ring ***", SAYS),
        (4, ("cases:handle",), [], SAYS, SAYS),
    ],
)
async def test_what_is_hidden_follows_from_level_and_scopes(
    works: WorkFactory[Work], level: int, scopes: tuple[str, ...], masked: list[str], words: str | None, advice: str | None
) -> None:
    shown = [case(words=SAYS), case()]
    await complete(shown, call(works, level, *scopes), None)
    assert [each.masked for each in shown] == [masked, masked], "it tells nothing of what there is"
    assert (shown[0].words, shown[0].advice) == (words, advice)


class Proved(View):
    note: Annotated[str | None, personal(Kind.NOTE)]
    salt: Annotated[str | None, personal(Kind.PROOF, beside="note")]


class Everything(View):
    kind: str
    value: Annotated[str, personal_by("kind", {"phone": Kind.PHONE})]
    likes: Annotated[list[str], personal(Kind.TRAIT)]
    whys: Annotated[list[str | None], personal(Kind.NOTE)]
    comments: Annotated[dict[str, str], personal(Kind.WORDS)]
    proved: list[Proved]
    alone: Proved
    masked: Masked


async def test_what_lists_and_dictionaries_hold_is_masked_and_a_proof_is_there_for_what_is_whole(
    works: WorkFactory[Work],
) -> None:
    def made() -> Everything:
        proved = [Proved(note="all", salt="9f"), Proved(note=SAYS, salt="9f")]
        texts = {"likes": ["tea"], "whys": [SAYS, None], "comments": {"q": SAYS}, "proved": proved, "alone": proved[1]}
        return Everything.model_validate({"kind": "phone", "value": "13812345678", **texts})

    seen = {level: made() for level in (1, 2, 3, 4)}
    for level, each in seen.items():
        await complete(each, call(works, level), None)
    plain = {level: each.model_dump(exclude={"masked", "alone"}) for level, each in seen.items()}
    nothing = [{"note": None, "salt": None}] * 2
    assert plain[1] == {
        "kind": "phone", "value": "***", "likes": [], "whys": [None, None], "comments": {"q": "***"}, "proved": nothing
    }  # fmt: skip
    some = {"whys": ["ring ***", None], "comments": {"q": "ring ***"}}
    proved = [{"note": "all", "salt": "9f"}, {"note": "ring ***", "salt": None}]
    assert plain[2] == {"kind": "phone", "value": "*******5678", "likes": [], **some, "proved": proved}
    assert plain[3] == {"kind": "phone", "value": "138****5678", "likes": ["tea"], **some, "proved": proved}
    assert plain[4] == made().model_dump(exclude={"masked", "alone"})
    whole = ["value", "likes", "whys", "comments", "proved", "alone.note", "alone.salt"]
    assert [each.masked for each in seen.values()] == [whole, whole, [one for one in whole if one != "likes"], []]


async def test_a_document_with_a_checksum_is_left_as_it_was_made(works: WorkFactory[Work], register: Register) -> None:
    made = PrintedView(case=case("a", words=SAYS))
    mask(made, Actor("person", "x", level=1))
    before = made.model_dump()
    await complete(made, call(works, 4), register.register)
    assert made.model_dump() == before and before["case"]["masked"] == ["words", "advice"] and register.asked == []


def test_a_view_that_could_not_mask_what_it_says_is_refused() -> None:
    class Nothing(View):
        words: str | None
        masked: Masked

    class Before(View):
        salt: Annotated[str | None, personal(Kind.PROOF, beside="note")]
        note: Annotated[str | None, personal(Kind.NOTE)]

    for wrong in (Nothing, Before):
        with pytest.raises(TypeError, match=wrong.__name__):
            concerns(wrong)
    with pytest.raises(TypeError, match="proof"):
        personal(Kind.PROOF)


def test_a_service_has_one_register_of_the_staff(register: Register) -> None:
    subjects = [Subject(name, staff=register.register) for name in ("one", "two")]
    with pytest.raises(ValueError, match="register of the staff"):
        joined("service", subjects)
    assert joined("service", subjects[:1]).staff is not None
