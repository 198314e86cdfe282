"""`pib metrics` and `pib alerts`: what is watched from outside."""

import sys
from datetime import datetime

from pipelines.config.workspace import ZONE, Workspace
from pipelines.monitoring.alerts import send_all_alerts
from pipelines.monitoring.metrics import serve_metrics, write_metrics
from pipelines.run_night import find_failed_night


def show_metrics(workspace: Workspace, port: int | None) -> None:
    """Prints the measurements, or serves them at a port of loopback until the process is ended."""
    if port is None:
        sys.stdout.write(write_metrics(workspace))
        return
    server, thread = serve_metrics(workspace, port)
    sys.stdout.write(f"The measurements are at http://127.0.0.1:{server.server_port}/metrics\n")
    sys.stdout.flush()
    thread.join()


def report_problems(workspace: Workspace) -> bool:
    """Alerts whom the settings name, cluster by cluster, where there is something new; whether every way worked."""
    reports = send_all_alerts(workspace, datetime.now(ZONE), find_failed_night(workspace))
    problems = [problem for report in reports for problem in report.problems]
    failures = [failure for report in reports for failure in report.failures]
    for problem in problems:
        sys.stdout.write(f"- {problem.sentence}\n")
    if not problems:
        sys.stdout.write("Nothing needs a person.\n")
    sys.stdout.write("Reported now.\n" if any(report.is_due for report in reports) else "Nothing new to report.\n")
    for failure in failures:
        sys.stderr.write(f"pib: {failure}\n")
    return not failures
