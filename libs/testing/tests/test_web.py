"""Clients on ASGI apps, and tokens that a service under test trusts."""

from typing import Any

import pytest
from rapport_chassis.security.tokens import Jwks, Tokens
from rapport_kernel.errors import Unauthenticated
from rapport_testing.web import Clients, TokenMaker


async def echo_path(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_a_client_calls_the_app(clients: Clients) -> None:
    client = await clients(echo_path)
    assert (await client.get("/complaints/v1")).text == "/complaints/v1"


async def test_a_token_is_trusted_by_a_service_with_these_settings(tokens: TokenMaker) -> None:
    verifier = Tokens(
        issuer=tokens.settings["issuer"], audience=tokens.settings["audience"], keys=Jwks(tokens.settings["jwks"])
    )
    actor = await verifier.verify(tokens("complaints:file", "complaints:read", level=2, subject="li-wei"))
    assert (actor.id, actor.level, actor.scopes) == ("li-wei", 2, {"complaints:file", "complaints:read"})
    with pytest.raises(Unauthenticated):
        await verifier.verify(tokens("complaints:file", aud="somebody else"))
