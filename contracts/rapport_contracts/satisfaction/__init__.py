"""What Satisfaction publishes: whom it asked and why not, which answers came back, what follows. No answer text leaves it.

- `surveys`: surveys, invitations, answers
- `scores`: what answers add up to
- `follow_ups`: cases in which somebody talks with a customer who is not content
- `receipts`: what Satisfaction answers to a merge, a split or an erasure
- `catalogue`: what is behind the codes and versions that these facts name, on a topic of its own
"""

TOPIC = "rapport.satisfaction"
ANCHORS = "rapport.satisfaction.anchors"
CATALOGUE = "rapport.satisfaction.catalogue"
