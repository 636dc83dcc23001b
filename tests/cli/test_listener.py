import socket

import pytest

from hybrid_search.cli.listener import open_listener
from hybrid_search.errors import ListenError


def test_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}: another prog"):
            open_listener(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("bind", "reason"),
    [
        ("8000", "write HOST:PORT"),
        (":8000", "write HOST:PORT"),
        ("localhost:", "write HOST:PORT"),
        ("localhost:http", "write HOST:PORT"),
        ("localhost:\N{SUPERSCRIPT TWO}", "write HOST:PORT"),
        ("127.0.0.1:99999", "cannot listen on 127.0.0.1:99999: ports end at 65535"),
        ("192.0.2.1:8000", "cannot listen on 192.0.2.1:8000: "),
        ("no.such.host.invalid:8000", "cannot listen on no.such.host.invalid:8000: "),
    ],
)
def test_address_that_cannot_be_used_is_named(bind: str, reason: str) -> None:
    with pytest.raises(ListenError) as failure:
        open_listener(bind)
    assert reason in str(failure.value)


@pytest.mark.parametrize("bind", ["127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_addresses_of_both_families_are_understood(bind: str) -> None:
    with open_listener(bind) as listener:
        address = listener.getsockname()[:2]
        with socket.create_connection(address) as client:
            assert client.getpeername()[:2] == address
