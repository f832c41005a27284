"""What Interactions publishes: what happened at the touchpoints; and what call-centre systems may push.

- `contacts`: calls and other contacts, and who is calling, for Profiles alone
- `inbound`: what call-centre systems may push
- `quarantine`: pushed events that could not be accepted
- `receipts`: what Interactions answers to a merge, a split or an erasure
"""

TOPIC = "rapport.interactions"
ANCHORS = "rapport.interactions.anchors"
PRIVATE = "rapport.interactions.private"
