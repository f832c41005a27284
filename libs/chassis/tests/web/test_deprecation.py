"""What is on its way out says so: in the document, on the wire, and for long enough."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import httpx
import pytest
import pytest_asyncio
from pydantic import BaseModel, Field
from rapport_chassis.bodies import Params
from rapport_chassis.security.scopes import Known
from rapport_chassis.web import Public, Router
from rapport_chassis.web.app import WebApp, build_app
from rapport_chassis.web.deprecation import Deprecated

LEAVING = Deprecated(date(2027, 1, 4), date(2027, 9, 1), "Use `GET notes`.")
WORDS = "Deprecated since 2027-01-04, stays until 2027-09-01 at least. Use `GET notes`."


class Leaf(BaseModel):
    """A leaf."""

    colour: Annotated[str | None, Deprecated(date(2027, 1, 4), date(2027, 9, 1), "Use `shade`.")] = Field(
        description="As it looks."
    )
    shade: str


class Season(Params):
    """Which leaves."""

    month: Annotated[int | None, LEAVING] = Field(default=None, description="Of the year.")


@pytest.fixture
def leaves(service: Any) -> WebApp:
    router = Router(tags=["leaves"], about="Leaves.")

    @router.get("/leaves", allow=Public, deprecated=LEAVING)
    async def fallen(season: Season) -> Leaf:
        """The last one."""
        return Leaf(colour=None, shade="red")

    @router.get("/leaves/mine", allow=Known, deprecated=LEAVING)
    async def mine() -> Leaf:
        """My own."""
        return Leaf(colour="red", shade="red")

    @router.get("/trees", allow=Public)
    async def trees() -> Leaf:
        """Not on its way out."""
        return Leaf(colour="red", shade="red")

    service.routers = (router,)
    return build_app(service)


@pytest_asyncio.fixture
async def caller(leaves: WebApp) -> Any:
    transport = httpx.ASGITransport(app=leaves)
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test/notes/v1") as made:
        yield made


async def test_each_answer_of_a_deprecated_route_says_since_when_until_when_and_where_to_read_on(
    caller: httpx.AsyncClient,
) -> None:
    kept = (await caller.get("/leaves")).headers["etag"]
    for answer, status in (
        (await caller.get("/leaves"), 200),
        (await caller.get("/leaves", headers={"If-None-Match": kept}), 304),
        (await caller.get("/leaves?month=fall"), 422),
        (await caller.get("/leaves/mine"), 401),
    ):
        assert answer.status_code == status
        assert answer.headers["deprecation"] == f"@{datetime(2027, 1, 4, tzinfo=UTC).timestamp():.0f}"
        assert parsedate_to_datetime(answer.headers["sunset"]) == datetime(2027, 9, 1, tzinfo=UTC)
        about, _, rest = answer.headers["link"].partition(">")
        assert rest == '; rel="deprecation"; type="text/html"'
        page, _, anchor = about.removeprefix("<").partition("#")
        shown = (await caller.get(f"http://rapport.test{page}")).text
        assert f'id="{anchor}"' in shown and "Deprecated since 2027-01-04" in shown
    other = await caller.get("/trees")
    assert not {"deprecation", "sunset", "link"} & set(other.headers)


def test_the_document_says_it_of_routes_parameters_and_fields(leaves: WebApp) -> None:
    document = leaves.openapi
    gone, stays = (document["paths"][f"/notes/v1/{name}"]["get"] for name in ("leaves", "trees"))
    assert (gone["deprecated"], gone["x-sunset"], gone["description"]) == (True, "2027-09-01", f"The last one.\n\n{WORDS}")
    assert {"Deprecation", "Link", "Sunset"} <= set(gone["responses"]["422"]["headers"])
    assert "deprecated" not in stays and "Sunset" not in stays["responses"]["200"]["headers"]
    (month,) = [each for each in gone["parameters"] if each["in"] == "query"]
    assert (month["deprecated"], month["x-sunset"], month["description"]) == (True, "2027-09-01", f"Of the year. {WORDS}")
    assert "deprecated" not in month["schema"]
    fields = document["components"]["schemas"]["Leaf"]["properties"]
    assert (fields["colour"]["deprecated"], fields["colour"]["x-sunset"]) == (True, "2027-09-01")
    assert fields["colour"]["description"] == f"As it looks. {WORDS.replace('GET notes', 'shade')}"
    assert "deprecated" not in fields["shade"]
    assert "x-deprecation" not in str(document)


def test_what_goes_too_soon_or_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="180 days"):
        Deprecated(date(2027, 1, 4), date(2027, 7, 2), "Use `GET notes`.")
    with pytest.raises(ValueError, match="what to use instead"):
        Deprecated(date(2027, 1, 4), date(2027, 9, 1), "")
