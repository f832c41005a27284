"""The page of the service says which rules there are; what every page says is checked for all services."""

from __future__ import annotations

from pathlib import Path

from rapport_satisfaction.asking.domain.eligibility import RULES

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_rules_are_listed_in_their_order() -> None:
    lines = [line for line in README.splitlines() if line.startswith("|") and line.split("|")[1].strip().isdigit()]
    assert len(lines) == len(RULES)
    for line, rule in zip(lines, RULES, strict=True):
        _, _, reason, decision, sentence, *_ = (part.strip() for part in line.split("|"))
        assert (reason, decision) == (f"`{rule.reason}`", rule.decision)
        assert sentence.startswith(rule.sentence)
