"""Errors as the caller sees them: RFC 9457 problems with a stable type and code, and nothing that the caller sent."""

from __future__ import annotations

PROBLEM_BASE = "https://rapport.dev/problems/"
MEDIA_TYPE = "application/problem+json"
