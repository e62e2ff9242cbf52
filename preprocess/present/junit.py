"""Check as JUnit XML: a suite per capture, a test case per rule."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from ..preflight import Checked, CheckOutcome
from ..report import Finding, Status
from ..run_check import CheckRun
from .check_text import measured_text
from .plain import printable

READABLE = "judged"
"""Name of the test case that stands for a capture that could not be judged."""


def junit_xml(run: CheckRun) -> str:
    """Return a run as a JUnit XML document: warnings pass with a note, what was not assessed is skipped."""
    root = ET.Element("testsuites", {"name": "faceready check"})
    suites = [_suite(checked) for checked in run.files]
    root.attrib |= {
        name: str(sum(int(suite.attrib[name]) for suite in suites))
        for name in ("tests", "failures", "errors", "skipped")
    }
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _suite(checked: Checked) -> ET.Element:
    name = printable(checked.path or checked.name)
    cases = [_case(name, finding) for finding in checked.report.findings]
    if checked.outcome is CheckOutcome.ERROR:
        cases.append(_error(name, checked))
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    suite = ET.Element("testsuite", {"name": name, **{key: str(n) for key, n in counts.items()}})
    suite.extend(cases)
    return suite


def _case(capture: str, finding: Finding) -> ET.Element:
    case = ET.Element("testcase", {"classname": capture, "name": finding.rule})
    message = printable(finding.message)
    match finding.status:
        case Status.FAIL:
            failure = ET.SubElement(case, "failure", {"message": message, "type": finding.rule})
            failure.text = _details(finding)
        case Status.NOT_ASSESSED:
            ET.SubElement(case, "skipped", {"message": message})
        case Status.WARN:
            ET.SubElement(case, "system-out").text = f"warning: {message}\n{_details(finding)}"
        case Status.PASS:
            pass
    return case


def _details(finding: Finding) -> str:
    measured = measured_text(finding)
    lines = [
        f"measured: {measured}" if measured else "",
        f"advice: {finding.advice}" if finding.advice else "",
        f"predicts: {finding.predicts}" if finding.predicts else "",
    ]
    return "\n".join(printable(line) for line in lines if line)


def _error(capture: str, checked: Checked) -> ET.Element:
    case = ET.Element("testcase", {"classname": capture, "name": READABLE})
    error = checked.error
    if error is not None:
        attributes = {"message": printable(error.message), "type": error.code}
        ET.SubElement(case, "error", attributes).text = printable(error.advice)
    return case
