"""Which bytes of an answer really go out: none when the caller has them already (304), fewer when they can unpack them.

A tag is made of the bytes themselves, since what a caller sees depends on more than the version: on their level, on what
they may do now. Before the digest stands the version, where there is one: that part is what `If-Match` is compared with.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus

from rapport_chassis.web.answer import Answer

IF_MATCH = re.compile(rb'(?:W/)?"(\d{1,18})(?:-[\w-]{16})?"')
"""A tag as it was given, or just the version in quotes."""
_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_DIGEST_BYTES = 12
SMALL = 1024
"""Bytes below which packing saves less than the headers that speak of it."""
LARGE = 262_144
"""Bytes from which on packing is left to a thread: here it takes the event loop longer than a request may."""
LEVEL = 4
"""A list of 50 complaints becomes nearly as small as with 9, in a third of the time."""
TEXT = re.compile(r"text/(?!event-stream)|application/(?:[\w.+-]+\+)?(?:json|xml)\b|image/svg\+xml")


async def negotiated(answer: Answer, request: Mapping[bytes, bytes], *, reads: bool, shared: bool) -> Answer:
    """What is sent in place of `answer` to a request with these headers.

    reads: the request was a GET, so that an answer with 200 gets a tag, and is a 304 when the caller has it. What a change
    answers gets one where it has a version: the one that a GET of the same answers.
    shared: it is the same for everybody; caches may keep it, and ask whether it still holds.
    """
    if answer.media_type is None or not TEXT.match(answer.media_type):
        return answer
    headers = dict(answer.headers)
    headers["Vary"] = f"{headers['Vary']}, Accept-Encoding" if "Vary" in headers else "Accept-Encoding"
    tagged = answer.status in {HTTPStatus.OK, HTTPStatus.CREATED} and (reads or "ETag" in headers)
    if tagged:
        headers["ETag"] = _tag(answer)
    if tagged and reads:
        if shared:
            headers.setdefault("Cache-Control", "no-cache")
        if _has(request.get(b"if-none-match"), headers["ETag"]):
            return Answer(304, headers=headers)
    body = answer.body
    if len(body) >= SMALL and _unpacks(request.get(b"accept-encoding", b"").decode("latin-1")):
        packing = _packed_once if shared else _packed
        body = packing(body) if len(body) < LARGE else await asyncio.to_thread(packing, body)
        headers["Content-Encoding"] = "gzip"
        if tagged and headers["ETag"].startswith('"'):
            headers["ETag"] = f"W/{headers['ETag']}"  # other bytes than those of the strong tag (RFC 9110, 8.8.1)
    return replace(answer, body=body, headers=headers)


def _tag(answer: Answer) -> str:
    digest = urlsafe_b64encode(blake2b(answer.body, digest_size=_DIGEST_BYTES).digest()).decode()
    version = answer.headers.get("ETag")
    return f'W/"{digest}"' if version is None else f'{version[:-1]}-{digest}"'


def _has(given: bytes | None, tag: str) -> bool:
    """If-None-Match: any of a list of tags, compared weakly, or `*` (RFC 9110, 13.1.2)."""
    if given is None:
        return False
    text = given.decode("latin-1").strip()
    return text == "*" or tag.removeprefix("W/") in _TAGS.findall(text)


def _unpacks(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3)."""
    weights: dict[str, bool] = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        weights[name] = quality.strip("0.") != "" if quality else True
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


_packed_once = lru_cache(maxsize=16)(_packed)
