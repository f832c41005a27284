"""What Complaints publishes: the life of every complaint, of its clocks, and of what follows from it; and what other systems
may hand over. No free text leaves the service: events carry codes, times, amounts and ids.

- `cases`, `side_ways`: the life of a complaint, along its main road and beside it; `intake`: complaints handed over,
  `about`: what is said of a complaint, whichever way it comes in
- `clocks`: limits and policies; `handling`, `proposals`, `escalation`, `major`: who acts, who approves, who has more say
- `correspondence`: letters, communications, attachments; `finding`: investigation, causes, trends
- `recovery`, `compensations`, `win_backs`, `changes`, `repairs`, `incidents`, `drills`: what is done about it
- `receipts`: what Complaints answers to a merge, a split or an erasure
- `catalogue`: what is behind the codes and versions that these facts name, on a topic of its own
"""

TOPIC = "rapport.complaints"
ANCHORS = "rapport.complaints.anchors"
CATALOGUE = "rapport.complaints.catalogue"
