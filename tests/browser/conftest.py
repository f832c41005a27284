"""The front end in a browser, from an origin of its own, against the whole product: one of each for all tests here."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright
from rapport_testing.node import cannot_test, need_node, npm
from rapport_testing.product import Product, free_port

from .company import Company, found
from .serve import server

HERE = Path(__file__).parent
WHAT = "the reference front end in a browser"
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
PHONE, DESKTOP = (360, 780), (1280, 860)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
PEOPLE = {"agent-lin": 3, "agent-chen": 4, "agent-wu": 1}
"""Who works here, and the level at which they see personal data."""
SECONDS = 10.0


def chromium() -> str:
    """Where the system's Chromium is. Without it the tests are skipped, as the end of the run says; CI=true: they fail."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        cannot_test(f"{WHAT}: there is no Chromium on this machine")
    return path


@pytest.fixture(scope="package")
def node_modules() -> Path:
    """What package-lock.json names; `make setup` has installed it and built the client."""
    need_node(WHAT, HERE)
    return HERE / "node_modules"


@pytest.fixture(scope="package")
def browser(node_modules: Path) -> Iterator[Browser]:
    """Chromium as the system has it. It ends with these tests: while it is there, no other event loop can run."""
    path = chromium()
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield made
        made.close()


@pytest.fixture(scope="package")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, once there is a browser to look at it."""
    made = Product(tmp_path_factory.mktemp("product") / "home", free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="package")
def company(product: Product) -> Company:
    """Customers, staff and complaints. What a test changes it makes itself."""
    return found(product)


@dataclass
class Desk:
    """The front end, and the people who open it."""

    url: str
    product: Product
    browser: Browser
    tokens: dict[str, str] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def token(self, person: str) -> str:
        """An access token of theirs."""
        if person not in self.tokens:
            made = self.product.run("token", "--subject", person, "--level", str(PEOPLE[person]))
            self.tokens[person] = made.stdout.strip()
        return self.tokens[person]

    def open(self, language: str = "en", size: tuple[int, int] = DESKTOP, url: str = "") -> Page:
        """The page as it comes, before anybody signs in."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale=LOCALES[language], timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(SECONDS * 1000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if troubling(said) else None)
        page.goto(url or self.url)
        expect(page.locator("#token")).to_be_visible()
        return page

    def sign_in(self, person: str = "agent-lin", language: str = "en", size: tuple[int, int] = DESKTOP) -> Page:
        """The list, as this person sees it; live updates are heard already."""
        page = self.open(language, size)
        page.locator("#token").fill(self.token(person))
        page.locator("form.sign-in button").click()
        expect(page.locator(".live.on")).to_be_attached()
        expect(page.locator("table.complaints tbody tr").first).to_be_visible()
        return page

    def close(self) -> None:
        """At the end of a test: no page of it may have made a mistake."""
        for context in self.contexts:
            context.close()
        errors = list(self.errors)
        self.contexts.clear()
        self.errors.clear()
        assert errors == []


def troubling(said: ConsoleMessage) -> bool:
    """Whether the browser complains of the page: that an API refused something is what some tests are about."""
    return said.type == "error" and "Failed to load resource" not in said.text


@contextmanager
def served(folder: Path, rapport: str) -> Iterator[str]:
    """The address of the files of a folder, while the block runs."""
    with server(folder, rapport) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()
        thread.join()


@pytest.fixture(scope="package")
def desks(browser: Browser, product: Product, company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Built once, and served from an origin that is not the product's."""
    folder = tmp_path_factory.mktemp("desk")
    built = npm(HERE, "build", env={**os.environ, "INTO": str(folder)})
    assert built.returncode == 0, built.stdout + built.stderr
    with served(folder, product.url) as url:
        yield Desk(url, product, browser)


@pytest.fixture
def desk(desks: Desk) -> Iterator[Desk]:
    """The front end. The pages that a test opens are closed with it."""
    yield desks
    desks.close()


@pytest.fixture(scope="package")
def axe(node_modules: Path) -> str:
    """The source of axe-core."""
    return (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def go(page: Page, place: str, shows: str) -> None:
    """Go to a view of the front end, and wait until it shows that."""
    page.evaluate("place => { location.hash = place }", place)
    expect(page.locator(shows).first).to_be_visible()


def asks(page: Page, path: str) -> list[Response]:
    """The answers to what this page asks of that path from now on."""
    heard: list[Response] = []
    page.on("response", lambda answer: heard.append(answer) if path in answer.url else None)
    return heard
