"""The whole product, once for all journeys of a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rapport_testing.product import Product, free_port
from rapport_testing.waiting import wait_for


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One for all journeys of this worker. It ends with them: a product that nobody asks takes a fifth of a processor."""
    made = Product(tmp_path_factory.mktemp("product") / "home", free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session", name="wait_for")
def waiting() -> Callable[..., Any]:
    """`wait_for(lambda: something)`: the first true value, see `rapport_testing.waiting`."""
    return wait_for
