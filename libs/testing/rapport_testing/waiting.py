"""Waiting for a condition with a deadline: what tests do instead of sleeping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")


@overload
async def eventually(condition: Callable[[], Awaitable[T]], within: float = ..., every: float = ...) -> T: ...
@overload
async def eventually(condition: Callable[[], T], within: float = ..., every: float = ...) -> T: ...
async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = 10.0, every: float = 0.02) -> T:
    """The first truthy value of `condition()` (plain or async), asked every `every` seconds for at most `within` seconds.

    An AssertionError in the condition counts as "not yet". Raises AssertionError with what was seen last.
    """
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen: object
        try:
            answer = condition()
            value = cast("T", await answer if inspect.isawaitable(answer) else answer)
        except AssertionError as error:
            seen = error
        else:
            if value:
                return value
            seen = value
        if asyncio.get_running_loop().time() >= deadline:
            raise AssertionError(f"not within {within} s; last seen: {seen!r}") from (
                seen if isinstance(seen, AssertionError) else None
            )
        await asyncio.sleep(every)


def wait_for(condition: Callable[[], T | None], within: float = 90.0, every: float = 0.1) -> T:
    """The same without an event loop, of what somebody asks from outside: the first truthy value, asked every `every`
    seconds. What is dear is asked less often. Raises AssertionError with what was seen last."""
    deadline = time.monotonic() + within
    while True:
        seen: object
        try:
            seen = condition()
        except AssertionError as error:
            seen = error
        else:
            if seen:
                return seen
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s; last seen: {seen!r}") from (
                seen if isinstance(seen, AssertionError) else None
            )
        time.sleep(every)
