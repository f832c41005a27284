"""Satisfaction 满意度: how it felt. Whom it asks and why not, what comes back, what the scores are, who is called back.

- `domain/`: the rules, without I/O; start with `domain/eligibility.py`
- `usecases/`: one verb a file
- `store/`: tables and statements
- `events.py`: what this service listens to
- `web/`: the API, and the page on which a customer answers
- `app.py`: how the parts are put together; `settings.py`: what must be told from outside
"""
