from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.domain.evidence import COLUMNS, Layout
from triage_app.errors import BadFile
from triage_app.formats.building import Builder
from triage_app.formats.indicator_rows import LineRows, indicator_row, of_type, strictest

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "indicator-list"


GOOD = "".join(f"192.0.2.{number}\n" for number in range(200))
"""As many lines as are looked at before a file is taken for a list."""


def lines(text: str, format_name: str | None = "indicator-list") -> Read:
    return read_bytes(text.encode(), format=format_name)


def told(found: Read) -> list[tuple[str, str, str]]:
    return [(row["category"], row["value"], row["title"]) for row in found.rows]


def recognised(text: str) -> bool:
    try:
        found = lines(text, None)
    except BadFile:
        return False
    return found.begin is not None and found.begin.format == "indicator-list"


# ---- lines ---------------------------------------------------------------------------------------------
def test_a_list_of_everything_is_read_and_what_is_no_indicator_is_rejected_with_its_line() -> None:
    found = read_bytes((SAMPLES / "mixed.txt").read_bytes())
    assert told(found) == [
        ("ipv4", "203.0.113.40", "203.0.113.40"),
        ("domain", "evil.example", "loader"),
        ("url", "https://c2.evil.example/a/b", "https://c2.evil.example/a/b"),
        ("md5", "44d88612fea8a8f36de82e1278abb02f", "44d88612fea8a8f36de82e1278abb02f"),
        ("ssdeep", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
        ("cve", "CVE-2026-10001", "CVE-2026-10001"),
        ("email", "ward.clerk@evil.example", "ward.clerk@evil.example"),
        ("ipv6", "2001:db8::5", "2001:db8::5"),
        ("cidr", "198.51.100.0/24", "198.51.100.0/24"),
        ("domain", "ads.example", "ads.example"),
    ]
    assert [(reject.line, reject.text) for reject in found.rejects] == [(9, "not an indicator at all")]
    assert "no indicator" in found.rejects[0].reason


def test_the_line_itself_is_the_evidence() -> None:
    found = lines("  evil[.]example  # seen on 3 wards\n")
    assert found.raw(0) == {"line": "evil[.]example  # seen on 3 wards"}
    assert told(found) == [("domain", "evil.example", "seen on 3 wards")]


def test_a_hosts_file_gives_each_of_its_names_and_none_of_its_own() -> None:
    found = lines(
        "127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 0.0.0.0\n"
        "0.0.0.0 evil.example www.evil.example # two\n0.0.0.0 run.js.example\n0.0.0.0 a.png\n"
    )
    assert told(found) == [
        ("domain", "evil.example", "two"),
        ("domain", "www.evil.example", "two"),
        ("domain", "run.js.example", "run.js.example"),
        ("domain", "a.png", "a.png"),
    ]
    assert found.raw(1) == {"line": "0.0.0.0 evil.example www.evil.example # two", "value": "www.evil.example"}
    assert found.ignored == {"local name": 3}
    assert not found.rejects


def test_block_lists_and_firewall_lists_are_read_and_an_exception_is_no_indicator() -> None:
    found = read_bytes((SAMPLES / "firewall.txt").read_bytes())
    assert [(kind, value) for kind, value, _ in told(found)] == [
        ("domain", "ads.example"),
        ("domain", "track.ads.example"),
        ("cidr", "203.0.113.0/28"),
        ("ip-range", "203.0.113.20-203.0.113.29"),
        ("cidr", "198.51.100.0/24"),
        ("ip-range", "2001:db8:1::1-2001:db8:1::9"),
    ]
    assert found.ignored == {"exception from a block list": 1}
    assert "203.0.113.20" in found.rows[3]["tokens"].split()


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ("evil.example,loader", "loader"),
        ("evil.example;loader", "loader"),
        ("evil.example\tloader", "loader"),
        ('evil.example,"loader, old"', "loader, old"),
        ("evil.example // loader", "loader"),
        ("evil.example,loader # old", "loader; old"),
        ("evil.example", "evil.example"),
        ("- evil.example", "evil.example"),
        ("https://evil.example/a;b#c", "https://evil.example/a;b#c"),
    ],
)
def test_what_stands_behind_a_value_says_what_it_belongs_to(line: str, comment: str) -> None:
    found = lines(f"203.0.113.1\n{line}\n")
    assert found.rows[1]["title"] == comment
    assert found.rows[1]["value"] in ("evil.example", "https://evil.example/a;b#c")
    assert not found.rejects


def test_a_value_inside_a_sentence_is_not_taken() -> None:
    found = lines(GOOD + "we saw evil.example today\n203.0.113.1,x,y\n1203.0.113.1\n")
    assert len(found.rows) == 200
    assert [reject.line for reject in found.rejects] == [201, 202, 203]


def test_the_header_of_a_single_column_is_no_record() -> None:
    found = lines("Indicator\nevil.example\n", None)
    assert [row["value"] for row in found.rows] == ["evil.example"]
    assert found.ignored == {"header": 1}


def test_the_same_value_twice_is_one_matter() -> None:
    found = lines("evil.example\nEVIL[.]example # again\nother.example\n")
    keys = [row["key"] for row in found.rows]
    assert keys[0] == keys[1] != keys[2]
    assert found.rows[0]["evidence_id"] != found.rows[1]["evidence_id"]


def test_a_domain_is_found_by_its_parents() -> None:
    assert lines("a.b.evil.example\n").rows[0]["tokens"].split() == ["b.evil.example", "evil.example"]


def test_every_name_of_a_long_line_of_a_hosts_file_is_kept() -> None:
    names = [f"a{number}.evil.example" for number in range(1_000)]
    found = lines("0.0.0.0 " + " ".join(names) + "\n0.0.0.0 b.example\n")
    assert [row["value"] for row in found.rows] == [*names, "b.example"]
    assert not found.rejects


def test_a_line_of_a_hosts_file_with_more_names_than_one_may_hold_is_rejected_with_the_reason() -> None:
    found = lines("0.0.0.0 b.example\n0.0.0.0 " + "a.example " * 1_001 + "\n")
    assert [row["value"] for row in found.rows] == ["b.example"]
    assert [(reject.line, "more than 1,000 names" in reject.reason) for reject in found.rejects] == [(2, True)]


def test_a_word_of_a_hosts_line_that_is_no_name_is_rejected_beside_the_names() -> None:
    found = lines("0.0.0.0 a.example\n0.0.0.0 localhost evil.example ??? \n")
    assert [row["value"] for row in found.rows] == ["a.example", "evil.example"]
    assert [(reject.line, reject.text) for reject in found.rejects] == [(2, "???")]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("1.2.3.4,5.6.7.8", ["1.2.3.4", "5.6.7.8"]),
        ("1.2.3.4, 5.6.7.8; ", ["1.2.3.4", "5.6.7.8"]),
        ("1.2.3.4;evil.example;" + "ab" * 16, ["1.2.3.4", "evil.example", "ab" * 16]),
        ("1.2.3.4 5.6.7.8", ["1.2.3.4", "5.6.7.8"]),
        ("CVE-2026-10001,CVE-2026-10002", ["CVE-2026-10001", "CVE-2026-10002"]),
        ("1.2.3.4,AS64500", ["1.2.3.4"]),
        ("ab" * 16 + ",invoice.exe", ["ab" * 16]),
        ("evil.example,loader", ["evil.example"]),
    ],
)
def test_every_indicator_of_a_line_counts(line: str, values: list[str]) -> None:
    for text in (line + "\n", f"203.0.113.1\n{line}\n"):
        found = lines(text)
        assert [row["value"] for row in found.rows if row["value"] != "203.0.113.1"] == values
        assert not found.rejects


def test_a_line_of_two_addresses_alone_is_a_list() -> None:
    assert [row["value"] for row in lines("1.2.3.4,5.6.7.8\n", None).rows] == ["1.2.3.4", "5.6.7.8"]


# ---- sentences -----------------------------------------------------------------------------------------
WARNING = (
    "Dear colleagues,\n\nhxxps://evil[.]example/a was seen, also 203.0.113[.]7 and evil@bad[.]example, sha256 "
    + "ab" * 32
    + ". Block c2 [.] evil[.]example (and 2001[:]db8[:]:5); more at https://www.trust.example/advice.\n\nRegards,\nA\n"
)


def test_a_pasted_warning_gives_each_indicator_with_its_sentence() -> None:
    found = lines(WARNING, None)
    assert found.begin is not None
    assert found.begin.format == "indicator-list"
    assert [(row["category"], row["value"]) for row in found.rows] == [
        ("url", "https://evil.example/a"),
        ("ipv4", "203.0.113.7"),
        ("email", "evil@bad.example"),
        ("sha256", "ab" * 32),
        ("domain", "c2.evil.example"),
        ("ipv6", "2001:db8::5"),
    ]
    assert found.rows[1]["detail"].startswith("hxxps://evil[.]example/a was seen")
    assert found.rows[4]["detail"].startswith("Block c2 [.] evil")
    assert found.raw(1)["text"] == found.rows[1]["detail"]
    assert found.ignored == {"line of text without an indicator": 3,
                             "address written as a link beside others taken apart": 1}  # fmt: skip
    assert not found.rejects


@pytest.mark.parametrize(
    "text",
    [
        WARNING,
        "hxxps://evil[.]example/a was seen, also 203.0.113[.]7",
        "We saw evil[.]example, then nothing.\nIt came back, twice.\n",
        "Subject: x\n\n203.0.113.7\n",
        "Found on the ward:\n" + "ab" * 32 + "\nPlease look, all of you.\n",
        "- C2: evil[.]example\n- Mail: bad[at]evil[.]example\n",
    ],
)
def test_text_with_indicators_is_recognised(text: str) -> None:
    assert recognised(text)
    assert lines(text, None).rows


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 10:00:00 blocked hxxp://evil[.]example/\n2026-11-21 10:00:01 blocked hxxp://bad[.]example/\n",
        "Nov 21 10:00:00 gw blocked evil[.]example\nNov 21 10:00:01 gw blocked bad[.]example\n",
        "time,severity,alert,url\n2026-11-21T10:00:00Z,high,Beacon,hxxp://evil[.]example/\n",
        "alert,url\nBeacon,hxxp://evil[.]example/\n",
        "Dear all,\nsee www.trust.example, or write to desk@trust.example.\n",
    ],
)
def test_logs_tables_and_letters_are_no_text_with_indicators(text: str) -> None:
    assert not recognised(text)


def test_what_a_person_calls_a_list_is_read_as_one_if_anything_in_it_can_be() -> None:
    found = lines("Dear all,\nplease block evil.example today, and 203.0.113.9.\nThanks\n")
    assert found.begin is not None
    assert "chosen by hand" in found.begin.why
    assert [row["value"] for row in found.rows] == ["evil.example", "203.0.113.9"]
    with pytest.raises(BadFile, match="lacks what marks one"):
        lines("Dear all,\nnothing here.\n")


def test_an_address_that_is_all_of_its_line_counts_beside_one_that_is_taken_apart() -> None:
    found = lines("C2:\nevil-901.example\nhxxp://evil-902[.]example/\n\nplease do block these\n", None)
    assert [row["value"] for row in found.rows] == ["evil-901.example", "http://evil-902.example/"]


def test_the_version_of_a_program_is_no_address() -> None:
    found = lines(
        "evil[.]example runs from version 10.2.3.4 to 10.2.3.6, build: 10.2.3.5, and answers at 203.0.113.7.\n", None
    )
    assert [row["value"] for row in found.rows] == ["evil.example", "203.0.113.7"]


@pytest.mark.parametrize("many", [" and ".join(f"evil{n}[.]example" for n in range(1_200)), "word " * 20_100])
def test_what_is_left_unread_of_an_endless_line_of_text_is_said(many: str) -> None:
    found = lines(WARNING + many + "\n", None)
    assert len(found.rejects) == 1
    assert "no more than 1,000 indicators" in found.rejects[0].reason


# ---- tables --------------------------------------------------------------------------------------------
def test_a_table_with_a_header_is_read_by_its_columns() -> None:
    found = read_bytes((SAMPLES / "feed.csv").read_bytes())
    assert told(found) == [
        ("domain", "evil.example", "Rota"),
        ("ipv4", "203.0.113.41", "Rota"),
        ("sha256", "ab" * 32, "Rota"),
    ]
    assert [row["score"] for row in found.rows] == [90, 50, 10]
    assert [row["tlp"] for row in found.rows] == ["CLEAR", "AMBER", ""]
    assert found.rows[0]["until_at"] == 1798761600000
    assert found.raw(1)["tlp"] == "TLP:AMBER"


def test_a_table_of_two_columns_keeps_its_header_out_of_the_records() -> None:
    found = read_bytes((SAMPLES / "two_columns.csv").read_bytes())
    assert told(found) == [
        ("domain", "evil.example", "loader"),
        ("domain", "c2.evil.example", "first, and worst"),
        ("domain", "other.example", "other.example"),
    ]
    assert not found.rejects


def test_a_table_without_a_header_is_known_by_its_type_words_and_proves_its_own_dates() -> None:
    found = read_bytes((SAMPLES / "headless.csv").read_bytes())
    assert told(found) == [
        ("sha256", "ab" * 32, "Rota"),
        ("domain", "evil.example", "Rota"),
        ("ipv4", "203.0.113.9", "Rota"),
    ]
    assert [row["tlp"] for row in found.rows] == ["CLEAR", "GREEN", "AMBER"]
    assert [row["seen_at"] for row in found.rows] == [1778765927000, 1777800173000, 1780577583000]
    assert found.raw(1)["column 1"] == "5/3/2026 9:22:53 AM"


def test_dates_that_nothing_proves_are_not_read_but_kept() -> None:
    found = lines("indicator,date\nevil.example,03/04/2026\nother.example,05/04/2026\n", None)
    assert [row["seen_at"] for row in found.rows] == [None, None]
    assert found.raw(0)["date"] == "03/04/2026"
    day_first = lines("indicator,date\nevil.example,03/04/2026\nother.example,25/04/2026\n", None)
    assert day_first.rows[0]["seen_at"] == 1775174400000


def test_a_row_whose_value_cannot_be_what_its_type_says_is_rejected() -> None:
    good = "".join(f"a{number}.example,domain,\n" for number in range(9))
    found = lines(f"indicator,type,description\n{good}nothing,sha256,\n", None)
    assert len(found.rows) == 9
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (11, "the row holds no indicator that we know")
    ]


@pytest.mark.parametrize(
    ("kind", "raw", "found"),
    [
        ("md5", "ab" * 32, ("sha256", "ab" * 32)),
        ("md5", "12345", ("other", "12345")),
        ("other", "ab" * 16, ("other", "ab" * 16)),
        ("mutex", "evil.example", ("mutex", "evil.example")),
        ("domain", "Setup.exe", ("domain", "setup.exe")),
        ("asn", "64500", ("asn", "AS64500")),
        ("url", "http://evil.example/a b", ("url", "http://evil.example/a b")),
        ("ipv4", "2001:db8::1", ("ipv6", "2001:db8::1")),
    ],
)
def test_a_sources_word_stands_where_the_value_does_not_say_otherwise(
    kind: str, raw: str, found: tuple[str, str]
) -> None:
    assert of_type(kind, raw) == found


def test_of_several_labels_the_strictest_holds() -> None:
    assert strictest(["GREEN", "AMBER+STRICT", "", "AMBER"]) == "AMBER+STRICT"
    assert strictest([]) == ""


# ---- recognising ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.9",
        "# only one\nevil[.]example\n",
        "indicator,source\nevil.example,desk\n",
        "value,comment\nevil.example,loader\n",
        "md5,sha1\n" + "ab" * 16 + "," + "ab" * 20 + "\n",
        "ioc_value;ioc_type\nevil.example;domain\n",
        "ip,description\n203.0.113.9,scanner\n",
        "bad@evil.example\nworse@evil.example\n",
    ],
)
def test_a_list_is_recognised(text: str) -> None:
    assert recognised(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,\nplease block evil.example today.\nThanks\n",
        "time,severity,src_ip,alert\n2026-11-21T10:00:00Z,high,203.0.113.9,Beacon\n",
        "ip,severity,event\n203.0.113.9,high,Beacon\n",
        "hostname,os,owner\npc7.ward.example,Windows 11,Ward 7\npc8.ward.example,Windows 11,Ward 7\n",
        "email,name\nnurse@trust.example,A Nurse\nporter@trust.example,A Porter\n",
        "nurse@trust.example,A Nurse\nporter@trust.example,A Porter\n",
        "cve,package,fixed\nCVE-2026-10001,a,1\nCVE-2026-10002,b,2\n",
        "report.pdf\nletter.docx\nslides.pptx\n",
        "2026-11-21 10:00:00 203.0.113.9 GET /\n2026-11-21 10:00:01 203.0.113.9 GET /a\n",
        "12:30:15\n12:30:16\n",
        '{"indicator": "evil.example"}',
        "<list><ip>203.0.113.9</ip></list>",
        "# nothing but this\n",
    ],
)
def test_what_is_no_list_of_indicators_is_not_claimed(text: str) -> None:
    assert not recognised(text)


# ---- the quick way -------------------------------------------------------------------------------------
WORD = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=30)
NAME = st.from_regex(r"_?[a-z0-9]{1,6}(\.[a-z0-9-]{1,6}){1,3}\.example", fullmatch=True)


@given(NAME | WORD, st.sampled_from(["domain", "url", "other", "ipv4"]), st.none() | WORD, st.sampled_from(["", "RXX"]))
def test_a_line_written_quickly_is_the_row_that_the_builder_makes(
    line: str, kind: str, comment: str | None, organisation: str
) -> None:
    builder = Builder(Layout("indicator-list", "Indicator list", {}), "indicator", organisation)
    quick = json.loads(LineRows(builder).row_json(line, kind, line, comment or line))
    slow = indicator_row(builder, {"line": line}, kind, line, comment or line)
    assert dict(zip(COLUMNS, quick, strict=True)) == dict(zip(COLUMNS, slow, strict=True))


def test_a_url_that_is_the_indicator_stays_whole_with_what_it_carries() -> None:
    found = lines("ftp://user:hunter2@evil.example/a\nhttps://evil.example/?password=a\n"
                  "https://evil.example/?password=b\n")  # fmt: skip
    assert [row["value"] for row in found.rows] == [
        "ftp://user:hunter2@evil.example/a", "https://evil.example/?password=a", "https://evil.example/?password=b",
    ]  # fmt: skip
    assert len({row["evidence_id"] for row in found.rows}) == 3


# ---- hostile -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "junk",
    [
        "%" * 4_000,
        "a:" * 2_000,
        "[.]" * 1_300,
        "a." * 2_000,
        "1" * 4_000,
        "- " * 2_000,
        "||" + "^" * 4_000,
        "\t,;" * 1_300 + "x",
    ],
)
def test_long_lines_of_junk_are_refused_quickly(junk: str) -> None:
    started = time.process_time()
    found = lines(GOOD + f"{junk}\n" * 500)
    assert len(found.rows) == 200
    assert len(found.rejects) == 500
    assert time.process_time() - started < 5


def test_a_line_without_end_is_rejected_and_the_list_goes_on() -> None:
    found = lines("evil.example\n" + "a" * 20_000_000 + "\nother.example\n")
    assert [row["value"] for row in found.rows] == ["evil.example", "other.example"]
    assert found.rejects


def test_thirty_thousand_domains_take_about_a_second() -> None:
    data = "".join(f"name-{number}.evil.example\n" for number in range(30_000))
    started = time.process_time()
    found = lines(data)
    assert len(found.rows) == 30_000
    assert time.process_time() - started < 4


@pytest.mark.parametrize(
    "table",
    [
        "Time,IP,Alert Name,Threat Severity\n2026-01-02T10:00:00Z,203.0.113.3,Beacon,High\n",
        "hostname,owner,location,serial\nws01.trust.example,A,B,C1\n",
        "name,email,department\nA Jones,a.jones@trust.example,Wards\n",
        "hostname,detected,threat,user\nws01.trust.example,2026-01-02,Emotet,aj\n",
        "url,time,user,category\nhttp://evil.example/,2026-01-02,aj,news\n",
        "ip,alert\n203.0.113.3,Beacon\n",
    ],
)
def test_a_table_of_what_happened_or_of_who_has_what_accuses_nobody(table: str) -> None:
    assert not recognised(table)


def test_a_text_of_one_line_is_not_said_to_have_several() -> None:
    begin = read_bytes(b"Block hxxps://evil[.]example/a and 203.0.113[.]7 at once, please.\n").begin
    assert begin is not None
    assert begin.why == "Text with indicators: 2 in its only line."
