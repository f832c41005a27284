"""What Satisfaction ships with, file by file; `shipping.py` says where each goes.

- `policies`: when customers are asked, how often at most, how unhappy ones are followed up, by kind and key; ours. About a
  recovery they may be asked for two weeks: while a complaint is open nobody is asked, unless by hand
- `surveys`: an NPS, two CSAT and a CES survey, in en and zh
"""
