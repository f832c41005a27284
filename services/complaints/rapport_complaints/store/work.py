"""The unit of work of Complaints: the stores of one transaction, each made when it is asked for."""

from __future__ import annotations

from functools import cached_property

from rapport_chassis.versions import Versions
from rapport_chassis.work import Work

from rapport_complaints.domain.clocks.policies import CalendarData, SlaPolicy
from rapport_complaints.domain.correspondence.letters import LetterTemplate
from rapport_complaints.domain.emergencies.emergency_data import POLICY, EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.domain.finding.trends import TRENDS, TrendPolicy
from rapport_complaints.domain.handling.assignment import ASSIGNMENT, AssignmentRules, StaffMember
from rapport_complaints.domain.handling.authority import AUTHORITY, AuthorityPolicy
from rapport_complaints.domain.handling.guides import Guide
from rapport_complaints.domain.handling.ladder import LADDER, Ladder
from rapport_complaints.domain.handling.major_data import MAJOR_POLICY, MajorPolicy
from rapport_complaints.domain.recovery.recovery_data import RECOVERY_POLICY, Budget, RecoveryPolicy
from rapport_complaints.domain.recovery.win_back_data import WIN_BACK_POLICY, WinBackPolicy
from rapport_complaints.domain.repairs.repair_data import REPAIR_POLICY, RepairPolicy, Vendor
from rapport_complaints.store import tables
from rapport_complaints.store.cases.complaints import Complaints
from rapport_complaints.store.cases.interactions import KnownInteractions
from rapport_complaints.store.clocks.back_tests import BackTests
from rapport_complaints.store.correspondence import tables as correspondence
from rapport_complaints.store.correspondence.correspondence import Attachments, Communications, Letters
from rapport_complaints.store.correspondence.links import CustomerLinks
from rapport_complaints.store.emergencies import tables as emergencies
from rapport_complaints.store.emergencies.incidents import Drills, IncidentLinks, Incidents
from rapport_complaints.store.finding import tables as finding
from rapport_complaints.store.finding.taxonomies import Taxonomies
from rapport_complaints.store.finding.trends import Trends
from rapport_complaints.store.handling import tables as handling
from rapport_complaints.store.handling import tables_major
from rapport_complaints.store.handling.majors import MajorCases
from rapport_complaints.store.recovery import tables as recovery
from rapport_complaints.store.recovery import tables_win_backs
from rapport_complaints.store.recovery.changes import Changes
from rapport_complaints.store.recovery.recoveries import Recoveries
from rapport_complaints.store.recovery.win_backs import WinBacks
from rapport_complaints.store.repairs import tables as repair_tables
from rapport_complaints.store.repairs.repairs import Repairs


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
