"""The public API as the command sees it: one origin, a token, and patience while a service is busy."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Collection, Iterator
from typing import Any, Self

import httpx

from rapport_cli.local.home import Home
from rapport_cli.problems import REFUSED, UNREACHABLE, CommandError

PATIENCE = 60.0
"""Seconds that a call is repeated while the answer is 429 or 503, or nothing answers."""


def base_url() -> str:
    """The one origin: `RAPPORT_URL`, else where the local installation runs, else 127.0.0.1 with `PORT` (8080)."""
    if given := os.environ.get("RAPPORT_URL"):
        return given.rstrip("/")
    running = Home.find().running()
    return running.url.rstrip("/") if running else f"http://127.0.0.1:{os.environ.get('PORT', '8080')}"


class Api:
    """Calls with a token; a problem answer becomes a CommandError that says what the service said."""

    def __init__(self, token: str, url: str | None = None, *, patience: float = PATIENCE) -> None:
        """`patience` 0 gives up at the first answer that is not final."""
        self.url = url or base_url()
        self.patience = patience
        self._http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET; parameters that are None are left out."""
        return self.call("GET", path, params={name: value for name, value in params.items() if value is not None})

    def download(self, path: str, **params: Any) -> bytes:
        """The bytes of a GET. Raises CommandError."""
        answer = self._answer("GET", path, params=params)
        return b"" if answer is None else answer.content

    def post(self, path: str, body: Any = None, *, params: Any = None, once: bool = False) -> Any:
        """The JSON of a POST. `once`: with an idempotency key, for what must not be done again when the call is repeated."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if once else None
        return self.call("POST", path, json=body, headers=headers, params=params)

    def pages(self, path: str, *, most: int | None = None, **params: Any) -> Iterator[dict[str, Any]]:
        """The items of a paged list, page after page, at most `most`."""
        after, left = None, most
        while left is None or left > 0:
            page = self.get(path, after=after, limit=min(200, left or 200), **params)
            yield from page["items"]
            left = None if left is None else left - len(page["items"])
            after = page.get("next")
            if after is None:
                return

    def call(self, method: str, path: str, *, fine: Collection[int] = (), **options: Any) -> Any:
        """One call, repeated while the service says that it is busy; None for a refusal whose status is in `fine`.

        Raises CommandError.
        """
        answer = self._answer(method, path, fine=fine, **options)
        return answer.json() if answer is not None and answer.content else None

    def _answer(self, method: str, path: str, *, fine: Collection[int] = (), **options: Any) -> httpx.Response | None:
        deadline = time.monotonic() + self.patience
        while True:
            wait = 0.5
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise CommandError(
                        f"{self.url} has a certificate that is not believed; SSL_CERT_FILE names the file of its authority",
                        UNREACHABLE,
                    ) from None
                problem = CommandError(
                    f"{self.url} does not answer ({type(error).__name__}); is it running? `make run`", UNREACHABLE
                )
            else:
                if answer.is_success:
                    return answer
                if answer.status_code in fine:
                    return None
                problem = _refusal(answer)
                if answer.status_code not in {429, 503}:
                    raise problem
                wait = float(answer.headers.get("Retry-After", wait))
            if time.monotonic() + wait > deadline:
                raise problem
            time.sleep(wait)


def _refusal(answer: httpx.Response) -> CommandError:
    """A problem (RFC 9457) as one line."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return CommandError(f"{answer.status_code} from {answer.request.url.path}", REFUSED, status=answer.status_code)
    code = str(problem.get("code", ""))
    title, detail = str(problem.get("title", answer.status_code)), str(problem.get("detail", ""))
    # A problem without words of its own has its title for detail: said once.
    text = detail if detail.rstrip(".") == title else f"{title}: {detail}".rstrip(": ")
    fields = [
        f"{e.get('path') or e.get('pointer')}: {e.get('message') or e.get('detail')}" for e in problem.get("errors", [])
    ]
    line = "; ".join([f"{text} ({answer.status_code} {code})".replace(" )", ")"), *fields])
    return CommandError(line, REFUSED, status=answer.status_code, code=code)
