"""A customer's page: the profile as far as the level sees, their complaints, and everything that happened to them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .company import CUSTOMERS, file
from .conftest import go

PHONE_NUMBER = "13910010782"
SEEN = {
    "agent-chen": ("李雷", "+8613910010782", "1988-05-14", 0),
    "agent-lin": ("李*", "+86139****0782", "1988-**-**", 3),
    "agent-wu": ("***", "***", "", 9),
}


@pytest.mark.parametrize(("person", "seen"), SEEN.items(), ids=list(SEEN))
def test_personal_data_is_shown_as_far_as_the_level_sees(desk, company, person, seen):
    name, phone, born, masked = seen
    page = desk.sign_in(person)
    go(page, f"/customers/{company.customers['li']}", ".timeline li")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    profile = page.locator("aside")
    expect(profile).to_contain_text(phone)
    expect(profile).to_contain_text(born)
    expect(profile.locator(".masked")).to_have_count(masked)
    if masked:
        expect(profile).to_contain_text("some values are masked")
        assert PHONE_NUMBER not in page.content()
        assert "李雷" not in page.content()


@pytest.mark.parametrize(("language", "said"), [("en", "Complaint assessed"), ("zh", "投诉定级")])
def test_the_timeline_says_what_happened_in_words(desk, company, language, said):
    page = desk.sign_in("agent-lin", language)
    go(page, f"/customers/{company.customers['li']}", ".timeline li")
    entry = page.locator("[data-type='complaint.assessed.v1']").first
    expect(entry).to_contain_text(said)
    expect(entry).to_contain_text({"en": "High", "zh": "高"}[language])
    shown = page.locator(".timeline").inner_text()
    assert not re.search(r"\.v1|_|undefined|\[object", shown)
    before = page.locator(".timeline li").count()
    page.get_by_role("button", name={"en": "Older", "zh": "更早"}[language]).click()
    expect(page.locator(".timeline li").nth(before)).to_be_visible()


def test_their_complaints_lead_to_them_and_new_ones_appear(desk, product, company):
    page = desk.sign_in("agent-lin")
    go(page, f"/customers/{company.customers['smith']}", ".rows li")
    with product.client() as client:
        made = file(client, company.customers["smith"], CUSTOMERS["smith"], "card", "chat", "Once more.", None)
    expect(page.locator(f".rows [data-id='{made['id']}']")).to_be_visible()
    page.get_by_role("link", name=made["number"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(made["number"])


def test_a_customer_that_is_not_there_is_a_problem(desk):
    page = desk.sign_in("agent-lin")
    go(page, "/customers/01a22f60-9616-7020-9abc-7fefbdfdaf25", "main [role=alert]")
    expect(page.locator("main [role=alert]").first).to_have_attribute("data-code", "not-found")
