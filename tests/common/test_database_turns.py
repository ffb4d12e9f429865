"""Turns at a database: nobody waits at SQLite, one after the other at PostgreSQL, also after a kill."""

from __future__ import annotations

import subprocess
import sys
import threading

from sqlalchemy import create_engine, text

from kilnmix.common.database_turns import database_turn, opening_turn
from tests import postgresql

HOLDS = """
import sys, time
from sqlalchemy import create_engine
from kilnmix.common.database_turns import database_turn
with database_turn(create_engine(sys.argv[1]), "a"):
    print("mine", flush=True)
    time.sleep(600)
"""


def test_nobody_waits_at_a_database_of_one_machine() -> None:
    engine = create_engine("sqlite://")
    with database_turn(engine, "a"), database_turn(engine, "a"):
        pass


def test_one_after_the_other_and_after_a_kill() -> None:
    with postgresql.server() as url:
        engine = create_engine(url)
        held = subprocess.Popen([sys.executable, "-c", HOLDS, url], stdout=subprocess.PIPE, text=True)
        assert held.stdout is not None and held.stdout.readline() == "mine\n"
        with database_turn(engine, "another name"):
            pass
        order: list[str] = []

        def wait() -> None:
            with database_turn(engine, "a"):
                order.append("turn")

        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(1.0)
        order.append("killed")
        held.kill()
        waiting.join(60.0)
        assert order == ["killed", "turn"]
        held.wait()
        held.stdout.close()
        engine.dispose()


def test_a_turn_whose_connection_is_lost_ends_without_a_fault() -> None:
    with postgresql.server() as url:
        engine = create_engine(url)
        with database_turn(engine, "a"), create_engine(url).connect() as other:
            ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            other.execute(text(ends))
        with opening_turn(url, "a"):
            pass
        engine.dispose()
