"""Services put together with settings: what is missing or wrong is said in a line, without its value."""

from __future__ import annotations

import pytest
from rapport_cli.problems import USAGE, CommandError
from rapport_cli.services import build

NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1/none", "kafka": "127.0.0.1:1"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"company_colour": "#c0ffee"},
            "RAPPORT_COMPANY_COLOUR: text in this colour has a contrast of 1.11:1, and needs 4.5:1",
        ),
        ({"company_name_en": "c0ffee"}, "wrong: RAPPORT_COMPANY_NAME is missing"),
        ({"zone": "c0ffee"}, "RAPPORT_ZONE: is no IANA name of a time zone"),
        ({"pool_size": 0, "company_url": "http://c0ffee"}, "RAPPORT_POOL_SIZE: "),
    ],
)
def test_a_wrong_setting_ends_the_command_with_a_line_that_says_which(settings: dict[str, object], says: str) -> None:
    with pytest.raises(CommandError) as refused:
        build("complaints", **{**NOWHERE, **settings})
    assert says in str(refused.value)
    assert "c0ffee" not in str(refused.value)
    assert refused.value.exit_code == USAGE
