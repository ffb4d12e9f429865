import _thread
import contextlib
import socket
import urllib.request
from collections.abc import AsyncIterator

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.ports import free_port, listening, serve


@pytest.mark.parametrize("port", [0, 80000, -1])
def test_a_port_that_there_is_none_of_is_a_sentence(port: int) -> None:
    with pytest.raises(UserError, match=f"There is no port {port}: ports go from 1 to 65535"):
        listening("127.0.0.1", port, "kilnmix ui")


def test_a_busy_port_is_a_sentence_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UserError, match=rf"Nothing can listen on 127.0.0.1, port {port}.*kilnmix ui --port \d+"):
            listening("127.0.0.1", port, "kilnmix ui")
    with (
        listening("127.0.0.1", port, "kilnmix ui"),  # taken from here on, before anything answers
        pytest.raises(UserError, match=rf"port {port}.*kilnmix ui --port \d+"),
    ):
        listening("127.0.0.1", port, "kilnmix ui")


def test_a_host_that_is_not_this_machine_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"Nothing can listen on 192\.0\.2\.1|There is no host"):
        listening("192.0.2.1", free_port(), "kilnmix ui")
    with pytest.raises(UserError, match=r"There is no host .no\.such\.host\.invalid"):
        listening("no.such.host.invalid", 5000, "kilnmix ui")


def test_it_says_that_it_serves_when_it_does() -> None:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    taken = listening("127.0.0.1", free_port(), "kilnmix ui")
    port, heard = taken.getsockname()[1], []

    def look() -> None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
                heard.append(answer.read())
        finally:
            _thread.interrupt_main()

    application = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    serve(application, taken, lambda: _thread.start_new_thread(look, ()))
    assert heard == [b"here"]
    listening("127.0.0.1", port, "kilnmix ui").close()


def test_an_application_that_does_not_start_is_a_sentence() -> None:
    from starlette.applications import Starlette

    @contextlib.asynccontextmanager
    async def fails(_: object) -> AsyncIterator[None]:
        raise RuntimeError("no")
        yield

    told: list[str] = []
    with pytest.raises(UserError, match="did not start"):
        serve(
            Starlette(lifespan=fails),
            listening("127.0.0.1", free_port(), "kilnmix ui"),
            lambda: told.append("ready"),
        )
    assert told == []
