"""Who does it (S57-S60): staff, rules of assignment, authority, independence, escalation, major complaints.

`major`: the aggregate of a major complaint, `major_life` its table, `major_track` its steps, `major_data` its policy;
`ladder` and `escalating`: the rungs of escalation and the climbing; `guides`: what an agent reads.
"""
