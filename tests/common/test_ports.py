import socket

import pytest

from kilnmix.common.errors import UserError
from kilnmix.common.ports import check_address, free_port


@pytest.mark.parametrize("port", [0, 80000, -1])
def test_a_port_that_there_is_none_of_is_a_sentence(port: int) -> None:
    with pytest.raises(UserError, match=f"There is no port {port}: ports go from 1 to 65535"):
        check_address("127.0.0.1", port, "kilnmix ui")


def test_a_busy_port_is_a_sentence_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UserError, match=rf"Nothing can listen on 127.0.0.1, port {port}.*kilnmix ui --port \d+"):
            check_address("127.0.0.1", port, "kilnmix ui")
    check_address("127.0.0.1", port, "kilnmix ui")


def test_a_host_that_is_not_this_machine_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"Nothing can listen on 192\.0\.2\.1|There is no host"):
        check_address("192.0.2.1", free_port(), "kilnmix ui")
    with pytest.raises(UserError, match=r"There is no host .no\.such\.host\.invalid"):
        check_address("no.such.host.invalid", 5000, "kilnmix ui")
