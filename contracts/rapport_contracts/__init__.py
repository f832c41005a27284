"""The published language of Rapport, usable alone (pydantic and the standard library only).

- `event`: the base of every payload class and the registry; `fields`: the field types (times, open enums, personal marks)
- `envelope`: CloudEvents 1.0 attributes and their Kafka headers
- `topics`: the catalogue of topics: owner, visibility, retention, partitions
- `vocabulary`: the closed lists of the field that several owners use, open on the wire; `money`: amounts
- a folder for each owner, such as `complaints`: the facts that it publishes, what other
  systems may write to its topics, and its own lists; found by `event.registry`, named nowhere
- `receipts`: what every service answers to a merge, a split or an erasure
- `catalogue`: what every record of a catalogue has: names and rules behind the codes and versions of facts
- `figures`: how a number is published: value, n, interval, definition, as-of time, or `too_few`; what each of them means
  stands in `figures` of its owner
- `schemas/`, `examples/`: a JSON Schema and two examples for each event type; `asyncapi.json`: the whole, AsyncAPI 3
"""
