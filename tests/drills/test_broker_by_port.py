"""`make run`, and its broker is stopped: nobody listens on its port. The same by name: tests/stack/test_broker_by_name.py.

Once, for as long as it takes until every consumer has thrown away its client (more than a minute). With ROUNDS=20 as often
as that, for 30, 60 and 120 seconds by turns: `make drill`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from rapport_cli.services import SERVICES
from rapport_testing.outages import BrokerSwitch, keep, outage, planned
from rapport_testing.product import Product, free_port
from rapport_testing.topics import Reach

FIGURES = Path(__file__).parents[2] / "build" / "drill"


@dataclass
class ByPort:
    """A running product, and the switch of its broker."""

    product: Product
    switch: BrokerSwitch
    way: str = "by port"
    services: int = len(SERVICES)

    @property
    def kafka(self) -> Reach:
        return self.product.kafka

    def client(self) -> httpx.Client:
        return self.product.client()

    def stop_broker(self) -> None:
        self.switch.off(self.product)

    def start_broker(self) -> None:
        self.switch.on()

    def ask(self, path: str) -> Mapping[str, str]:
        with httpx.Client(base_url=self.product.management, timeout=30) as client:
            return {service: client.get(f"/{service}/{path}").text for service in SERVICES}

    def log(self) -> Mapping[str, str]:
        return {"rapport up": (self.product.home / "rapport.log").read_text()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByPort]:
    folder = tmp_path_factory.mktemp("drill")
    switch = BrokerSwitch(folder)
    product = Product(folder / "home", free_port(), more=switch.environment)
    product.start()
    yield ByPort(product, switch)
    product.stop()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("number", "seconds"), planned())
def test_the_broker_is_stopped_and_comes_back(site: ByPort, number: int, seconds: float | None) -> None:
    found = outage(site, f"port-{number}", seconds)
    keep(found, FIGURES)
    assert found.faults() == []
