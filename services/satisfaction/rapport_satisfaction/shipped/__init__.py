"""What Satisfaction ships with, file by file; `shipping.py` says where each goes.

- `surveys`: an NPS, two CSAT and a CES survey, in English and Chinese
- `trigger_rules`, `throttle_rules`, `follow_up_rules`: when customers are asked, how often at most, how unhappy ones are
  followed up, by code; our own choice. Customers may be asked about a recovery for two weeks: nobody is asked while they
  have an open complaint, unless by hand
"""
