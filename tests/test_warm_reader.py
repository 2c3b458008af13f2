"""The server of readers lets go of the streams of one that was ended before it had said what to read."""

from __future__ import annotations

import os
import select
import socket
import sys

import pytest

from tests import warm_reader


@pytest.mark.skipif(sys.platform != "linux", reason="the server of readers is for Linux")
@pytest.mark.parametrize("sent", [3, 8])
def test_a_reader_that_is_ended_before_it_has_its_job_holds_no_stream_open(sent: int) -> None:
    with warm_reader.commands() as command, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.connect(command()[-1])
        out, written = os.pipe()
        words = (40).to_bytes(8, "big")[:sent]
        socket.send_fds(link, [words], [written] * 3)
        os.close(written)
        link.close()
        assert select.select([out], [], [], 10)[0], "the stream stays open"
        assert os.read(out, 1) == b""
        os.close(out)
