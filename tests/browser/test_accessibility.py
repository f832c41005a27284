"""axe-core finds nothing on any view of the front end: both languages, phone and desktop, light and dark.

Pictures of each are in the tmp path of the test.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .accessibility import in_every_look, violations
from .company import CUSTOMERS, act, file
from .conftest import DESKTOP, PHONE, go

WINDOWS = dict([PHONE, DESKTOP])


@pytest.fixture
def filed(product, company):
    with product.client() as client:
        made = file(
            client, company.customers["li"], CUSTOMERS["li"], "card", "phone", "同一笔刷卡消费被扣了两次款。", "请尽快退款。"
        )
        act(client, made, "acknowledge", method="phone", note="已电话告知客户。")
        return act(client, made, "assess", severity="critical")


def show(page: Page, view: str, filed: dict[str, str]) -> None:
    """Bring the page to that view."""
    if view == "list":
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        go(page, "/complaints?open=true&severity=high&severity=critical", "table.complaints tbody tr")
    elif view == "complaint":
        go(page, f"/complaints/{filed['id']}", "[data-action]")
    elif view == "errors":
        page.locator("[data-action=escalate]").click()
        page.locator("dialog button[type=submit]").click()
        expect(page.locator("dialog .error").first).to_be_visible()
    elif view == "customer":
        page.keyboard.press("Escape")
        go(page, f"/customers/{filed['customer_id']}", ".timeline li")
    elif view == "not-found":
        go(page, "/complaints/C2026-999999", "main [role=alert]")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_view_is_accessible_and_fits(desk, filed, axe, language, tmp_path):
    page = desk.open(language)
    found = {"sign-in": in_every_look(page, axe, WINDOWS)}
    page = desk.sign_in("agent-lin", language)
    for view in ("list", "complaint", "errors", "customer", "not-found"):
        show(page, view, filed)
        found[view] = in_every_look(page, axe, WINDOWS)
        for name, (width, height) in (("phone", PHONE), ("desktop", DESKTOP)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=tmp_path / f"{view}-{name}-{language}.png", full_page=view != "errors")
    assert {view: broken for view, broken in found.items() if broken} == {}


def test_what_is_not_accessible_is_found(desk, axe):
    page = desk.open()
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><p>wide</p>')")
    page.evaluate("document.querySelector('main p:last-child').style.inlineSize = '2000px'")
    first, last = violations(page, axe)
    assert first.startswith("image-alt: img")
    assert last.startswith("scrolls sideways by")
