"""What the figures of complaints mean. A complaint counts in the period of its receipt, unless words say otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from rapport_contracts.figures import Definition, define

LEAST = 10
"""A share of fewer has no value."""
PERCENTILES = {"p50": 5, "p90": 10, "p95": 20}
"""Of how many a percentile is said at least."""
_WILSON = " Interval 95 %: Wilson."


def _percentiles(name: str, words: str) -> Mapping[str, Definition]:
    return {
        which: define(
            f"complaints.{name}-{which}",
            "seconds",
            f"{words} The value below which {which[1:]} % of them lie, interpolated between the two values beside it.",
            least=least,
        )
        for which, least in PERCENTILES.items()
    }


TOTAL = define("complaints.total", "count", "Complaints received, imported ones and duplicates too.")
OPEN = define("complaints.open", "count", "Complaints that are neither closed, withdrawn, duplicate nor transferred now.")
CLOSED = define("complaints.closed", "count", "Complaints that are closed now.")
WITHDRAWN = define("complaints.withdrawn", "count", "Complaints that are withdrawn now.")
WITHOUT_TARGET = define("complaints.without-target", "count", "Open complaints that no policy matches: nobody set a limit.")
UNKNOWN_CATEGORY = define(
    "complaints.unknown-category",
    "count",
    "Complaints whose category was not in use in the taxonomy that they were classified under.",
)
BY_STATUS = define("complaints.by-status", "count", "Complaints in this state now.")
BY_CHANNEL = define("complaints.by-channel", "count", "Complaints that came by this channel.")
BY_CATEGORY = define(
    "complaints.by-category", "count", "Complaints of this category of ours; what is imported was mapped to it."
)
BY_SOURCE_CATEGORY = define(
    "complaints.by-source-category", "count", "Imported complaints that their source puts into this category."
)
BY_CAUSE = define("complaints.by-cause", "count", "Complaints whose root cause was found to be this.")
MORE_GROUPS = define("complaints.more-groups", "count", "Groups that are not listed, since so many are larger or newer.")

AGE = _percentiles("age", "Seconds from the receipt until now, of complaints that are open.")
_TIMES = {
    "acknowledge": "receipt to the first acknowledgement",
    "answer": "receipt to when the customer was first told the decision",
    "close": "receipt to the first closing",
}
_NOT_KNOWN = "Left out: what has not happened, and what an import did not say."
TIMES = {name: _percentiles(f"time-to-{name}", f"Seconds from {words}. {_NOT_KNOWN}") for name, words in _TIMES.items()}
BUSINESS_TIMES = {
    name: _percentiles(
        f"business-time-to-{name}",
        f"Business seconds from {words}, by the calendar of the clock that ran for it, without pauses. {_NOT_KNOWN[:-1]};"
        " what has no calendar.",
    )
    for name, words in _TIMES.items()
}
WITHIN_LIMIT = {
    kind: define(
        f"complaints.{kind}-within-limit",
        "percent",
        f"Limits for {of} that were kept, of those that ended or ran out, of all episodes, by the policy that a complaint is"
        " pinned to. Left out: limits that still run, or were stopped." + _WILSON,
        least=LEAST,
    )
    for kind, of in {"acknowledgement": "acknowledging", "resolution": "resolving"}.items()
}
UPHELD_RATE = define(
    "complaints.upheld-rate",
    "percent",
    "Complaints in which something was offered, of those decided, by the decision that stands now. Left out: not decided;"
    " given up (withdrawn, duplicate, transferred)." + _WILSON,
    least=LEAST,
)
RECURRING_RATE = define(
    "complaints.recurring-rate",
    "percent",
    "Complaints that name an earlier one which they repeat, of all but duplicates." + _WILSON,
    least=LEAST,
)
CONTACT_RATE = define(
    "complaints.contact-rate",
    "percent",
    "Contacts out of which a complaint came, of the contacts begun in the period; duplicates are none." + _WILSON,
    least=LEAST,
)
CUSTOMER_RATE = define(
    "complaints.customer-rate",
    "percent",
    "Customers who complained in the period, of those in contact in it. Left out: contacts of nobody known." + _WILSON,
    least=LEAST,
)
RECURRENCE_RATE = define(
    "complaints.recurrence-rate",
    "percent",
    "Closed complaints whose customer came again with the same cause, or with a complaint that names the closed one, within"
    " `days` after closing, of those closed in the period. Left out: closed for less than that, no customer, no cause;"
    " duplicates are no recurrence." + _WILSON,
    least=None,
)

RECOVERY_IDENTIFIED = define("complaints.recovery-identified", "count", "Recovery cases identified in the period.")
RECOVERY_TIME = define(
    "complaints.recovery-time",
    "seconds",
    "Median of the seconds from when a recovery case was identified until it was first done. Left out: not done.",
    least=None,
)
RECOVERY_ACCEPTANCE_RATE = define(
    "complaints.recovery-acceptance-rate",
    "percent",
    "Offers that were accepted, of those accepted, declined and lapsed." + _WILSON,
    least=None,
)
RECOVERY_CONTENT_SHARE = define(
    "complaints.recovery-content-share",
    "percent",
    "Verdicts of customers, by survey or in person, that were content, of all verdicts." + _WILSON,
    least=None,
)
RECOVERY_MONEY = define(
    "complaints.recovery-money",
    "money",
    "Awards of one kind, category and currency, of cases identified in the period, by the ledger: awarded and not released,"
    " paid, come back. Currencies are never added up.",
)
RECOVERY_EFFECT = {
    name: define(
        f"complaints.recovery-effect-{name}",
        "points",
        f"{words}, over customers who answered on both sides; the mean of each customer counts once. Left out: customers"
        f" with answers on one side only.{more}",
        least=None,
    )
    for name, words, more in (
        ("before", "Mean score before the first case was identified", ""),
        ("after", "Mean score after the recovery was done", ""),
        ("change", "Mean of each customer's change", " Interval 95 %: Wald. It need not be caused by the recovery."),
    )
}

REPAIRS_COMPLETED = define(
    "complaints.repairs-completed",
    "count",
    "Repairs requested in the period whose work is over. Left out: open, cancelled.",
)
REPAIRS_IN_TIME_SHARE = define(
    "complaints.repairs-in-time-share",
    "percent",
    "Repairs done within the limit for completing, of those whose work is over." + _WILSON,
    least=None,
)
REPAIRS_REWORK_RATE = define(
    "complaints.repairs-rework-rate",
    "percent",
    "Repairs that the customer refused at least once, of those whose work is over." + _WILSON,
    least=None,
)
REPAIRS_MEDIAN_COMPLETION = define(
    "complaints.repairs-median-completion",
    "seconds",
    "Median of the seconds from the request to the end of the work, of repairs whose work is over.",
    least=None,
)

TREND = define(
    "complaints.trend",
    "count",
    "Complaints of a group received (for causes: found to have it) in the window, against those in the time before, scaled"
    " to its length. Left out: duplicates. Chance: exact conditional test of two Poisson counts (Przyborowski and Wilenski"
    " 1940), corrected for the groups tested together (Benjamini and Hochberg 1995).",
    least=None,
)
CHANGE_EFFECT = define(
    "complaints.change-effect",
    "percent",
    "Change of the number of complaints of a group, in percent of those in `days` before the change was unfrozen, in as many"
    " days after it was refrozen; n is both together. Left out: duplicates. Interval 95 %: from the Wilson interval of the"
    " share that came after. Chance: Przyborowski and Wilenski 1940.",
    least=None,
)

SILENT_SHARE = define(
    "complaints.silent-share",
    "percent",
    "Customers who did not complain within `days` before or after their low answer to a survey, of customers with a low"
    " answer in the period. Left out: those whose days are not over, answers of nobody known or of an unknown band."
    + _WILSON,
    least=None,
)
COMPLAINANTS = define(
    "complaints.complainants", "count", "Customers who complained in the period. Left out: complaints of nobody known."
)
DISSATISFIED = define(
    "complaints.dissatisfied-estimate",
    "count",
    "Dissatisfied customers, whether they complain or not: complainants / (1 - silent share), with bounds from the interval"
    " of that share. It assumes that customers who answer surveys are like all others.",
    least=None,
)

BACK_TEST = define(
    "complaints.back-test",
    "count",
    "Limits for acknowledging and resolving of the complaints received in the period that would have been kept or broken"
    " under another policy, against what holds. Left out: stopped, not recorded, closed without a time.",
)
