"""The unit of work of Complaints."""

from __future__ import annotations

from functools import cached_property

from rapport_chassis.work import Work

from rapport_complaints.domain.clocks.policies import CalendarData, SlaPolicy
from rapport_complaints.domain.correspondence.letters import LetterTemplate
from rapport_complaints.domain.emergencies.emergency_data import EmergencyPlan, EmergencyPolicy, IncidentType
from rapport_complaints.domain.finding.trends import TrendPolicy
from rapport_complaints.domain.handling.assignment import AssignmentRules, StaffMember
from rapport_complaints.domain.handling.authority import AuthorityPolicy
from rapport_complaints.domain.handling.guides import Guide
from rapport_complaints.domain.handling.ladder import Ladder
from rapport_complaints.domain.handling.major_data import MajorPolicy
from rapport_complaints.domain.recovery.recovery_data import Budget, RecoveryPolicy
from rapport_complaints.domain.recovery.win_back_data import WinBackPolicy
from rapport_complaints.domain.repairs.repair_data import RepairPolicy, Vendor
from rapport_complaints.store import tables
from rapport_complaints.store.cases.complaints import Complaints
from rapport_complaints.store.cases.interactions import KnownInteractions
from rapport_complaints.store.clocks.back_tests import BackTests
from rapport_complaints.store.correspondence import tables as tables_correspondence
from rapport_complaints.store.correspondence.correspondence import Attachments, Communications, Letters
from rapport_complaints.store.correspondence.links import CustomerLinks
from rapport_complaints.store.emergencies import tables as tables_emergencies
from rapport_complaints.store.emergencies.incidents import Drills, IncidentLinks, Incidents
from rapport_complaints.store.finding import tables as tables_finding
from rapport_complaints.store.finding.taxonomies import Taxonomies
from rapport_complaints.store.finding.trends import Trends
from rapport_complaints.store.handling import tables as tables_handling
from rapport_complaints.store.handling import tables_major
from rapport_complaints.store.handling.majors import MajorCases
from rapport_complaints.store.recovery import tables as tables_recovery
from rapport_complaints.store.recovery import tables_win_backs
from rapport_complaints.store.recovery.changes import Changes
from rapport_complaints.store.recovery.recoveries import Recoveries
from rapport_complaints.store.recovery.win_backs import WinBacks
from rapport_complaints.store.repairs import tables as tables_repairs
from rapport_complaints.store.repairs.repairs import Repairs
from rapport_complaints.store.versions import Versions


class ComplaintsWork(Work):
    """One transaction with the stores of this service."""

    @cached_property
    def complaints(self) -> Complaints:
        """Complaints with clocks and history."""
        return Complaints(self)

    @cached_property
    def policies(self) -> Versions[SlaPolicy]:
        """SLA policies."""
        return Versions(self, tables.sla_policies, SlaPolicy)

    @cached_property
    def calendars(self) -> Versions[CalendarData]:
        """Business calendars."""
        return Versions(self, tables.calendars, CalendarData)

    @cached_property
    def back_tests(self) -> BackTests:
        """Policies tried on the past."""
        return BackTests(self)

    @cached_property
    def interactions(self) -> KnownInteractions:
        """What Interactions said."""
        return KnownInteractions(self)

    @cached_property
    def communications(self) -> Communications:
        """What was said to and by customers."""
        return Communications(self)

    @cached_property
    def letters(self) -> Letters:
        """Letters that were issued."""
        return Letters(self)

    @cached_property
    def attachments(self) -> Attachments:
        """Files about complaints."""
        return Attachments(self)

    @cached_property
    def customer_links(self) -> CustomerLinks:
        """Links for customers without an account."""
        return CustomerLinks(self)

    @cached_property
    def letter_templates(self) -> Versions[LetterTemplate]:
        """Templates of letters."""
        return Versions(self, tables_correspondence.letter_templates, LetterTemplate)

    @cached_property
    def incidents(self) -> Incidents:
        """Incidents with their history."""
        return Incidents(self)

    @cached_property
    def incident_links(self) -> IncidentLinks:
        """Which complaints belong to which incidents."""
        return IncidentLinks(self)

    @cached_property
    def drills(self) -> Drills:
        """Drills with their history."""
        return Drills(self)

    @cached_property
    def incident_types(self) -> Versions[IncidentType]:
        """The catalogue of types of incidents."""
        return Versions(self, tables_emergencies.incident_types, IncidentType)

    @cached_property
    def emergency_plans(self) -> Versions[EmergencyPlan]:
        """Emergency plans."""
        return Versions(self, tables_emergencies.emergency_plans, EmergencyPlan)

    @cached_property
    def emergency_policies(self) -> Versions[EmergencyPolicy]:
        """What levels of incidents demand."""
        return Versions(self, tables_emergencies.emergency_policies, EmergencyPolicy)

    @cached_property
    def repairs(self) -> Repairs:
        """Repairs with their history."""
        return Repairs(self)

    @cached_property
    def changes(self) -> Changes:
        """Changes with their history."""
        return Changes(self)

    @cached_property
    def win_backs(self) -> WinBacks:
        """Customers whom we may lose."""
        return WinBacks(self)

    @cached_property
    def win_back_policies(self) -> Versions[WinBackPolicy]:
        """When a customer may be lost."""
        return Versions(self, tables_win_backs.win_back_policies, WinBackPolicy)

    @cached_property
    def vendors(self) -> Versions[Vendor]:
        """Vendors who repair."""
        return Versions(self, tables_repairs.vendors, Vendor)

    @cached_property
    def repair_policies(self) -> Versions[RepairPolicy]:
        """Limits of repairs."""
        return Versions(self, tables_repairs.repair_policies, RepairPolicy)

    @cached_property
    def staff(self) -> Versions[StaffMember]:
        """Who handles complaints."""
        return Versions(self, tables_handling.staff, StaffMember)

    @cached_property
    def assignment_rules(self) -> Versions[AssignmentRules]:
        """Who gets what."""
        return Versions(self, tables_handling.assignment_rules, AssignmentRules)

    @cached_property
    def ladders(self) -> Versions[Ladder]:
        """By which steps complaints escalate."""
        return Versions(self, tables_handling.escalation_policies, Ladder)

    @cached_property
    def authority_policies(self) -> Versions[AuthorityPolicy]:
        """Who may award how much."""
        return Versions(self, tables_recovery.authority_policies, AuthorityPolicy)

    @cached_property
    def majors(self) -> MajorCases:
        """The cases of major complaints."""
        return MajorCases(self)

    @cached_property
    def major_policies(self) -> Versions[MajorPolicy]:
        """What a major complaint is."""
        return Versions(self, tables_major.major_policies, MajorPolicy)

    @cached_property
    def guides(self) -> Versions[Guide]:
        """How to deal with complainants of a kind."""
        return Versions(self, tables_handling.handling_guides, Guide)

    @cached_property
    def recoveries(self) -> Recoveries:
        """Recovery cases with what they award."""
        return Recoveries(self)

    @cached_property
    def recovery_policies(self) -> Versions[RecoveryPolicy]:
        """How long offers stand."""
        return Versions(self, tables_recovery.recovery_policies, RecoveryPolicy)

    @cached_property
    def compensation_budgets(self) -> Versions[Budget]:
        """How much may be awarded in a time."""
        return Versions(self, tables_recovery.compensation_budgets, Budget)

    @cached_property
    def taxonomies(self) -> Taxonomies:
        """Categories and causes."""
        return Taxonomies(self)

    @cached_property
    def trends(self) -> Trends:
        """What came up more often than before."""
        return Trends(self)

    @cached_property
    def trend_policies(self) -> Versions[TrendPolicy]:
        """How trends are found."""
        return Versions(self, tables_finding.trend_policies, TrendPolicy)
