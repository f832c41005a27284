"""Everything that can be refused, in one tree. A front end reads `code`; one place (the chassis) turns it into HTTP.

    RapportError                 500  internal
    ├── Refused                       the caller can do something about it; never retried by a consumer
    │   ├── Invalid              422  the input has a meaning, and it is wrong
    │   ├── Unauthenticated      401  nobody we know
    │   ├── Forbidden            403  known, but not allowed
    │   ├── NotFound             404  no such thing, or not for this caller
    │   ├── Conflict             409  contradicts what is already there
    │   │   └── NotAllowed       409  the state table has no such move from here; says which it has
    │   ├── VersionConflict      412  somebody else was faster
    │   ├── PreconditionRequired 428  an update must say which version it read (If-Match)
    │   ├── TooLarge             413
    │   └── TooMany              429  with `retry_after` seconds
    └── Unavailable              503  try again in `retry_after` seconds

Messages are written by us and never contain what the caller sent: they reach logs and answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where (a path of known field names), a stable code, and what would be right."""

    path: str
    code: str
    message: str


class RapportError(Exception):
    """Something went wrong on our side.

    Base of all errors of the product. `code` is stable (kebab-case), `status` its HTTP status.
    """

    status = 500
    code = "internal"

    def __init__(self, code: str | None = None, message: str = "") -> None:
        """Takes a stable code more exact than the class's own, and a sentence free of caller input."""
        self.code = code or type(self).code
        self.message = message or (type(self).__doc__ or "").split("\n", 1)[0]
        super().__init__(f"{self.code}: {self.message}")


class Refused(RapportError):
    """The request cannot be done as it was made."""

    status = 400
    code = "refused"


class Invalid(Refused):
    """The input is not valid."""

    status = 422
    code = "invalid"

    def __init__(self, code: str | None = None, message: str = "", fields: Sequence[FieldError] = ()) -> None:
        """`fields` lists what is wrong where."""
        super().__init__(code, message)
        self.fields = tuple(fields)

    @classmethod
    def at(cls, path: str, code: str, message: str) -> Self:
        """One wrong field, which is all that is wrong."""
        return cls(code, message, [FieldError(path, code, message)])


class Unauthenticated(Refused):
    """A valid token or machine key is needed."""

    status = 401
    code = "unauthenticated"


class Forbidden(Refused):
    """The caller may not do this."""

    status = 403
    code = "forbidden"


class NotFound(Refused):
    """There is no such thing."""

    status = 404
    code = "not-found"


class Conflict(Refused):
    """This contradicts what is already there."""

    status = 409
    code = "conflict"


class NotAllowed(Conflict):
    """The state does not allow this move."""

    code = "not-allowed"

    def __init__(self, state: str, move: str, allowed: Sequence[str], message: str = "", of: object | None = None) -> None:
        """`state` is where the thing is, `move` what was asked, `allowed` what is possible from there, `of` the thing."""
        self.state, self.move, self.allowed, self.of = state, move, tuple(allowed), of
        says = message or f"'{move}' is not possible in state '{state}'; possible: {', '.join(allowed) or 'nothing'}."
        super().__init__(None, says)


class VersionConflict(Refused):
    """The thing was changed since it was read."""

    status = 412
    code = "version-conflict"


class PreconditionRequired(Refused):
    """An update must carry If-Match with the version that was read."""

    status = 428
    code = "precondition-required"


class TooLarge(Refused):
    """The request is larger than allowed."""

    status = 413
    code = "too-large"


class TooMany(Refused):
    """Too many requests."""

    status = 429
    code = "too-many"

    def __init__(self, code: str | None = None, message: str = "", retry_after: int = 1) -> None:
        """`retry_after` in whole seconds."""
        super().__init__(code, message)
        self.retry_after = retry_after


class Unavailable(RapportError):
    """A part that is needed does not answer at the moment."""

    status = 503
    code = "unavailable"

    def __init__(self, code: str | None = None, message: str = "", retry_after: int = 2) -> None:
        """`retry_after` in whole seconds."""
        super().__init__(code, message)
        self.retry_after = retry_after
