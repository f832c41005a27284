"""Read one answer with its comments: in clear or masked, audited."""

from __future__ import annotations

from uuid import UUID

import orjson
from rapport_chassis.security.masking import HIDDEN
from rapport_chassis.work import Work

from rapport_satisfaction.answers.domain import Response
from rapport_satisfaction.answers.store import COMMENTS, Responses


async def read_response(work: Work, response_id: UUID, *, clear: bool) -> tuple[Response, dict[str, str]]:
    """The answer and its comments by question, none once they are erased. Raises NotFound."""
    response = await work.store(Responses).get(response_id)
    if response.comments is None:
        return response, {}
    box = await work.vault.open_for([response.owner], create=False)
    opened = box.read(response.owner, COMMENTS, response.comments)
    comments: dict[str, str] = orjson.loads(opened) if opened is not None else {}
    await work.audit("response.read", f"response:{response_id}", detail={"clear": clear})
    return response, comments if clear else dict.fromkeys(comments, HIDDEN)
