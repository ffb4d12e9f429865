"""A PostgreSQL of a test's own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server that listens on a socket in a folder of its own; skips the test where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg2")
    # It refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="studies-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    made = [found[-1], "-D", folder / "data", "-U", "kilnmix", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]
    subprocess.run(made, user=user, cwd=folder, check=True, capture_output=True)
    serve = [found[-1].with_name("postgres"), "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-F"]
    with subprocess.Popen(serve, user=user, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            ready = [found[-1].with_name("pg_isready"), "-h", folder]
            for _ in range(600):
                if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            yield f"postgresql+psycopg2://kilnmix@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            shutil.rmtree(folder)
