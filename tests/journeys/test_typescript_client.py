"""The TypeScript client of contracts/typescript does against the whole product what its own tests say."""

from __future__ import annotations

import pytest
from rapport_chassis.security.issuer import LocalIssuer
from rapport_testing.node import CLIENT, need_node, npm


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    need_node("the TypeScript client")


def test_the_typescript_client_works(product) -> None:
    token = product.run("token").stdout.strip()
    expired = LocalIssuer(product.home / "issuer").mint("late", [], minutes=-1)
    told = {
        "RAPPORT_URL": product.url,
        "RAPPORT": str(product.rapport),
        "RAPPORT_TOKEN": token,
        "RAPPORT_EXPIRED_TOKEN": expired,
    }
    done = npm(CLIENT, "test", env={**product.environment, **told})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
