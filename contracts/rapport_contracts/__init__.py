"""The published language of Rapport, usable alone (pydantic and the standard library only).

- `event`: the base of every payload class and the registry; `fields`: the field types (times, open enums, personal marks)
- `envelope`: CloudEvents 1.0 attributes and their Kafka headers
- `topics`: the catalogue of topics: owner, visibility, retention, partitions
- `vocabulary`: the closed lists of the field, open on the wire
- `profiles`, `interactions`, `complaints`, `satisfaction`: the facts each service publishes
- `inbound`: what call-centre systems may push
- `intake`: complaints as other systems hand them over
- `figures`: how a number is published: value, n, interval, definition, as-of time, or "too few"
- `schemas/`, `examples/`: one JSON Schema and two examples for each event type; `asyncapi.json`: the whole as AsyncAPI 3
"""
