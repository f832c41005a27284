"""Alarms and dashboards name metrics that there are, cover every service, and have a section in the operator's guide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from rapport_cli.services import SERVICES, described
from rapport_testing.prometheus import OBSERVABILITY, OF_SCRAPING, expressions, named, promtool, rules

ALERTS = (OBSERVABILITY / "alerts.yml").read_text()
CONFIG = (OBSERVABILITY / "prometheus.yml").read_text()
TESTS = {path.name: path.read_text() for path in sorted(OBSERVABILITY.glob("*.test.yml"))}
DASHBOARDS = sorted((OBSERVABILITY / "grafana" / "dashboards").glob("*.json"))
GUIDE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}


@pytest.fixture(scope="module")
def metrics() -> set[str]:
    """The names of all samples that some process of the product tells, as its registry has them."""
    families = [family for service in described() for family in service.metrics.registry.collect()]
    return {f"{each.name}{suffix}" for each in families for suffix in SUFFIXES.get(each.type, [""])}


def faults(alerts: str, tests: Iterable[str], guide: str, known: set[str]) -> list[str]:
    """What is wrong with the alarms: a metric that nobody tells, no section, no test that it fires or does not."""
    found = []
    said = "\n".join(tests)
    for rule in rules(alerts):
        name, notes = rule["alert"], rule["annotations"]
        found += [f"{name}: nobody tells {metric}" for metric in sorted(named(rule["expr"]) - known - OF_SCRAPING)]
        found += [f"{name}: no section"] if f"\n### {name}\n" not in guide else []
        found += [f"{name}: runbook"] if notes.get("runbook") != f"docs/operator.md#{name.lower()}" else []
        found += [f"{name}: severity"] if rule["labels"].get("severity") not in {"critical", "warning"} else []
        found += [f"{name}: no summary"] if not notes.get("summary") else []
        found += [f"{name}: not tested that it {what}" for what in ("fires", "is quiet") if f"'{name} {what}: " not in said]
    sections = re.findall(r"^### (\w+)$", guide.partition("\n## Alarms\n")[2].partition("\n## ")[0], re.MULTILINE)
    found += [f"{name}: a section, and no alarm" for name in set(sections) - {rule["alert"] for rule in rules(alerts)}]
    return found


def unwatched(config: str, alerts: str) -> list[str]:
    """Containers that Prometheus does not ask, or whose absence no alarm tells."""
    (job,) = yaml.safe_load(config)["scrape_configs"]
    (names,) = (each["names"] for each in job["dns_sd_configs"])
    wanted = {f"{service}-{role}" for service in SERVICES for role in ("api", "worker", "relay")}
    gone = set(re.findall(r'absent\(up\{job="rapport", process="([\w-]+)"\}\)', alerts))
    return sorted((wanted ^ set(names)) | (wanted ^ gone))


def test_each_alarm_is_about_something_is_explained_and_is_tested(metrics: set[str]) -> None:
    assert faults(ALERTS, TESTS.values(), GUIDE, metrics) == []
    assert unwatched(CONFIG, ALERTS) == []


@pytest.mark.parametrize(
    ("truth", "lie", "fault"),
    [
        ("rapport_outbox_oldest_seconds) > 60", "rapport_outbox_age) > 60", "OutboxOld: nobody tells rapport_outbox_age"),
        ("rapport_consumer_faults_total{", "rapport_consumer_faults{", "RecordsLost: nobody tells rapport_consumer_faults"),
        ("alert: Parked\n", "alert: ParkedLong\n", "ParkedLong: no section"),
        ("alert: Parked\n", "alert: ParkedLong\n", "ParkedLong: not tested that it is quiet"),
        ("alert: Parked\n", "alert: ParkedLong\n", "Parked: a section, and no alarm"),
        ("operator.md#parked\n", "operator.md#park\n", "Parked: runbook"),
    ],
)
def test_an_alarm_that_is_wrong_is_found(metrics: set[str], truth: str, lie: str, fault: str) -> None:
    assert truth in ALERTS
    assert fault in faults(ALERTS.replace(truth, lie), TESTS.values(), GUIDE, metrics)


def test_a_container_that_nobody_watches_is_found() -> None:
    assert unwatched(CONFIG.replace("          - profiles-relay\n", ""), ALERTS) == ["profiles-relay"]
    assert unwatched(CONFIG, ALERTS.replace('process="complaints-api"', 'process="complaints-app"')) == [
        *("complaints-api", "complaints-app")
    ]


def test_the_files_are_as_prometheus_takes_them() -> None:
    assert promtool("check", "config", "prometheus.yml").startswith("0 ")
    assert promtool("check", "rules", "alerts.yml").startswith("0 ")


def test_each_alarm_fires_and_is_quiet_as_its_tests_say() -> None:
    assert (told := promtool("test", "rules", *TESTS)).startswith("0 "), told


def test_the_tests_of_alarms_see_a_wrong_one(tmp_path: Path) -> None:
    wrong = ALERTS.replace("rapport_parked_open) > 0", "rapport_parked_open) > 1")
    assert wrong != ALERTS
    (tmp_path / "alerts.yml").write_text(wrong)
    first, _, cases = TESTS["alerts.test.yml"].partition("\ntests:\n")
    text = f"{first}\ntests:\n" + "".join(
        f"  - name: {case}" for case in cases.split("  - name: ") if case.startswith("'Parked ")
    )
    (tmp_path / "alerts.test.yml").write_text(text)
    told = promtool("test", "rules", tmp_path / "alerts.test.yml")
    assert not told.startswith("0 ") and "Parked" in told


def test_what_dashboards_show_is_told_and_can_be_read(metrics: set[str], tmp_path: Path) -> None:
    found = [each for path in DASHBOARDS for each in expressions(path.read_text())]
    assert len(found) > 20
    assert {name for _, expression in found for name in named(expression)} - metrics - OF_SCRAPING == set()
    made = [{"record": f"panel:{number}", "expr": expression} for number, (_, expression) in enumerate(found)]
    groups = {"groups": [{"name": "panels", "rules": made}]}
    (tmp_path / "panels.yml").write_text(yaml.safe_dump(groups))
    assert (told := promtool("check", "rules", tmp_path / "panels.yml")).startswith("0 "), told
    made[0]["expr"] += ")"
    (tmp_path / "panels.yml").write_text(yaml.safe_dump(groups))
    assert promtool("check", "rules", tmp_path / "panels.yml").startswith("1 ")
