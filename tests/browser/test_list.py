"""The list of complaints: names beside ids, filters of several values, queues with badges, order, pages."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .company import COMPLAINTS, CUSTOMERS, file
from .conftest import DESKTOP, PHONE, asks, go

ROWS = "table.complaints tbody tr"
SHOWN = "table.complaints [data-state]"


def states(page: Page) -> set[str]:
    return set(page.locator(SHOWN).evaluate_all("all => all.map((each) => each.dataset.state)"))


def listed(page: Page, query: str) -> None:
    """Go to the list with these filters, and wait until it shows what they ask for."""
    page.evaluate("query => { location.hash = `/complaints?${query}` }", query)
    shows(page, query)


def shows(page: Page, query: str) -> None:
    expect(page.locator(".results")).to_have_attribute("data-query", re.compile(query))


def numbers(page: Page) -> list[str]:
    return page.locator(f"{ROWS} th a").all_inner_texts()


def test_a_page_shows_names_and_takes_two_requests(desk, company):
    page = desk.sign_in()
    lists, names = asks(page, f"{COMPLAINTS}?"), asks(page, "/customers")
    listed(page, "state=investigating")
    expect(page.locator(".found")).to_have_text(re.compile(r"^2 found"))
    row = page.locator(f"{ROWS}[data-id='{company.complaints[6]['id']}']")
    expect(row.locator("td.assignee")).to_have_text("林晓")
    expect(row.locator("td.customer")).to_have_text("李*")
    assert [len([one for one in heard if one.request.method != "OPTIONS"]) for heard in (lists, names)] == [1, 1]


def test_several_values_of_a_filter_are_any_of_these(desk):
    page = desk.sign_in("agent-lin", "zh")
    page.get_by_role("checkbox", name="待受理").check()
    page.get_by_role("checkbox", name="调查中").check()
    page.get_by_role("button", name="应用").click()
    shows(page, "state=received&state=investigating")
    expect(page.locator(".filters summary .count")).to_have_text("2")
    assert states(page) == {"received", "investigating"}
    page.go_back()
    expect(page.locator(".filters summary .count")).to_have_count(0)


def test_what_is_not_in_a_vocabulary_is_refused_with_a_problem(desk):
    page = desk.sign_in()
    go(page, "/complaints?state=gone-fishing", "[role=alert]")
    expect(page.locator("[role=alert]")).to_have_attribute("data-code", "invalid-parameters")


def test_queues_have_badges_that_say_what_they_list(desk, product):
    page = desk.sign_in("agent-lin")
    links = page.get_by_role("navigation", name="Queues").get_by_role("link")
    expect(links).to_have_count(5)
    unassigned = links.filter(has_text="Unassigned")
    count = unassigned.locator(".count").inner_text()
    unassigned.click()
    shows(page, "queue=unassigned")
    expect(unassigned).to_have_attribute("aria-current", "page")
    expect(page.locator(".found")).to_have_text(re.compile(f"^{count} found"))
    assert set(page.locator(f"{ROWS} td.assignee").all_inner_texts()) == {"Nobody"}


def test_the_order_is_what_was_chosen(desk):
    page = desk.sign_in()
    newest = numbers(page)
    page.get_by_label("Sort by").select_option("severity")
    page.get_by_role("button", name="Apply").click()
    shows(page, "sort=severity")
    shown = [text for text in page.locator(f"{ROWS} td.severity").all_inner_texts() if text != "Not assessed"]
    assert shown == sorted(shown, key=["Critical", "High", "Medium", "Low"].index)
    assert numbers(page) != newest


def test_pages_neither_repeat_nor_skip(desk, product, company):
    with product.client() as client:
        for _ in range(22):
            file(client, company.customers["han"], CUSTOMERS["han"], "card", "forum", "年费问题。", None)
    page = desk.sign_in()
    listed(page, "channel=forum")
    first = numbers(page)
    page.get_by_role("link", name="Next page").click()
    shows(page, "channel=forum&after=")
    expect(page.locator(ROWS)).to_have_count(2)
    assert len({*first, *numbers(page)}) == 22
    page.get_by_role("link", name="First page").click()
    expect(page.locator(ROWS)).to_have_count(20)
    assert numbers(page) == first


def test_a_complaint_is_found_by_its_number(desk, company):
    page = desk.sign_in()
    page.get_by_label("Find by number").fill(company.complaints[4]["number"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(company.complaints[4]["number"])


def test_a_phone_shows_cards_and_keeps_the_roles_of_a_table(desk):
    page = desk.sign_in(size=PHONE)
    expect(page.locator("details.filters")).not_to_have_attribute("open", "")
    expect(page.get_by_role("table")).to_be_visible()
    assert page.get_by_role("row").count() == page.locator(ROWS).count()
    page.set_viewport_size(dict(zip(("width", "height"), DESKTOP, strict=True)))
    expect(page.get_by_role("columnheader").first).to_be_visible()


def test_under_a_name_that_is_not_allowed_nothing_can_be_read(desk):
    """The same page on the same machine: what makes it work elsewhere is that Rapport allows the origin."""
    page = desk.open(url=desk.url.replace("127.0.0.1", "desk.localhost"))
    page.locator("#token").fill(desk.token("agent-lin"))
    page.locator("form.sign-in button").click()
    expect(page.locator("[role=alert]")).to_have_attribute("data-code", "unreachable")
    assert any("Access-Control-Allow-Origin" in error for error in desk.errors)
    desk.errors.clear()
