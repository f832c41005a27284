"""HTTP in tests: an httpx client on an ASGI app without a socket, and tokens of an issuer that the app trusts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from rapport_chassis.security.issuer import LocalIssuer

BASE_URL = "http://rapport.test"
ISSUER = "https://id.example"
"""Of tests: a provider, as in front of real users. The local issuer is refused where the public address is not loopback."""
AsgiApp = Callable[..., Any]


class TokenMaker:
    """Tokens for tests. Give `settings` to the service under test, so that it trusts them."""

    def __init__(self, folder: Path) -> None:
        """Makes a key pair in `folder`."""
        self.issuer = LocalIssuer(folder, issuer=ISSUER)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings `issuer`, `audience` and `jwks` of a service that trusts these tokens."""
        return {"issuer": self.issuer.issuer, "audience": self.issuer.audience, "jwks": str(self.issuer.jwks)}

    def __call__(self, *scopes: str, level: int = 4, subject: str = "tester", **claims: Any) -> str:
        """A token with these scopes and access level, good for an hour; `claims` overrides any claim."""
        return self.issuer.mint(subject, scopes, level=level, **claims)

    def bearer(self, *scopes: str, level: int = 4, subject: str = "tester", **claims: Any) -> dict[str, str]:
        """The same as a request header."""
        return {"Authorization": f"Bearer {self(*scopes, level=level, subject=subject, **claims)}"}


@asynccontextmanager
async def client_of(app: AsgiApp, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that app; errors of the app come out as they are, not as a 500. `options` go to httpx.AsyncClient."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, **options) as made:
        yield made


class Clients:
    """`await clients(app, headers=tokens.bearer("complaints:file"))`: clients that are closed at the end of the test."""

    def __init__(self, opened: AsyncExitStack) -> None:
        """`opened` closes them."""
        self._opened = opened

    async def __call__(self, app: AsgiApp, **options: Any) -> httpx.AsyncClient:
        """A client of that app, see `client_of`."""
        return await self._opened.enter_async_context(client_of(app, **options))
