"""Numbers and e-mail addresses inside words: none is left, whatever it is written like, and in proportion to the text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport_chassis.security.inside_words import HIDDEN, mask_inside

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "〇壹贰叁肆伍陆柒捌玖")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ring 138 1234 5678 now", "ring *** now"),
        ("(010) 8888-7777", "(***"),
        ("+86 138.1234.5678!", "+***!"),
        ("１３８１２３４５６７８打我", "***打我"),
        ("电话一三八-一二三四-五六七八。", "电话***。"),
        ("身份证11010519491231002X，谢谢", "身份证***，谢谢"),
        ("card 6222 0212 3456 7890 123", "card ***"),
        ("138\u200b1234\u200b5678", HIDDEN),
        ("①③⑧①②③④⑤⑥⑦⑧", HIDDEN),
        ("born 1985-03-12", "born ***"),
        ("on 2026-03-01 10:30 it broke", "on 2026-03-01 10:30 it broke"),
        ("2026年3月1日13812345678", "2026年3月1日***"),
        ("2021-10-12345678", HIDDEN),
        ("about C2026-000042", "about C2026-000042"),
        ("投诉C2026-000042", "投诉C2026-000042"),
        ("paid 1,234.00 for 2 on 3 May", "paid 1,234.00 for 2 on 3 May"),
        ("zhang.san+a@qq.com是我", "***是我"),
        ("我的邮箱是zhang@qq.com", "我的邮箱是***"),
        ("zhang @ qq.com", HIDDEN),
        ("ｚｈａｎｇ＠ｑｑ．ｃｏｍ", HIDDEN),
        ("用户@例子.广告", HIDDEN),
        ("root@localhost", HIDDEN),
        ("@客服 please", "@客服 please"),
        ("meet @ 5pm", "meet @ 5pm"),
        ("", ""),
    ],
)
def test_what_is_left_of_words(text: str, left: str) -> None:
    assert mask_inside(text) == left


DIGITS = st.text("0123456789", min_size=7, max_size=19)
GAPS = st.sampled_from(["", " ", "-", ".", "/", " - ", ") ", "(", ", ", "\n", "\u200b", "_", "·", "—", "\ufe0f\u20e3"])
SCRIPTS = st.sampled_from([{}, FULL_WIDTH, CHINESE, FORMAL, ARABIC])
NUMERALS = "〇零一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖"
PROSE = st.text(st.characters(categories=["L"], exclude_characters=NUMERALS))


@given(DIGITS, st.lists(GAPS, min_size=19, max_size=19), SCRIPTS, PROSE, PROSE)
def test_no_digit_of_a_number_is_left(
    digits: str, gaps: list[str], script: dict[int, str], before: str, behind: str
) -> None:
    written = "".join(f"{gap}{digit}" for gap, digit in zip(["", *gaps], digits.translate(script), strict=False))
    if re.search(r"20[2-9]\d[-/.]\d{1,2}[-/.]\d{1,2}", written):
        return  # a day that is kept
    left = mask_inside(f"{before} {written} {behind}")
    assert not set(digits.translate(script)) & set(left)
    assert left.count(HIDDEN) == 1


@given(st.text(max_size=200))
def test_masked_twice_is_masked_once_and_short_numbers_stay(text: str) -> None:
    once = mask_inside(text)
    assert mask_inside(once) == once
    if sum(map(str.isdigit, text)) == 0 and "@" not in text and once != text:
        assert re.search(f"[{NUMERALS}＠﹫]", text)


@given(st.emails())
def test_no_address_is_left(address: str) -> None:
    local, domain = address.rsplit("@", 1)
    left = mask_inside(f"write to {address} please")
    assert f"@{domain}" not in left and (len(local) < 3 or local[-3:] + "@" not in left)


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "@", "a@", "a", ".a", "1 2 3 4 5 6 x", "2026-0", "1      ", "a.b@c", "＠a", "a \t@", "1-------"]
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def spent(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        mask_inside(text)
        return time.process_time() - began

    small, large = min(spent(20_000) for _ in range(3)), spent(320_000)
    assert large < 0.05 + 60 * small, "sixteen times the text: some sixteen times as long, and by far not 256 times"
