"""Ids and addresses that come from outside."""

from __future__ import annotations

import pytest

from kilnmix.collection.museums.outside import RefusedError, check_address, is_id, trusted


@pytest.mark.parametrize(
    "id_", ["../../../X", "..", ".hidden", "a/b", "a\\b", "", "a b", "con", "NUL.1", "x.", "1" * 101, "a..b"]
)
def test_ids_that_are_no_file_names(id_: str) -> None:
    assert not is_id(id_)


@pytest.mark.parametrize("id_", ["1", "1921.635", "O123-4", "a_b"])
def test_ids_that_are(id_: str) -> None:
    assert is_id(id_)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a", "http://127.0.0.1:1/a", "http://localhost/a", "http://[::1]/a", "http://0.0.0.0/a",
        "http://10.1.2.3/a", "http://192.168.1.1/a", "http://172.16.0.1/a", "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/a", "http://[fc00::1]/a", "http://2130706433/a", "http://0x7f000001/a", "http://127.1/a",
        "http://[::ffff:127.0.0.1]/a", "http://user@127.0.0.1/a", "ftp://example.org/a", "file:///etc/passwd",
        "data:text/plain,a", "http:///a", "http://100.64.0.1/a", "http://224.0.0.1/a", "http://[::1", "gopher://a/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RefusedError):
        check_address(url)


def test_a_public_address_and_a_server_that_the_person_named() -> None:
    check_address("https://93.184.216.34/a")
    check_address("http://127.0.0.1:8000/a", trusted("http://127.0.0.1:8000/api"))
    with pytest.raises(RefusedError):
        check_address("http://127.0.0.1:8001/a", trusted("http://127.0.0.1:8000/api"))
