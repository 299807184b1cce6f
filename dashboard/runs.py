"""Everything done so far."""

from components import shell
from components.job_list import job_list

TITLE, ICON, SECTION, ORDER = "Runs", ":material/list:", "", 80
LEAD = "Everything that was started here, newest first. Open a comparison for its answer, or run it again with changes."


def render() -> None:
    shell.question("What has been done so far?", LEAD)
    job_list()
