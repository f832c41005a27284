"""What emergencies go by: types of incidents, emergency plans, levels. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work
from rapport_kernel.errors import Invalid, VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.emergencies.domain.emergency_data import EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.store.versions import EMERGENCY_PLANS, EMERGENCY_POLICIES, INCIDENT_TYPES

router = Router(tags=["emergency data"])
REFUSALS = (Invalid, VersionConflict)


class NewIncidentType(Since, IncidentType):
    """A type as it is from a time on."""


class NewEmergencyPlan(Since, EmergencyPlan):
    """A plan as it is from a time on; incidents and drills keep the version that they began with."""


class NewEmergencyPolicy(Since, EmergencyPolicy):
    """The levels as they are from a time on; declared incidents keep their version."""


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/incident-types/{code}", lambda work: work.store(INCIDENT_TYPES), IncidentType, NewIncidentType,
     errors=(Invalid, VersionConflict),
     every=("get_incident_types", "Types of incidents with all their versions",
            "Every version of every type (S109), by code and version."),
     one=("get_incident_type", "The newest version of a type", "The newest version, or the one asked for."),
     put=("change_incident_type", "Add a version of a type",
          "A new code is a new type; `in_use` false takes one out of use."))
keep("/emergency-plans/{code}", lambda work: work.store(EMERGENCY_PLANS), EmergencyPlan, NewEmergencyPlan,
     errors=(Invalid, VersionConflict),
     every=("get_emergency_plans", "Emergency plans with all their versions",
            "Every version of every plan (S111), by code and version."),
     one=("get_emergency_plan", "The newest version of an emergency plan",
          "The newest version, or the one asked for: an incident or drill names the version that it went by."),
     put=("change_emergency_plan", "Add a version of an emergency plan",
          "For plans activated from `effective_from` on. Checklists of incidents stay as they are."))
keep("/emergency-policies/{code}", lambda work: work.store(EMERGENCY_POLICIES), EmergencyPolicy, NewEmergencyPolicy,
     every=("get_emergency_policies", "The emergency policy with all its versions",
            "Its levels: how often updates are due, who may declare, whether surveys are held (S110)."),
     one=("get_emergency_policy", "The newest version of the policy", "The newest version, or the one asked for."),
     put=("change_emergency_policy", "Add a version of the emergency policy",
          "There is one, `standard`. For incidents declared from `effective_from` on; others keep their version."))
# fmt: on
