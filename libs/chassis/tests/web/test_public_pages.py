"""Pages in the look of the company: what they may load, what their style keeps to, and settings that would show badly."""

from __future__ import annotations

import base64
import re
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from rapport_chassis.company import LARGEST_LOGO, LEAST_CONTRAST, CompanySettings, contrast
from rapport_chassis.web.public_pages import DARK, LIGHT, SHARED, PublicPages, sheet_for
from rapport_testing.pages import PublicPage
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
WORDS = {
    "en": {"who": "You write to whom you know.", "who_named": "You write to {company}.", "wrong": "Wrong"},
    "zh": {"who": "收件人。", "who_named": "收件人：{company}。", "wrong": "错误"},
}
WEILAI: dict[str, Any] = {
    "company_name": '未来<b>"商贸"',
    "company_name_en": "Weilai & Co",
    "company_logo": PNG,
    "company_url": "https://weilai.example/?a=1&b=2",
    "company_phone": "+86 (400) 123-4567",
    "company_email": "help@weilai.example",
    "company_privacy_url": "https://weilai.example/privacy",
}


def pages_of(**settings: Any) -> PublicPages:
    return PublicPages("rapport_chassis", "web/templates", CompanySettings(**settings), WORDS)


async def seen(answer: Response, *, languages: int = 2) -> PublicPage:
    """The page as it is served, behind headers that every answer has."""

    async def serve(request: Any) -> Response:
        answer.headers.update({"cache-control": "no-store", "referrer-policy": "no-referrer"})
        return answer

    transport = httpx.ASGITransport(app=Starlette(routes=[Route("/", serve)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://rapport.test") as client:
        return PublicPage(await client.get("/"), languages=languages)


async def test_a_company_that_has_said_nothing_of_itself_is_not_spoken_for() -> None:
    pages = pages_of()
    answer = pages.answer("page", "en", title="Hello")
    page = await seen(answer)
    assert (page.title, page.links, page.images, page.direction) == ("Hello", [], [], "ltr")
    assert "footer" not in page.tags
    assert "img-src" not in answer.headers["content-security-policy"]
    assert pages.who("en") == "You write to whom you know."


async def test_a_page_shows_the_company_and_how_to_reach_it() -> None:
    pages = pages_of(**WEILAI)
    answer = pages.answer("page", "en", 404, title="Gone")
    page = await seen(answer)
    assert (answer.status_code, page.title, page.images) == (404, "Gone – Weilai & Co", [PNG])
    assert page.links == [
        "https://weilai.example/?a=1&b=2",
        "tel:+864001234567",
        "mailto:help@weilai.example",
        "https://weilai.example/?a=1&b=2",
        "https://weilai.example/privacy",
    ]
    assert "b" not in (await seen(pages.answer("page", "zh", title="<b>"))).tags
    assert pages.who("zh") == '收件人：未来<b>"商贸"。'
    assert page.others == {"zh": "?lang=zh"}
    shown = await seen(pages.answer("page", "zh", title="x", elsewhere="/other"))
    assert shown.others == {"en": "/other?lang=en"}
    assert (await seen(pages.answer("page", "zh", title="x", offered=["zh"]), languages=1)).others == {}


async def test_a_page_with_a_script_or_a_changed_style_is_found() -> None:
    fine = bytes(pages_of().answer("page", "en", title="x").body).decode()
    for wrong in (
        fine.replace("</main>", "<script>1</script></main>"),
        fine.replace("<style>", "<style>p{}"),
        fine.replace("<h1>", "<p>").replace("</h1>", "</p>"),
        fine.replace('name="viewport"', 'name="other"'),
        fine.replace("<main>", '<main style="x">'),
        fine.replace("<main>", '<main><img src="https://x.example/a.png">'),
        fine.replace("<main>", '<main><label for="a">a</label>'),
        fine.replace("hreflang", "data-x"),
    ):
        assert wrong != fine
        answer = pages_of().answer("page", "en", title="x")
        answer.body = wrong.encode()
        answer.headers["content-length"] = str(len(answer.body))
        with pytest.raises((AssertionError, KeyError)):
            await seen(answer)


def test_the_shared_words_are_the_same_in_every_language() -> None:
    assert set(SHARED["en"]) == set(SHARED["zh"])


def test_all_text_of_a_page_can_be_read_by_day_and_by_night() -> None:
    made = CompanySettings()
    for colours, accent in ((LIGHT, made.company_colour), (DARK, made.company_colour_dark)):
        for name in ("text", "soft", "wrong"):
            assert contrast(colours[name], colours["paper"]) >= LEAST_CONTRAST, name
        assert contrast(colours["line"], colours["paper"]) >= 3  # borders of fields (WCAG 2.2, 1.4.11)
        assert contrast(accent, colours["paper"]) >= LEAST_CONTRAST


def test_the_style_loads_nothing_moves_nothing_and_knows_no_left_and_right() -> None:
    sheet = sheet_for(CompanySettings(company_colour="#00695C"))
    assert "--accent:#00695c;" in sheet
    assert "prefers-color-scheme:dark" in sheet
    for word in ("url(", "@import", "@font-face", "animation", "transition", "smooth", "left", "right", "<"):
        assert word not in sheet


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54), ("#ffffff", "#0000ff", 8.59)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def svg(text: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"company_colour": "#777777"}, "a contrast of 4.47:1, and needs 4.5:1: take a darker one"),
        ({"company_colour": "#fff"}, "#rrggbb"),
        ({"company_colour": "red;}body{display:none"}, "#rrggbb"),
        ({"company_colour": ""}, "#rrggbb"),
        ({"company_colour_dark": "#333333"}, "take a lighter one"),
        ({"company_name": "x", "company_logo": "https://x.example/logo.png"}, "data URI"),
        ({"company_name": "x", "company_logo": "data:image/gif;base64,R0lGOA=="}, "data URI"),
        ({"company_name": "x", "company_logo": "data:image/png;base64,R0lGOA=="}, "is not image/png inside"),
        ({"company_name": "x", "company_logo": "data:image/png;base64,R0lGO"}, "base64"),
        ({"company_name": "x", "company_logo": svg("<html/>")}, "is not image/svg+xml inside"),
        (
            {"company_name": "x", "company_logo": svg('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>')},
            "is not image/svg+xml inside",
        ),
        ({"company_name": "x", "company_logo": PNG + "A" * (LARGEST_LOGO // 3 * 4)}, "base64"),
        ({"company_name": "x", "company_logo": svg("<svg>" + "x" * LARGEST_LOGO)}, "at most 32768"),
        ({"company_logo": PNG}, "RAPPORT_COMPANY_NAME is missing"),
        ({"company_name_en": "x"}, "RAPPORT_COMPANY_NAME is missing"),
        ({"company_name": "a\nb"}, "pattern"),
        ({"company_name": "x" * 101}, "at most 100"),
        ({"company_url": "http://x.example"}, "https://"),
        ({"company_url": "javascript:alert(1)"}, "https://"),
        ({"company_url": "https://me:secret@x.example"}, "https://"),
        ({"company_privacy_url": "https://"}, "https://"),
        ({"company_phone": "call me"}, "pattern"),
        ({"company_email": "me@here?cc=you@there.example"}, "pattern"),
        ({"company_privacy_zh": "隐私"}, "are set together"),
    ],
)
def test_what_would_show_badly_keeps_the_process_from_starting(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)):
        CompanySettings(**settings)


def test_what_is_set_to_nothing_is_not_set() -> None:
    names = set(CompanySettings.model_fields) - {"company_colour", "company_colour_dark"}
    assert CompanySettings(**dict.fromkeys(names, "")) == CompanySettings()
