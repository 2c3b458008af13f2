from __future__ import annotations

import hashlib
import random
import struct
import time
from pathlib import Path

import pytest

from tests.unit.formats.mail_support import attachment, compound, mail, message
from tests.unit.formats.reading_support import read_bytes
from triage_app.errors import BadFile
from triage_app.formats.compound_file import BrokenFile, CompoundFile
from triage_app.formats.outlook_mail import MOST_MAILS, mail_of

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "outlook-message"
HEADERS = "From: <a@b.example>\r\nSubject: From the headers\r\nMessage-ID: <m@b.example>\r\n\r\n"


def test_a_message_fills_the_same_columns_as_a_mail_and_is_the_same_matter() -> None:
    found = read_bytes((SAMPLES / "parcel.msg").read_bytes())
    (row,) = found.rows
    assert found.begin is not None
    assert found.begin.format == "outlook-message"
    assert (row["title"], row["reference"]) == ("Your parcel waits", "parcel-1@sender.example")
    # No server's Received line vouches for the Authentication-Results of this message: they may be the sender's own.
    assert row["detail"] == "no SPF, DKIM or DMARC result; 1 link; 1 attachment"
    assert found.raw(0)["attachments"][0]["name"] == "fee.pdf"
    saved = (SAMPLES.parent / "mail" / "reported.eml").read_bytes()
    assert row["key"] == read_bytes(saved).rows[0]["key"]


def test_a_message_in_a_report_is_the_one_shown() -> None:
    (row,) = read_bytes((SAMPLES / "reported.msg").read_bytes()).rows
    assert row["title"] == "Your parcel waits"
    assert row["detail"].endswith("reported by a.jones@trust.example")


def test_a_mail_attached_as_a_file_is_opened() -> None:
    data = compound(message({0x37: "FW"}, {"__attach_version1.0_#00000000": attachment("x.eml", mail())}))
    (row,) = read_bytes(data).rows
    assert row["title"] == "Your mailbox is full"


def test_what_the_headers_lack_comes_from_outlooks_own_fields() -> None:
    when = struct.pack("<HHIQ", 0x0040, 0x0039, 6, 134_381_700_000_000_000)
    tree = message({0x37: "Kept by Outlook", 0x0C1A: 'A "B" C', 0x0C1F: "a@b.example", 0x1035: "<k@b.example>"})
    tree["__properties_version1.0"] = bytes(tree["__properties_version1.0"]) + when  # type: ignore[arg-type]
    found = read_bytes(compound(tree))
    (row,) = found.rows
    assert (row["title"], row["user"], row["reference"]) == ("Kept by Outlook", "a@b.example", "k@b.example")
    assert row["seen_at"] == 1_793_696_400_000
    assert found.raw(0)["notes"] == ["from Outlook's own fields: From, Subject, Message-ID, Date"]
    (row,) = read_bytes(compound(message({0x37: "Not this", 0x7D: HEADERS}))).rows
    assert row["title"] == "From the headers"


def test_headers_that_let_somebody_in_are_masked() -> None:
    secret = "Authorization: Basic hunter\r\nCookie: hunter\r\nX-Api-Key: hunter\r\n"
    found = read_bytes(compound(message({0x37: "x", 0x7D: secret + HEADERS})))
    assert "hunter" not in str(found.rows)
    assert ["X-Api-Key", "[masked]"] in found.raw(0)["headers"]


def test_html_is_read_in_its_code_page_and_for_its_links() -> None:
    html = '<p>Grüße <a href="http://evil.example">trust.example</a></p>'.encode()
    found = read_bytes(compound(message({0x37: "x"}, {"__substg1.0_10130102": html})))
    assert found.raw(0)["bodies"][0]["text"] == "Grüße trust.example"
    assert found.rows[0]["url"] == "http://evil.example"


def test_a_text_kept_only_as_rtf_is_said_not_to_be_read() -> None:
    found = read_bytes(compound(message({0x37: "x"}, {"__substg1.0_10090102": b"rtf"})))
    assert "its text is kept only as RTF, which was not read" in found.raw(0)["notes"]


def test_another_ole_document_is_not_taken() -> None:
    document = compound({"WordDocument": b"x" * 5000})
    with pytest.raises(BadFile, match="binary file of a kind that no format knows"):
        read_bytes(document, name="letter.doc")
    assert mail_of(document) is None


def test_a_large_file_whose_directory_comes_late_is_read_or_refused_in_words() -> None:
    large = message({0x37: "Late"}, {"__attach_version1.0_#00000000": attachment("big.bin", b"x" * 600_000)})
    assert read_bytes(compound(large)).rows[0]["title"] == "Late"
    with pytest.raises(BadFile, match="is no Outlook message"):
        read_bytes(compound({"WordDocument": b"x" * 600_000}), name="letter.doc")


def test_a_file_with_a_table_of_tables_is_read_to_its_last_byte() -> None:
    content = bytes(range(256)) * 40_000
    data = compound(message({0x37: "Large"}, {"__attach_version1.0_#00000000": attachment("big.bin", content)}))
    assert struct.unpack_from("<I", data, 72)[0] > 0
    found = mail_of(data)
    assert found is not None
    assert found.attachments[0]["sha256"] == hashlib.sha256(content).hexdigest()


def test_chains_and_folders_that_run_in_circles_come_to_an_end() -> None:
    data = bytearray(
        compound(message({0x37: "Round"}, {"__attach_version1.0_#00000000": attachment("a", b"x" * 9000)}))
    )
    table = struct.unpack_from("<I", data, 76)[0]
    at = (table + 1) * 512
    for number in range(30):
        struct.pack_into("<I", data, at + number * 4, number // 2)
    started = time.process_time()
    mail_of(bytes(data))
    circle = bytearray(compound(message({0x37: "Round"})))
    directory = (struct.unpack_from("<I", circle, 48)[0] + 1) * 512
    struct.pack_into("<III", circle, directory + 128 + 68, 1, 1, 1)
    mail_of(bytes(circle))
    assert time.process_time() - started < 2


def test_a_table_of_tables_that_runs_in_circles_comes_to_an_end() -> None:
    data = bytearray(compound(message({0x37: "Round"})))
    data += struct.pack("<128I", *([0] * 127), len(data) // 512 - 1)
    struct.pack_into("<II", data, 68, len(data) // 512 - 2, 0xFFFFFFFF)
    started = time.process_time()
    mail_of(bytes(data))
    assert time.process_time() - started < 2


def test_streams_that_share_their_sectors_are_refused_when_they_exceed_the_file() -> None:
    data = bytearray(compound({f"s{number:03}": b"" for number in range(400)} | {"big": b"x" * 40_000}))
    entries = CompoundFile(bytes(data)).entries
    big = next(entry for entry in entries if entry.path == ("big",))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) * 512
    for number in range(1, 400):
        struct.pack_into("<II", data, directory + number * 128 + 116, big.start, big.size)
    shared = CompoundFile(bytes(data))
    with pytest.raises(BrokenFile):
        _ = [shared.stream(entry) for entry in shared.entries]


def test_messages_inside_messages_are_read_up_to_a_limit() -> None:
    tree = message({0x37: "innermost"}, inside=True)
    for number in range(25):
        tree = message(
            {0x37: str(number)}, {"__attach_version1.0_#00000000": attachment("a", embedded=tree)}, inside=number < 24
        )
    assert read_bytes(compound(tree)).rows
    many = {
        f"__attach_version1.0_#{n:08X}": attachment("a", embedded=message({0x37: "x"}, inside=True)) for n in range(150)
    }
    found = mail_of(compound(message({0x37: "many"}, many)))
    assert found is not None
    assert sum(bool(inner.headers) for inner in found.attached) < MOST_MAILS


@pytest.mark.parametrize("seed", range(20))
def test_a_message_with_its_bytes_changed_becomes_a_row_or_a_sentence(seed: int) -> None:
    chance = random.Random(seed)
    original = (SAMPLES / "reported.msg").read_bytes()
    for _ in range(25):
        data = bytearray(original)
        for _ in range(chance.randint(1, 30)):
            at = chance.randrange(len(data))
            data[at] = chance.choice((0, 1, 0x1E, 0x7F, 0xD8, 0xFE, 0xFF, chance.randrange(256)))
        try:
            found = read_bytes(bytes(data), format="outlook-message")
        except BadFile:
            continue
        assert found.raw(0)
