"""A complaint through its states, over HTTP."""

from __future__ import annotations

from .desk import ROAD, Desk


async def test_a_complaint_goes_the_whole_road(desk: Desk) -> None:
    filed = await desk.file()
    assert filed["state"] == "received"
    for action, body, state in ROAD:
        filed = await desk.act(filed, action, **body)
        assert filed["state"] == state
    assert await desk.names() == []
