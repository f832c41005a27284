"""What Satisfaction decides, without any I/O.

- `surveys`: versioned definitions of what is asked; `answers`: reading an answer, never bending it
- `policies`: when to ask, how often, how to follow up: data with versions and dates
- `eligibility`: may this customer be asked about this contact? Ordered rules, each with a sentence for a name
- `invitations`, `follow_ups`: the two lives
- `metrics`: NPS, CSAT, CES with their intervals, exact
"""
