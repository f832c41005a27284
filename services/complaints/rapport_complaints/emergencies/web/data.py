"""What emergencies go by: types of incidents, emergency plans, levels. A PUT adds a version; none is ever changed."""

from __future__ import annotations

from rapport_chassis.versions import Since
from rapport_chassis.web import Router, VersionedData
from rapport_chassis.work import Work
from rapport_kernel.errors import VersionConflict

from rapport_complaints.access import CONFIGURE, READ
from rapport_complaints.emergencies.domain.data import EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.store import EMERGENCY_PLANS, EMERGENCY_POLICIES, INCIDENT_TYPES

router = Router(tags=["emergency data"], about="Types of incidents and the plans for them, in versions.")


class NewIncidentType(Since, IncidentType):
    """The next version of a type."""


class NewEmergencyPlan(Since, EmergencyPlan):
    """The next version of a plan; incidents and drills keep the version that they began with."""


class NewEmergencyPolicy(Since, EmergencyPolicy):
    """The next version of the levels; declared incidents keep their version."""


# fmt: off
keep = VersionedData[Work](router, read=READ, change=CONFIGURE)
keep("/incident-types/{code}", INCIDENT_TYPES, IncidentType, NewIncidentType, errors=(VersionConflict,),
     every=("get_incident_types", "Types of incidents with all their versions",
            "Every version of every type (S109), by code and version."),
     one=("get_incident_type", "The newest version of a type", "The newest version, or the one asked for."),
     put=("change_incident_type", "Add a version of a type",
          "A new code is a new type; `in_use` false takes one out of use."))
keep("/emergency-plans/{code}", EMERGENCY_PLANS, EmergencyPlan, NewEmergencyPlan, errors=(VersionConflict,),
     every=("get_emergency_plans", "Emergency plans with all their versions",
            "Every version of every plan (S111), by code and version."),
     one=("get_emergency_plan", "The newest version of an emergency plan",
          "The newest version, or the one asked for: incidents and drills name the version that they follow."),
     put=("change_emergency_plan", "Add a version of an emergency plan",
          "For plans activated from `effective_from` on. The checklists of incidents stay unchanged."))
keep("/emergency-policies/{code}", EMERGENCY_POLICIES, EmergencyPolicy, NewEmergencyPolicy,
     every=("get_emergency_policies", "The emergency policy with all its versions",
            "Its levels: how often updates are due, who may declare, whether surveys are held (S110)."),
     one=("get_emergency_policy", "The newest version of the policy", "The newest version, or the one asked for."),
     put=("change_emergency_policy", "Add a version of the emergency policy",
          "There is one, `standard`. For incidents declared from `effective_from` on; others keep their version."))
# fmt: on
