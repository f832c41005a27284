"""What Complaints ships with, file by file; `shipping.py` says where each goes. Where the content comes from:

- `assignment_rules`: anybody who is at work and has time, until teams and skills are said
- `authority_policies`, `recovery_policies`, `repair_policies`: ours; what one cannot live without is repaired within a day
- `calendars`: `cn` by `chinese_holidays.py`, office hours ours; `always` is never closed
- `emergency_plans`, `emergency_policies`, `incident_types`: three types of S109 and the rest, two levels, a plan for all
- `escalation_policies`: ours; lead, manager, head
- `handling_guides`: the two kinds of S58, and one of ours where its third is missing; the words are ours
- `letter_templates`: ours, in zh and en
- `major_policies`: S60 names the procedure and no numbers, which are ours
- `sla_policies`: ours, after S50: acknowledge within a business day, decide within 15, within 30 what is complex or severe
- `taxonomies`: causes after S56 and what it does not name; categories of ours, with the codes of two open data sets
- `trend_policies`: ours; a week against the eight weeks before it, one false alarm in a hundred
- `win_back_policies`: ours; the requirement (S64) says that who may leave is won back in time, not who that is
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from rapport_chassis.shipped import bodies

B = TypeVar("B", bound=BaseModel)


def shipped(name: str, model: type[B]) -> dict[str, B]:
    """What stands in the file `name`, by code."""
    return bodies(__package__, name, model)
