"""The whole product, once for all journeys of a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rapport_testing.product import Product, free_port


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all journeys of this worker. It ends with them: a product that nobody asks takes a fifth of a processor."""
    made = Product(tmp_path_factory.mktemp("product") / "home", free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """`wait_for(lambda: something)`: the first true value; fails after 30 seconds. What is dear is asked less often."""

    def wait(ask: Callable[[], Any], within: float = 30.0, every: float = 0.05) -> Any:
        deadline = time.monotonic() + within
        while not (found := ask()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(every)
        return found

    return wait
