"""HTTP: routes, what they take and give, who may call them.

- `complaints`: file, show, list, history; `actions`: everything that can be done; `clocks`: clocks and their explanation
- `policies`: calendars and SLA policies; `figures`: stats; `imports`: taking over
- `views`: what is shown, and how much of it a level sees
"""
