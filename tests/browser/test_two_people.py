"""Two people and one complaint: who is slower learns who was faster and decides; what one does the other sees at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .accessibility import in_every_look
from .company import CUSTOMERS, act, file
from .conftest import DESKTOP, PHONE, go


@pytest.fixture
def filed(product, company):
    with product.client() as client:
        made = file(client, company.customers["han"], CUSTOMERS["han"], "card", "phone", "年费问题。", None)
        act(client, made, "acknowledge", method="phone")
        act(client, made, "assess", severity="medium")
        return made


def opened(desk, person: str, filed: dict[str, object], language: str = "en") -> Page:
    page = desk.sign_in(person, language)
    go(page, f"/complaints/{filed['id']}", "[data-action]")
    return page


def test_the_slower_one_sees_who_was_faster_and_sends_all_the_same(desk, filed, axe):
    slow, fast = opened(desk, "agent-lin", filed), opened(desk, "agent-chen", filed)
    slow.locator("[data-action=escalate]").click()
    slow.locator("#field-reason").fill("angry-customer")
    slow.locator("#field-to-kind").select_option("role")
    slow.locator("#field-to-code").fill("complaints-manager")
    slow.locator("#field-note").fill("请主管致电。")
    fast.locator("[data-action=claim]").click()
    fast.locator("dialog button[type=submit]").click()
    expect(fast.locator("dialog")).to_have_count(0)

    slow.locator("dialog button[type=submit]").click()
    alert = slow.locator("dialog [role=alert]")
    expect(alert).to_have_attribute("data-code", "version-conflict")
    expect(alert).to_contain_text("陈立: “Claim”")
    expect(alert).to_contain_text("now “Assigned”; you saw “Assessed”")
    expect(alert).to_be_focused()
    expect(slow.locator("#field-note")).to_have_value("请主管致电。")
    assert in_every_look(slow, axe, dict([PHONE, DESKTOP])) == []
    slow.get_by_role("button", name="Send mine now").click()
    expect(slow.locator("dialog")).to_have_count(0)
    expect(slow.locator(".timeline li").first).to_have_attribute("data-move", "escalate")
    expect(slow.locator(".timeline li").nth(1)).to_have_attribute("data-move", "claim")


def test_what_is_not_possible_any_more_cannot_be_sent(desk, filed):
    slow, fast = opened(desk, "agent-lin", filed, "zh"), opened(desk, "agent-chen", filed, "zh")
    for page in (slow, fast):
        page.locator("[data-action=claim]").click()
    fast.locator("dialog button[type=submit]").click()
    expect(fast.locator("dialog")).to_have_count(0)
    slow.locator("dialog button[type=submit]").click()
    alert = slow.locator("dialog [role=alert]")
    expect(alert).to_contain_text("“认领”已不可进行")
    expect(slow.locator("dialog button[type=submit]")).to_have_count(0)
    slow.get_by_role("button", name="放弃填写，查看当前状态").click()
    expect(slow.locator("header.title .badge").first).to_have_text("已派单")
    expect(slow.locator("[data-action=claim]")).to_have_count(0)


def test_the_complaint_shows_what_another_did_without_a_reload(desk, product, filed):
    page = opened(desk, "agent-lin", filed)
    page.evaluate("window.sameDocument = true")
    with product.client() as client:
        act(client, filed, "assign", assignee="agent-chen")
    expect(page.locator("header.title .badge").first).to_have_text("Assigned")
    expect(page.locator(".timeline li").first).to_have_attribute("data-move", "assign")
    expect(page.locator("[data-action=start-investigation]")).to_be_visible()
    assert page.evaluate("window.sameDocument")


def test_the_list_and_its_badges_show_what_came_in_without_a_reload(desk, product, company):
    page = desk.sign_in("agent-lin")
    page.evaluate("window.sameDocument = true")
    badge = page.get_by_role("navigation", name="Queues").get_by_role("link").filter(has_text="Unassigned").locator(".count")
    before = int(badge.inner_text())
    with product.client() as client:
        made = file(client, company.customers["smith"], CUSTOMERS["smith"], "loan", "email", "Wrong interest.", None)
    expect(page.locator(f"tr[data-id='{made['id']}']")).to_be_visible()
    expect(badge).to_have_text(str(before + 1))
    assert page.evaluate("window.sameDocument")
