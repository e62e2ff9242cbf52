from __future__ import annotations

from preprocess.report import Finding, Report, Rung, Status


def finding(rule: str, status: Status, remedy: Rung | None = None) -> Finding:
    return Finding(rule, status, f"{rule} says so", remedy=remedy)


def test_the_graver_finding_of_a_rule_survives_a_merge() -> None:
    calm = Report((finding("A", Status.PASS), finding("B", Status.FAIL)))
    grave = Report(
        (finding("A", Status.WARN), finding("B", Status.PASS), finding("C", Status.PASS))
    )
    merged = calm.merged(grave)
    assert [(f.rule, f.status) for f in merged.findings] == [
        ("A", Status.WARN),
        ("B", Status.FAIL),
        ("C", Status.PASS),
    ]


def test_only_failures_without_a_remedy_are_unmendable() -> None:
    report = Report(
        (
            finding("A", Status.FAIL, Rung.CROP),
            finding("B", Status.FAIL),
            finding("C", Status.WARN),
        )
    )
    assert [f.rule for f in report.unmendable] == ["B"]
    assert not report.passed


def test_strict_raises_advice_alone() -> None:
    report = Report((finding("ADVICE", Status.WARN), finding("QUALITY", Status.WARN)))
    strict = report.strict(frozenset({"ADVICE"}))
    assert [f.rule for f in strict.failures] == ["ADVICE"]
    assert [f.rule for f in strict.warnings] == ["QUALITY"]


def test_rungs_are_ordered_by_how_much_they_change() -> None:
    assert [rung.label for rung in sorted(Rung)] == ["as-is", "strip", "trim", "crop", "resample"]
