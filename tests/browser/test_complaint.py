"""A complaint: a button for each operation that is allowed and no other, problems at their fields, the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .company import COMPLAINTS, CUSTOMERS, file, ok
from .conftest import go


@pytest.fixture
def filed(product, company):
    with product.client() as client:
        return file(client, company.customers["li"], CUSTOMERS["li"], "card", "phone", "重复扣款。", "退款。")


def buttons(page: Page) -> list[str]:
    return page.locator("[data-action]").evaluate_all("all => all.map((each) => each.dataset.action)")


def do(page: Page, action: str, **fields: str) -> None:
    """Fill in the dialog of an action and send it."""
    page.locator(f"[data-action={action}]").click()
    for name, value in fields.items():
        control = page.locator(f"dialog #field-{name}")
        if control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(value)
        elif control.evaluate("each => each.tagName") == "FIELDSET":
            control.locator(f"input[value='{value}']").check()
        else:
            control.fill(value)
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)


def test_buttons_are_what_is_allowed_after_each_action(desk, product, filed):
    page = desk.sign_in("agent-lin")
    go(page, f"/complaints/{filed['id']}", "[data-action]")

    def allowed() -> list[str]:
        own = {"Authorization": f"Bearer {desk.token('agent-lin')}"}
        with product.client() as client:
            return ok(client.get(f"{COMPLAINTS}/{filed['id']}", headers=own))["allowed"]

    assert buttons(page) == allowed()
    assert "close" not in buttons(page)
    for action, fields, state in (
        ("acknowledge", {"method": "phone", "note": "已告知。"}, "Acknowledged"),
        ("assess", {"severity": "high"}, "Assessed"),
        ("claim", {}, "Assigned"),
        ("start-investigation", {}, "Under investigation"),
        ("record-step", {"method": "record_review", "note": "两笔入账相隔一秒。"}, "Under investigation"),
        ("set-root-cause", {"cause": "system", "latent_risk": "true"}, "Root cause identified"),
    ):
        do(page, action, **fields)
        expect(page.locator("header.title .badge").first).to_have_text(state)
        expect(page.locator(".timeline li").first).to_have_attribute("data-move", action)
        assert buttons(page) == allowed()
    expect(page.locator(".timeline li").first).to_contain_text("林晓")
    assert "claim" not in buttons(page)


def test_whoever_may_do_nothing_sees_no_button_and_no_words(desk, filed):
    page = desk.sign_in("agent-wu")
    go(page, f"/complaints/{filed['id']}", "text=Not shown at your level.")
    handlers = {"acknowledge", "assess", "propose", "close"}
    assert not handlers & set(buttons(page))
    expect(page.get_by_text("重复扣款。")).to_have_count(0)
    expect(page.get_by_text("13910010782")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_problems_stand_at_their_fields_in_the_language_of_the_page(desk, filed, language):
    page = desk.sign_in("agent-lin", language)
    go(page, f"/complaints/{filed['id']}", "[data-action]")
    page.locator("[data-action=acknowledge]").click()
    page.locator("dialog button[type=submit]").click()
    summary = page.locator("dialog [role=alert]")
    expect(summary).to_have_attribute("data-code", "invalid-body")
    expect(summary).to_be_focused()
    method = page.locator("#field-method")
    expect(method).to_have_attribute("aria-invalid", "true")
    missing = {"en": "This field is needed.", "zh": "该字段必填。"}[language]
    expect(page.locator("#field-method-error")).to_have_text(missing)
    expect(method).to_have_accessible_description(missing)
    summary.get_by_role("link").click()
    expect(method).to_be_focused()
    method.select_option("phone")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".said")).to_contain_text({"en": "Done: Acknowledge", "zh": "已完成：受理告知"}[language])


def test_a_refusal_without_a_field_says_its_title_and_reference(desk):
    page = desk.sign_in("agent-lin")
    go(page, "/complaints/C2026-999999", "[role=alert]")
    alert = page.locator("main [role=alert]")
    expect(alert).to_have_attribute("data-code", "not-found")
    expect(alert).to_contain_text("Reference for support")


def test_the_keyboard_is_enough(desk, filed):
    page = desk.sign_in("agent-lin")
    go(page, f"/complaints/{filed['id']}", "[data-action]")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    until_focused(page, "[data-action=acknowledge]")
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("[data-action=acknowledge]")).to_be_focused()
    page.keyboard.press("Enter")
    until_focused(page, "#field-method")
    page.keyboard.type("Ph")
    until_focused(page, "dialog button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("header.title .badge").first).to_have_text("Acknowledged")


def until_focused(page: Page, selector: str) -> None:
    """Tab to it."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")
