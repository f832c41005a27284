"""The whole published language as one AsyncAPI 3.0 document, made from the registry and the catalogue of topics."""

from __future__ import annotations

from typing import Any

from rapport_contracts.dictionary import described
from rapport_contracts.envelope import CONTENT_TYPE
from rapport_contracts.event import Event, Inbound, inbound, registry
from rapport_contracts.schemas import examples_of, meaning, plain, schema_of
from rapport_contracts.topics import TOPICS, Topic

_DEFS = "#/$defs/"


def document() -> dict[str, Any]:
    """The AsyncAPI document as plain JSON data."""
    events = registry()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport events",
            "version": "1.0.0",
            "description": "What the services of Rapport publish. Binary-mode CloudEvents 1.0: the value is the data, the "
            "attributes are `ce_` headers, the key is the aggregate id, `ce_sequence` its version. Delivery is at "
            "least once, order is kept per key. Public topics never carry personal data.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {name.replace(".", "-"): _channel(topic, list(events.values())) for name, topic in TOPICS.items()},
        "operations": {name.replace(".", "-"): _operation(topic) for name, topic in TOPICS.items()},
        "components": {
            "messages": {event.__name__: _message(event) for event in events.values()}
            | {kind.__name__: _inbound(kind) for kind in inbound().values()},
            "messageTraits": {"cloudevent": {"headers": _headers(), "contentType": CONTENT_TYPE}},
            "schemas": {event.__name__: _component(event) for event in events.values()}
            | {kind.__name__: _inbound_schema(kind) for kind in inbound().values()},
        },
    }


def _channel(topic: Topic, events: list[type[Event]]) -> dict[str, Any]:
    names = [event.__name__ for event in events if event.topic == topic.name] or [inbound()[topic.name].__name__]
    return {
        "address": topic.name,
        "description": topic.meaning,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.config["cleanup.policy"]],
                    "retention.ms": int(topic.config["retention.ms"]),
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-owner": topic.owner,
        "x-visibility": topic.visibility,
        "x-retention-days": topic.retention_days,
    }


def _operation(topic: Topic) -> dict[str, Any]:
    receives = topic.name in inbound()
    return {
        "action": "receive" if receives else "send",
        "channel": {"$ref": f"#/channels/{topic.name.replace('.', '-')}"},
        "summary": f"{topic.owner} {'reads' if receives else 'publishes'} {topic.name}",
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": meaning(event),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "examples": [{"payload": example} for example in examples_of(event.event_type)],
    }


def _inbound(kind: type[Inbound]) -> dict[str, Any]:
    return {
        "name": kind.topic,
        "title": kind.meaning,
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        "headers": {"type": "object", "required": ["source"], "properties": {"source": {"type": "string"}}},
    }


def _inbound_schema(kind: type[Inbound]) -> dict[str, Any]:
    schema = kind.model_json_schema(ref_template=f"#/components/schemas/{kind.__name__}/$defs/{{model}}")
    return described(plain(schema), TOPICS[kind.topic].owner, kind.__name__)


def _component(event: type[Event]) -> dict[str, Any]:
    schema = schema_of(event)
    schema = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
    relocated: dict[str, Any] = _relocate(schema, f"#/components/schemas/{event.__name__}/$defs/")
    return relocated


def _relocate(node: Any, base: str) -> Any:
    if isinstance(node, dict):
        return {key: value.replace(_DEFS, base) if key == "$ref" else _relocate(value, base) for key, value in node.items()}
    return [_relocate(item, base) for item in node] if isinstance(node, list) else node


def _headers() -> dict[str, Any]:
    def text(meaning: str, **more: str) -> dict[str, str]:
        return {"type": "string", "description": meaning, **more}

    def identity(meaning: str) -> dict[str, str]:
        return text(meaning, format="uuid")

    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_sequence"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": identity("Identity of the event: the same id is the same event, delivered again."),
            "ce_type": text("Type and major version; names the schema of the value."),
            "ce_source": text("The service that says it, by its name."),
            "ce_time": text(
                "When it was recorded (UTC), not when it happened: that is the business time, in the field that `x-time` of"
                " the schema names.",
                format="date-time",
            ),
            "ce_subject": identity("The aggregate that it is about; the key of the record."),
            "ce_sequence": text(
                "Version of the aggregate after the event, of its topic and key; what comes with a lower one is older. It"
                " grows, and may leave numbers out.",
                pattern="^[0-9]{20}$",
            ),
            "ce_dataschema": text("Address of the schema of the value.", format="uri"),
            "ce_actor": text("Who did it, `kind:id`: `person`, `machine`, `system`; never a name."),
            "ce_correlationid": identity(
                "Shared by all that one command caused; of a pushed or imported batch by all about one contact, complaint or"
                " answer, while `traceparent` is that of the whole request."
            ),
            "ce_causationid": identity("The event that caused this one, where one did."),
            "traceparent": text("W3C trace context of the command."),
            "ce_signature": text(
                "Of facts that destroy: `<version of the key>.<Ed25519 in URL-safe base64>`, by the owner of the topic."
                " Nobody follows a fact of such a type without it."
            ),
        },
    }
