from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

FIELDS = ["ts", "note", "msg", "sub", "src", "dst", "p"]
HEAD = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tnotice\n#fields\t"


def table(*rows: str, head: str = HEAD, fields: list[str] = FIELDS) -> Read:
    return read_bytes("\n".join([head + "\t".join(fields), *rows, "#close\t2026", ""]).encode(), format="zeek")


def objects(*records: dict[str, Any]) -> Read:
    return read_bytes("".join(json.dumps(record) + "\n" for record in records).encode(), format="zeek")


def test_a_notice_fills_the_columns_and_leaves_out_what_is_unset() -> None:
    found = table("1795291200.250999\tSSH::Password_Guessing\tguesses 30 times\t(empty)\t192.0.2.4\t-\t22")
    (row,) = found.rows
    assert (row["title"], row["category"]) == ("SSH::Password_Guessing: guesses 30 times", "SSH::Password_Guessing")
    assert (row["seen_at"], row["src"], row["dst"]) == (1795291200250, "192.0.2.4", "")
    assert row["rsit"] == "intrusion-attempts/brute-force"
    assert (row["severity"], row["severity_rule"]) == (50, "unknown/1")
    assert found.raw(0) == {
        "ts": "1795291200.250999",
        "note": "SSH::Password_Guessing",
        "msg": "guesses 30 times",
        "sub": "",
        "src": "192.0.2.4",
        "p": "22",
    }


def test_the_table_says_itself_how_it_separates_and_what_means_nothing() -> None:
    head = "#separator \\x7c\n#empty_field|NONE\n#unset_field|?\n#path|notice\n#fields|"
    text = head + "|".join(FIELDS) + "\n1795291200|A::B|m|NONE|?|-|?\n"
    found = read_bytes(text.encode(), format="zeek")
    assert found.raw(0) == {"ts": "1795291200", "note": "A::B", "msg": "m", "sub": "", "dst": "-"}


def test_a_notice_without_addresses_is_known_by_its_message_without_numbers() -> None:
    found = table(
        "1\tA::B\tloss of 2.5%\t-\t-\t-\t-", "2\tA::B\tloss of 13.0%\t-\t-\t-\t-", "3\tA::B\tother\t-\t-\t-\t-"
    )
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_logs_that_follow_one_another_each_have_their_header_and_others_are_counted() -> None:
    conn = "#separator \\x09\n#path\tconn\n#fields\tts\tuid\n1\tC1\n2\tC2\n"
    intel = (
        "#separator \\x09\n#path\tintel\n#fields\tts\tseen.indicator\tseen.indicator_type\tsources\n"
        "3\tbad.example\tIntel::DOMAIN\tx,y\n"
    )
    found = read_bytes((HEAD + "\t".join(FIELDS) + "\n1\tA::B\tm\t-\t-\t-\t-\n" + conn + intel).encode(), format="zeek")
    assert [row["title"] for row in found.rows] == ["A::B: m", "Intel::DOMAIN bad.example seen"]
    assert found.rows[1]["host"] == "bad.example"
    assert found.rows[1]["detail"] == "listed by x,y"
    assert found.ignored == {"conn log": 2}


def test_json_lines_with_nested_or_dotted_keys_are_read() -> None:
    found = objects(
        {
            "ts": 1795291200.25,
            "note": "Scan::Port_Scan",
            "msg": "m",
            "id.orig_h": "192.0.2.4",
            "id": {"resp_h": "192.0.2.5"},
        },
        {"ts": "2026-11-21T20:00:00.500000Z", "seen": {"indicator": "a" * 32, "indicator_type": "Intel::FILE_HASH"}},
        {"_path": "dns", "ts": 1, "query": "x"},
    )
    first, second = found.rows
    assert (first["src"], first["dst"], first["seen_at"]) == ("192.0.2.4", "192.0.2.5", 1795291200250)
    assert (second["hash"], second["seen_at"]) == ("a" * 32, 1795291200500)
    assert found.ignored == {"dns log": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("yesterday\tA::B\tm\t-\t-\t-\t-", "cannot be read"),
        ("-\tA::B\tm\t-\t-\t-\t-", "without a time"),
        ("99999999999\tA::B\tm\t-\t-\t-\t-", "outside 1970 to 2199"),
        ("1\tA::B\tm", "3 cells where the header has 7"),
        ("1\t-\t-\t-\t-\t-\t-", "without note and message"),
    ],
)
def test_a_broken_row_is_rejected_with_its_line(row: str, reason: str) -> None:
    found = table("1\tA::B\tm\t-\t-\t-\t-", row)
    assert len(found.rows) == 1
    ((line, why, text),) = [(reject.line, reject.reason, reject.text) for reject in found.rejects]
    assert (line, text) == (8, row)
    assert reason in why


def test_hostile_headers_cost_little_time() -> None:
    began = time.monotonic()
    many = HEAD + "\t".join(f"f{number}" for number in range(20_000)) + "\n" + "\t" * 19_999 + "\n"
    twice = HEAD + "note\tnote\tmsg\n1\t2\t3\n"
    for text in (many, twice, HEAD + "\n" + "\n" * 100_000 + "x\n", HEAD + "note\n" + "#separator \\x\n" * 10_000):
        read_bytes(text.encode(), format="zeek")
    assert time.monotonic() - began < 5


def test_the_real_logs_are_read_whole_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "zeek"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for name, count in (("notice.log", 2), ("notice_2012_schema.log", 1)):
        found = read_bytes((folder / name).read_bytes())
        assert found.begin is not None
        assert found.begin.format == "zeek"
        assert (len(found.rows), found.rejects) == (count, [])
