"""HTTP: routes, what they take and give, who may call them.

- `complaints`: file, show, list, history, clocks, similar ones; `actions`: everything that can be done on the straight road
- `side_ways`: not upheld, duplicate, transferred, appealed, followed up
- `incidents`, `drills`: emergencies; `emergency_data`: what they go by; `emergency_views`: what is shown of them
- `repairs`: repairs; `repair_data`: vendors, limits and figures; `repair_views`: what is shown
- `policies`: calendars and SLA policies; `figures`: stats; `imports`: taking over
- `finding`: investigation and root cause; `finding_data`: taxonomies and the policy of trends; `trends`: trends, recurrences
- `views`: what is shown, and how much of it a level sees
"""
