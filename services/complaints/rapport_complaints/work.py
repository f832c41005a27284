"""The unit of work of Complaints: the stores of one transaction, each made when it is asked for."""

from __future__ import annotations

from functools import cached_property

from rapport_chassis.versions import Versions
from rapport_chassis.work import Work

from rapport_complaints.back_tests.store.back_tests import BackTests
from rapport_complaints.cases.domain.authority import AUTHORITY, AuthorityPolicy
from rapport_complaints.cases.domain.guides import Guide
from rapport_complaints.cases.store import tables
from rapport_complaints.cases.store.complaints import Complaints
from rapport_complaints.cases.store.interactions import KnownInteractions
from rapport_complaints.clocks.domain.policies import CalendarData, SlaPolicy
from rapport_complaints.correspondence.domain.letters import LetterTemplate
from rapport_complaints.correspondence.store import tables as correspondence
from rapport_complaints.correspondence.store.correspondence import Attachments, Communications, Letters
from rapport_complaints.correspondence.store.links import CustomerLinks
from rapport_complaints.emergencies.domain.emergency_data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.emergencies.store import tables as emergencies
from rapport_complaints.emergencies.store.incidents import Drills, IncidentLinks, Incidents
from rapport_complaints.finding.domain.trends import TRENDS, TrendPolicy
from rapport_complaints.finding.store import tables as finding
from rapport_complaints.finding.store.trends import Trends
from rapport_complaints.handling.domain.assignment import ASSIGNMENT, AssignmentRules, StaffMember
from rapport_complaints.handling.domain.ladder import LADDER, Ladder
from rapport_complaints.handling.domain.major_data import MAJOR_POLICY, MajorPolicy
from rapport_complaints.handling.store import tables as handling
from rapport_complaints.handling.store import tables_major
from rapport_complaints.handling.store.majors import MajorCases
from rapport_complaints.recovery.domain.recovery_data import RECOVERY_POLICY, Budget, RecoveryPolicy
from rapport_complaints.recovery.domain.win_back_data import WIN_BACK_POLICY, WinBackPolicy
from rapport_complaints.recovery.store import tables as recovery
from rapport_complaints.recovery.store import tables_win_backs
from rapport_complaints.recovery.store.changes import Changes
from rapport_complaints.recovery.store.recoveries import Recoveries
from rapport_complaints.recovery.store.win_backs import WinBacks
from rapport_complaints.repairs.domain.repair_data import REPAIR_POLICY, RepairPolicy, Vendor
from rapport_complaints.repairs.store import tables as repair_tables
from rapport_complaints.repairs.store.repairs import Repairs
from rapport_complaints.taxonomies.store.taxonomies import Taxonomies


# fmt: off
class ComplaintsWork(Work):
    """One transaction with the stores of this service, by sub-room; `Versions` name their table, model, and name in the
    audit, and the one code that counts where there is only one."""

    complaints = cached_property(Complaints)
    interactions = cached_property(KnownInteractions)

    back_tests = cached_property(BackTests)
    policies = cached_property(lambda work: Versions(work, tables.sla_policies, SlaPolicy, "sla-policy"))
    calendars = cached_property(lambda work: Versions(work, tables.calendars, CalendarData, "calendar"))

    majors = cached_property(MajorCases)
    major_policies = cached_property(
        lambda work: Versions(work, tables_major.major_policies, MajorPolicy, "major-policy", MAJOR_POLICY))
    staff = cached_property(lambda work: Versions(work, handling.staff, StaffMember, "staff"))
    assignment_rules = cached_property(
        lambda work: Versions(work, handling.assignment_rules, AssignmentRules, "assignment-rules", ASSIGNMENT))
    ladders = cached_property(
        lambda work: Versions(work, handling.escalation_policies, Ladder, "escalation-policy", LADDER))
    authority_policies = cached_property(
        lambda work: Versions(work, recovery.authority_policies, AuthorityPolicy, "authority-policy", AUTHORITY))
    guides = cached_property(lambda work: Versions(work, handling.handling_guides, Guide, "handling-guide"))

    communications = cached_property(Communications)
    letters = cached_property(Letters)
    attachments = cached_property(Attachments)
    customer_links = cached_property(CustomerLinks)
    letter_templates = cached_property(
        lambda work: Versions(work, correspondence.letter_templates, LetterTemplate, "letter-template"))

    trends = cached_property(Trends)
    taxonomies = cached_property(Taxonomies)
    trend_policies = cached_property(
        lambda work: Versions(work, finding.trend_policies, TrendPolicy, "trend-policy", TRENDS))

    recoveries = cached_property(Recoveries)
    changes = cached_property(Changes)
    win_backs = cached_property(WinBacks)
    recovery_policies = cached_property(
        lambda work: Versions(work, recovery.recovery_policies, RecoveryPolicy, "recovery-policy", RECOVERY_POLICY))
    compensation_budgets = cached_property(
        lambda work: Versions(work, recovery.compensation_budgets, Budget, "compensation-budget"))
    win_back_policies = cached_property(
        lambda work: Versions(
            work, tables_win_backs.win_back_policies, WinBackPolicy, "win-back-policy", WIN_BACK_POLICY))

    repairs = cached_property(Repairs)
    vendors = cached_property(lambda work: Versions(work, repair_tables.vendors, Vendor, "vendor"))
    repair_policies = cached_property(
        lambda work: Versions(work, repair_tables.repair_policies, RepairPolicy, "repair-policy", REPAIR_POLICY))

    incidents = cached_property(Incidents)
    incident_links = cached_property(IncidentLinks)
    drills = cached_property(Drills)
    incident_types = cached_property(
        lambda work: Versions(work, emergencies.incident_types, IncidentType, "incident-type"))
    emergency_plans = cached_property(
        lambda work: Versions(work, emergencies.emergency_plans, EmergencyPlan, "emergency-plan"))
    emergency_policies = cached_property(
        lambda work: Versions(work, emergencies.emergency_policies, EmergencyPolicy, "emergency-policy", POLICY))
# fmt: on
