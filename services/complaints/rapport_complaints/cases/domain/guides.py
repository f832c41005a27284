"""How to deal with complainants of a kind (S58): guides as data with versions, one for each tag.

A tag is a judgement about a person. It is sealed with his key, shown to those who handle complaints, and stands in no event,
no history and no list; whoever takes it back leaves nothing but the audit that he did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rapport_complaints.clocks.domain.policies import Data
from rapport_complaints.taxonomies.domain.taxonomy import Label

Advice = Annotated[str, Field(min_length=1, max_length=2_000)]


class Bilingual(Data):
    """What those who handle complaints read, in Chinese and English."""

    zh: Advice
    en: Advice


class Guide(Data):
    """What is meant by the tag, and what helps. One that is not in use any more can no longer be set."""

    zh: Label
    en: Label
    guide: Bilingual
    in_use: bool = True


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a complainant, as it is sealed: by whom (`kind:opaque-id`), when (UTC) and why (a code) it was set."""

    tag: str
    by: str
    at: datetime
    reason: str


SHIPPED_GUIDES: Mapping[str, Guide] = {
    "emotional": Guide(
        zh="感情用事者",
        en="Carried away by feelings",
        guide=Bilingual(
            zh="情绪激动，或哭或闹。先让他说完，保持镇定，表示理解；语气谦和，但讲原则；情绪平稳之后再谈解决办法。",
            en="Upset, in tears or loud. Let him finish, stay calm, say that you understand; be modest in tone and firm in"
            " substance; speak of solutions once he has calmed down.",
        ),
    ),
    "stubborn": Guide(
        zh="固执己见者",
        en="Set in his view",
        guide=Bilingual(
            zh="坚持自己的意见，不听劝说。先表示理解，请他换位思考；耐心解释，拿出产品和规定的依据，给出可供选择的方案。",
            en="Holds on to his view. Say first that you understand it, ask him to see the other side; explain with"
            " patience, show what product and rules say, and offer a choice of solutions.",
        ),
    ),
    "well-prepared": Guide(
        zh="有备而来者",
        en="Well prepared",
        guide=Bilingual(
            zh="了解政策和法规，可能记录或录音。说话谨慎，依据明确；不知道的不说，答应的按时做到，必要时请主管出面。",
            en="Knows the rules and may take notes or record. Be careful and precise; do not say what you do not know, keep"
            " what you promise, and bring in a lead where it helps.",
        ),
    ),
}
"""What is shipped: the two kinds that the document names, and one of ours where its third is missing. The words are ours."""
