"""What may be kept as evidence: an ordinary file at rest, of one byte to two gibibytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from triage_app.domain.attachments import PIECE_BYTES
from triage_app.errors import BadFile
from triage_app.formats.evidence_file import EvidenceFile


def test_a_file_comes_whole_in_pieces_of_one_size(tmp_path: Path) -> None:
    data = os.urandom(2 * PIECE_BYTES + 5)
    (tmp_path / "x").write_bytes(data)
    with EvidenceFile(tmp_path / "x") as file:
        pieces = list(file.pieces())
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, PIECE_BYTES, 5]
    assert b"".join(pieces) == data


def test_what_is_no_file_at_rest_is_refused_with_a_sentence_that_does_not_name_it(tmp_path: Path) -> None:
    made = {name: tmp_path / f"Jo Pryce {name}" for name in ("empty", "big", "link", "pipe", "folder", "none")}
    made["empty"].touch()
    with made["big"].open("wb") as file:
        file.truncate(5 * 1024**3)
    made["link"].symlink_to(made["empty"])
    os.mkfifo(made["pipe"])
    made["folder"].mkdir()
    words = {"empty": "0 bytes", "big": "5.0 GiB", "link": "a link", "pipe": "a pipe", "folder": "a folder",
             "none": "not there"}  # fmt: skip
    for name, said in words.items():
        with pytest.raises(BadFile, match=said) as refused:
            EvidenceFile(made[name])
        assert "Pryce" not in refused.value.what + refused.value.do
    with pytest.raises(BadFile, match="a device"):
        EvidenceFile(Path("/dev/null"))
    with pytest.raises(BadFile, match="No file"):
        EvidenceFile(Path("/"))


@pytest.mark.parametrize("change", [b"+", b"-", b"="])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, change: bytes) -> None:
    path = tmp_path / "growing.log"
    path.write_bytes(bytes(2 * PIECE_BYTES + 7))
    with EvidenceFile(path) as file:
        pieces = file.pieces()
        next(pieces)
        if change == b"+":
            with path.open("ab") as more:
                more.write(b"x")
        elif change == b"-":
            os.truncate(path, PIECE_BYTES + 3)
        else:
            os.utime(path, ns=(1, 1))
        with pytest.raises(BadFile, match="changed while it was read"):
            list(pieces)
