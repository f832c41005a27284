"""Routes for people without an account: their language, what their form sends, whether they want a page."""

from __future__ import annotations

import pytest
from rapport_chassis.web.pages import chosen_language, is_form, language_for, read_form, wants_page
from rapport_kernel.errors import Invalid


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, "en"),
        ("", "en"),
        ("fr, de", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.5", "zh"),
        ("en;q=0.1, zh;q=0.8", "zh"),
        ("EN, zh", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=nan, en", "en"),
        ("zh;q=, en;q=2", "zh"),
        (",;q=1,;;;" * 1000, "en"),
    ],
)
def test_the_language_that_is_liked_best_of_those_offered(accepted: str | None, chosen: str) -> None:
    assert language_for(accepted, ("en", "zh")) == chosen


@pytest.mark.parametrize(("asked", "chosen"), [("zh", "zh"), ("en", "en"), ("xx", "zh"), ("", "zh"), (None, "zh")])
def test_the_language_that_is_asked_for_comes_before_what_the_browser_likes(asked: str | None, chosen: str) -> None:
    assert chosen_language(asked, "zh", ("en", "zh")) == chosen
    assert chosen_language(asked, "zh", ("en",)) == "en"


def test_a_form_is_read_with_its_empty_fields() -> None:
    assert read_form(b"name=%E5%BC%A0&phone=&note=a+b%0D%0Ac") == {"name": "张", "phone": "", "note": "a b\r\nc"}
    assert read_form(b"") == {}


@pytest.mark.parametrize(
    "body", [b"a=%ff", "a=张".encode(), b"a=1&a=2", b"a=%00", b"a%00=1", b"&".join(b"f%d=1" % n for n in range(51))]
)
def test_what_no_form_sends_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_form(body)
    assert refused.value.code == "invalid-body"


def test_who_sends_a_form_and_who_wants_a_page() -> None:
    assert is_form("application/x-www-form-urlencoded; charset=utf-8")
    assert not is_form("application/json")
    assert not is_form(None)
    assert wants_page(None)
    assert wants_page("text/html,*/*")
    assert not wants_page("application/json")
    assert not wants_page("application/problem+json")
