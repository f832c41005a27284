"""What Profiles publishes: who the customer is.

- `customers`: registered, corrected, reachable; which of them are one person; who is to be forgotten
- `identity`: who a caller turned out to be, and identifiers that several customers claim
- `consents`: what a customer allows
- `receipts`: what Profiles answers to a merge, a split or an erasure
"""

TOPIC = "rapport.profiles"
ANCHORS = "rapport.profiles.anchors"
