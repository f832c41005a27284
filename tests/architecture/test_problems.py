"""The register of problems and the code agree: what is raised has texts, what has texts or is documented can be raised.

That an operation documents what it answers with is seen by every test that meets a problem: `rapport_testing.problem_guard`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic_core import _pydantic_core
from rapport_chassis.problems import register
from rapport_chassis.web.codes import codes_of
from rapport_cli.services import described
from rapport_contracts.satisfaction.vocabulary import RejectionReason
from rapport_profiles.identifiers.domain import Problem
from rapport_satisfaction.asking.domain.eligibility import _CHECKED_BEFORE_SENDING
from rapport_testing.guards import ROOT

FIRST = {
    *("Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "Unavailable", "RapportError"),
    *("TooMany", "BadRequest", "UnsupportedMedia", "TooSlow", "DuplicateRefused", "WrongValue", "Unusable"),
}
SECOND = {"FieldError", "_Found", "_unclean"}
"""Where the code of an error stands among what it is made of."""
CONSTANTS = {"code", "OPEN_COMPLAINT", "OPEN_EMERGENCY", "CONSENT_WITHDRAWN", "CONFLICT"}
"""Names that hold a code: of a class of errors, of a reason that becomes one."""
OF_PYDANTIC = {
    *("bad-time", "missing-field", "unknown-field", "unknown-type", "bad-code", "empty-field"),
    *("not-an-object", "bad-value"),
}
"""Reasons of pushed events, made of what pydantic says by a table."""


def raised(source: str) -> Iterator[str]:
    """The codes that a module names where it makes an error, or as the code of a class of errors."""
    for node in ast.walk(ast.parse(source)):
        given: ast.expr | None = None
        if isinstance(node, ast.Call):
            given = _code_of(node)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in CONSTANTS:
            given = node.value
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


def _code_of(call: ast.Call) -> ast.expr | None:
    at = isinstance(call.func, ast.Attribute) and call.func.attr == "at"
    name = ast.unparse(call.func.value if isinstance(call.func, ast.Attribute) and at else call.func)
    place = 1 if at or name in SECOND else 0
    return call.args[place] if name in FIRST | SECOND and len(call.args) > place else None


def _sources() -> Iterator[Path]:
    folders = [
        *(ROOT / "services").glob("*/rapport_*"),
        *(ROOT / "libs").glob("*/rapport_*"),
        ROOT / "contracts/rapport_contracts",
    ]
    for folder in folders:
        if folder.name != "rapport_testing":
            yield from folder.rglob("*.py")


@cache
def all_raised() -> frozenset[str]:
    found = {code for path in _sources() for code in raised(path.read_text())}
    kinds = {one["type"].replace("_", "-") for one in _pydantic_core.list_all_errors()}
    gateway = set(re.findall(r'"code":"([a-z-]+)"', (ROOT / "deploy/gateway/rapport.conf").read_text()))
    reasons = gateway | {reason.replace("_", "-") for reason in (*RejectionReason, *Problem, *_CHECKED_BEFORE_SENDING)}
    return frozenset(found | kinds | OF_PYDANTIC | reasons)


def test_what_is_raised_has_texts() -> None:
    found = {code for path in _sources() for code in raised(path.read_text())}
    parents = {"refused", "invalid", "forbidden", "conflict", "too-large", "unavailable", "bad-request", "duplicate-refused"}
    assert {code for code in found if "/" not in code} - set(register()) - parents == set()


def test_what_has_texts_can_be_raised() -> None:
    assert set(register()) - all_raised() == set()


def test_what_an_operation_documents_can_be_raised() -> None:
    """And no operation documents a parent that stands for many codes: `codes_of` finds none in the register."""
    documented = {code for service in described() for route in service.asgi.routes for code in codes_of(route)}
    assert documented - all_raised() == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise Invalid.at("by", "beyond-allowance", most=3)', {"beyond-allowance"}),
        ('raise Conflict("taken")', {"taken"}),
        ('raise WrongValue("whys", least=2)', {"whys"}),
        ('[FieldError("at", "bad-phone")]', {"bad-phone"}),
        ('class Late(Conflict):\n    code = "late"', {"late"}),
        ('print("no-code")', set()),
    ],
)
def test_codes_are_found_where_errors_are_made(source: str, found: set[str]) -> None:
    assert set(raised(source)) == found
