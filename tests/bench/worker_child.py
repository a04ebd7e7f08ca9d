"""`python -m tests.bench.worker_child HOME`: work on an installation’s bulks until none waits; tells it as JSON."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from issuer.jobs.bulk_work import work_on_bulks
from issuer.jobs.job import Parts
from portal.service import open_service
from portal.settings import load_settings


def main(home: Path) -> None:
    """One worker, as `guildmark worker` has it in each of its threads."""
    service = open_service(load_settings(home, {}), lambda: datetime.now(UTC))
    parts = Parts(
        database=service.database,
        keyring=service.keyring,
        clock=service.clock,
        randomness=secrets.token_bytes,
        worker=f"bench {os.getpid()}",
    )
    begun, cpu = time.time(), time.process_time()
    worked = work_on_bulks(parts)
    cpu = time.process_time() - cpu
    service.close()
    sys.stdout.write(json.dumps({"done": worked.done, "cpu": cpu, "begun": begun, "ended": time.time()}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
