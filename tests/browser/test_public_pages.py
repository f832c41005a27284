"""What customers see without an account: no rule of axe-core is broken, in no language, on no phone, light or dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from .accessibility import in_every_look
from .company import ok, surveyed
from .conftest import LOCALES

WINDOWS = {320: 700, 360: 780, 1280: 860}


@pytest.fixture(scope="module")
def links(product) -> dict[str, str]:
    """A form and a survey for each language, that nobody has used."""
    with product.client() as client:
        survey = [surveyed(client, str(number)) for number in range(len(LOCALES))]
        form = [ok(client.post("/complaints/v1/intake-links", json={"category": "card"}))["link"] for _ in LOCALES]
        made = {f"form-{language}": link for language, link in zip(LOCALES, form, strict=True)}
        return made | {f"survey-{language}": link() for language, link in zip(LOCALES, survey, strict=True)}


@pytest.fixture
def page(browser, request) -> Iterator[Page]:
    context = browser.new_context(locale=LOCALES[request.getfixturevalue("language")])
    yield context.new_page()
    context.close()


def send_unchecked(page: Page) -> None:
    """As a browser does that does not know `required`."""
    page.evaluate("document.querySelector('form').noValidate = true")
    page.locator("form button").click()


@pytest.mark.parametrize("language", LOCALES)
def test_the_complaint_form_until_it_is_dead(page, links, axe, language, tmp_path):
    found = {}

    def look(name: str) -> None:
        found[name] = in_every_look(page, axe, WINDOWS)
        page.set_viewport_size({"width": 360, "height": 780})
        page.screenshot(path=tmp_path / f"{name}-{language}.png", full_page=True)

    page.goto(links[f"form-{language}"])
    look("form")
    send_unchecked(page)
    page.locator("[role=alert]").wait_for()
    look("form-with-errors")
    page.locator("textarea").first.fill("It never came.")
    page.locator("[name=phone]").fill("13812345678")
    page.locator("form button").click()
    page.locator("form").wait_for(state="detached")
    look("received")
    page.locator("main a[href*='/s/']").first.click()
    look("status")
    page.goto(links[f"form-{language}"])
    look("form-used")
    page.goto(links[f"form-{language}"][:-4] + "AAAA")
    look("form-unknown")
    assert {name: broken for name, broken in found.items() if broken} == {}


@pytest.mark.parametrize("language", LOCALES)
def test_the_survey_until_it_is_dead(page, links, axe, language, tmp_path):
    found = {}

    def look(name: str) -> None:
        found[name] = in_every_look(page, axe, WINDOWS)
        page.set_viewport_size({"width": 360, "height": 780})
        page.screenshot(path=tmp_path / f"{name}-{language}.png", full_page=True)

    page.goto(links[f"survey-{language}"])
    look("survey")
    send_unchecked(page)
    page.locator("[role=alert]").wait_for()
    look("survey-with-errors")
    page.locator("input[type=radio]").first.check()
    page.locator("form button").click()
    page.locator("form").wait_for(state="detached")
    look("thanks")
    page.goto(links[f"survey-{language}"])
    look("survey-used")
    assert {name: broken for name, broken in found.items() if broken} == {}
