"""What the form of a customer's link takes, as JSON: for a form of somebody's own. The page of ours shows the same."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, Field
from rapport_contracts.fields import UtcTime

from rapport_complaints.correspondence.domain.letters import Language
from rapport_complaints.correspondence.domain.links import CustomerLink
from rapport_complaints.correspondence.usecases.links import OwnWords
from rapport_complaints.correspondence.web.customer_pages import WORDS


class FormField(BaseModel):
    """A field; its label by language."""

    name: str
    required: bool = Field(description="Of `phone`, `email` and `address` one at least is needed beside.")
    min_length: int
    max_length: int
    label: dict[Language, str]


class FormView(BaseModel):
    """The form: its title by language, its fields, until when it can be sent."""

    title: dict[Language, str]
    languages: list[Language]
    fields: list[FormField]
    expires_at: UtcTime


def form_view(link: CustomerLink) -> FormView:
    """The form that a link opens."""
    return FormView(title=_worded("form"), languages=list(Language), fields=list(_fields()), expires_at=link.expires_at)


def _fields() -> Iterator[FormField]:
    schema = OwnWords.model_json_schema()
    for name, field in schema["properties"].items():
        text = next(each for each in field.get("anyOf", [field]) if each["type"] == "string")
        yield FormField(
            name=name,
            required=name in schema["required"],
            min_length=text["minLength"],
            max_length=text["maxLength"],
            label=_worded(name),
        )


def _worded(key: str) -> dict[Language, str]:
    return {language: words[key] for language, words in WORDS.items()}
