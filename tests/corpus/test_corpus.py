"""Every rule, kept and broken, on captures that are really made, decoded and looked at."""

from __future__ import annotations

import pytest

from preprocess.preflight import Checked, CheckOutcome, check
from preprocess.report import Status
from preprocess.rules import RULES, Severity
from tests.corpus.case import Case
from tests.corpus.clips import CLIPS
from tests.corpus.stills import STILLS

CASES = (*STILLS, *CLIPS)


def _checked(case: Case) -> Checked:
    return check(case.build(), name=case.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rule_of_the_name_comes_out_as_expected(case: Case) -> None:
    checked = _checked(case)
    finding = checked.report.of(case.rule)
    assert finding is not None, [f.rule for f in checked.report.findings]
    assert str(finding.status) == case.expected, finding
    if case.expected in ("warn", "fail"):
        assert finding.advice
    if case.expected == "fail":
        assert checked.outcome is CheckOutcome.FAILED
        assert finding.predicts


def test_there_are_at_least_sixty_cases_each_with_its_own_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_kept_once_and_broken_once(rule: object) -> None:
    expected = {case.expected for case in CASES if case.rule == getattr(rule, "id", None)}
    assert "pass" in expected
    assert expected & {"warn", "fail"}


@pytest.mark.parametrize("name", ["IMG001-jpeg.jpg", "VID001-mp4.mp4"])
def test_a_compliant_capture_breaks_no_rule_at_all(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    checked = _checked(case)
    assert {f.rule: f.status for f in checked.report.findings if f.status is not Status.PASS} == {}
    assert checked.plan is not None
    assert checked.plan.rung.label == "as-is"


def test_hard_rules_alone_fail_without_strict() -> None:
    soft = {rule.id for rule in RULES if rule.severity is not Severity.HARD}
    assert not [case.name for case in CASES if case.expected == "fail" and case.rule in soft]
