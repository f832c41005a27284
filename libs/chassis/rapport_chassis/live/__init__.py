"""Live updates: what a service has just published, told to those who listen over HTTP.

- `hearing`: which types of events can be listened to, who may, and what they are told of an event
- `position`: how far somebody has heard, as a text that any process of the service understands
- `cursor`: where one listener is
- `feed`: one consumer of the service's own topics for all who listen in this process
- `seats`: how many may listen

The route is `web/events.py`.
"""
