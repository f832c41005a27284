"""One origin for all services: requests reach the right one untouched; the front page says what there is."""

from dataclasses import dataclass
from typing import Any

import pytest
from rapport_chassis.security.origins import LOOPBACK, read_origins
from rapport_cli.origin import MANAGEMENT, Origin
from rapport_cli.problems import CommandError
from rapport_cli.serving import listen
from rapport_testing.web import Clients


@dataclass
class Named:
    name: str
    title: str


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def origin() -> Origin:
    return Origin([Named("complaints", "Complaints <投诉>")], {"complaints": echo})


@pytest.mark.parametrize("path", ["/complaints", "/complaints/", "/complaints/v1/complaints/1:close"])
async def test_a_service_gets_its_paths_whole(clients: Clients, path: str) -> None:
    assert (await (await clients(origin())).get(path)).text == path


async def test_the_front_page_links_docs_and_health(clients: Clients) -> None:
    client = await clients(origin())
    (service,) = (await client.get("/")).json()["services"]
    assert service["docs"] == "/complaints/docs"
    assert service["openapi"] == "/complaints/openapi.json"
    assert not {"ready", "metrics"} & set(service)
    page = await client.get("/", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "Complaints &lt;投诉&gt;" in page.text
    assert '<a href="/complaints/docs">' in page.text


@pytest.mark.parametrize("path", ["/else", "/complaintsx/v1", "/favicon.ico"])
async def test_anything_else_is_a_problem_that_echoes_nothing(clients: Clients, path: str) -> None:
    answer = await (await clients(origin())).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-found"
    assert answer.json()["trace_id"] in answer.headers["traceparent"]
    assert path.strip("/") not in answer.json()["detail"]


async def test_the_front_page_is_read_only(clients: Clients) -> None:
    client = await clients(origin())
    refused = await client.post("/")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ((await client.options("/")).status_code, (await client.head("/")).status_code) == (204, 200)


async def test_pages_of_allowed_origins_may_read_what_is_of_no_service(clients: Clients) -> None:
    front = Origin([Named("complaints", "C")], {}, origins=read_origins(LOOPBACK))
    client = await clients(front, headers={"Origin": "http://localhost:5173"})
    for path in ("/", "/else"):
        assert (await client.get(path)).headers["access-control-allow-origin"] == "http://localhost:5173"


async def test_operators_have_a_front_page_of_their_own(clients: Clients) -> None:
    client = await clients(Origin([Named("complaints", "C")], {"complaints": echo}, shows=MANAGEMENT))
    (service,) = (await client.get("/")).json()["services"]
    assert service["ready"] == "/complaints/health/ready" and service["metrics"] == "/complaints/metrics"


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with listen(0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {taken} is taken .* PORT={taken + 1}"):
            listen(taken)
