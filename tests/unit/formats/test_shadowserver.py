from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app import paths
from triage_app.formats.shadowserver import UNKNOWN, recognise_table, reports

RDP = "timestamp,ip,port,hostname,tag,asn,geo,region,city,naics,sector,rdp_protocol,bluekeep_vulnerable,jarm"
SAMPLES = {
    "scan_rdp": 12,
    "event4_sinkhole_http": 14,
    "event4_honeypot_brute_force": 10,
    "compromised_website": 5,
}


def read(header: str, *rows: str) -> Read:
    return read_bytes("\n".join([header, *rows, ""]).encode())


def rdp(ip: str = "203.0.113.10", time: str = "2026-11-21 20:00:00", tail: str = "RDP,N,x") -> str:
    return f"{time},{ip},3389,host.nhs.example,rdp,64500,GB,R,C,622110,Health,{tail}"


@pytest.mark.parametrize(("name", "count"), SAMPLES.items())
def test_our_sample_reports_are_recognised_and_read_whole(name: str, count: int) -> None:
    path = paths.resources() / "samples" / f"shadowserver-{name}.csv"
    found = read_bytes(path.read_bytes())
    assert found.begin is not None
    assert found.begin.format == "shadowserver"
    assert name in found.begin.why or name.replace("event4", "event") in found.begin.why
    assert len(found.rows) == count
    with path.open(newline="", encoding="utf-8") as file:
        raw = list(csv.DictReader(file))
    for index, expected in enumerate(raw):
        for secret in ("username", "password"):
            if expected.get(secret):
                expected[secret] = "[masked]"
        assert found.raw(index) == expected


def test_a_report_gets_title_class_and_severity_from_the_table_of_reports() -> None:
    (row,) = read(RDP, rdp()).rows
    assert row["title"] == "Remote desktop open to the internet"
    assert row["rsit"] == "vulnerable/potentially-unwanted-accessible"
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (75, "", "shadowserver-report/1:scan_rdp")
    assert (row["src"], row["host"], row["category"]) == ("203.0.113.10", "host.nhs.example", "rdp")
    assert row["seen_at"] == 1795291200000


def test_a_severity_that_the_report_gives_itself_wins() -> None:
    (row,) = read("severity," + RDP, "critical," + rdp()).rows
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (95, "critical", "shadowserver/1")


def test_the_same_exposure_reported_the_next_day_is_the_same_matter() -> None:
    found = read(RDP, rdp(), rdp(time="2026-11-22 20:00:00"), rdp(ip="203.0.113.11"))
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_a_new_report_of_the_family_is_taken_and_its_columns_are_kept() -> None:
    found = read(
        "timestamp,ip,port,hostname,asn,geo,tag,warp_drive", "2026-11-21 20:00:00,203.0.113.9,99,h,1,GB,warp,on"
    )
    (row,) = found.rows
    assert row["title"] == "Shadowserver: unknown report: warp"
    assert row["rsit"] == "other/undetermined"
    assert json.loads(row["rest"])["warp_drive"] == "on"


def test_a_new_kind_of_event_never_passes_for_a_sinkhole_hit() -> None:
    base = "timestamp,protocol,src_ip,src_port,src_asn,src_geo,dst_ip,dst_port,infection,family,tag,event_id"
    assert recognise_table(base.split(","), []) == next(r for r in reports()[3] if r.id == "event_sinkhole")
    assert recognise_table([*base.split(","), "friendly_probe"], []) is UNKNOWN


def test_a_table_that_only_has_a_timestamp_and_an_address_is_no_shadowserver_report() -> None:
    assert recognise_table(["timestamp", "ip", "message"], []) is None


def test_columns_in_another_order_and_case_are_the_same_report() -> None:
    headers = [header.upper() for header in reversed(RDP.split(","))]
    report = recognise_table(headers, [])
    assert report is not None
    assert report.id == "scan_rdp"


def test_a_row_that_lacks_its_last_cell_is_taken_and_counted() -> None:
    found = read(RDP, rdp(tail="RDP,N"), rdp(tail="RDP,N,x,y"))
    assert len(found.rows) == 1
    assert found.end is not None
    assert found.end.short_rows == 1
    assert [reject.line for reject in found.rejects] == [3]
    assert found.raw(0)["jarm"] == ""


@pytest.mark.parametrize("time", ["", "yesterday", "2026-13-01 00:00:00", "0000-00-00 00:00:00"])
def test_a_row_without_a_readable_time_is_rejected(time: str) -> None:
    found = read(RDP, rdp(time=time), rdp())
    assert len(found.rows) == 1
    assert [(reject.line, reject.text) for reject in found.rejects] == [(2, rdp(time=time) + "\n")]


def test_passwords_and_cookies_are_masked_before_anything_is_hashed() -> None:
    header = "timestamp,src_ip,src_asn,src_geo,tag,service,username,password,set_cookie,client_version"
    found = read(
        header,
        "2026-11-21 20:00:00,203.0.113.9,1,GB,x,ssh,root,hunter2,sid=1,",
        "2026-11-21 20:00:00,203.0.113.9,1,GB,x,ssh,root,other,sid=2,",
        "2026-11-21 20:00:00,203.0.113.9,1,GB,x,ssh,root,,,",
    )
    assert "hunter2" not in json.dumps(found.rows)
    assert found.rows[0]["evidence_id"] == found.rows[1]["evidence_id"] != found.rows[2]["evidence_id"]
    assert found.raw(0)["password"] == "[masked]"
    assert found.raw(2)["password"] == ""


HONEYPOT = "timestamp,src_ip,src_port,src_asn,src_geo,tag,service,username,password,client_version"


def test_names_tried_at_a_honeypot_are_masked_with_their_passwords() -> None:
    found = read(
        HONEYPOT,
        "2026-11-21 20:00:00,203.0.113.9,4,1,GB,x,ssh,a.jones@trust.example,hunter2,",
        "2026-11-21 20:00:00,203.0.113.9,4,1,GB,x,ssh,b.smith@trust.example,hunter3,",
        "2026-11-21 20:00:00,203.0.113.9,4,1,GB,x,ssh,,,",
    )
    kept = json.dumps([found.rows, [found.raw(index) for index in range(3)]])
    assert "jones" not in kept
    assert "smith" not in kept
    assert [row["user"] for row in found.rows] == ["[masked]", "[masked]", ""]
    assert found.raw(0)["username"] == "[masked]"
    assert found.rows[0]["rsit"] == "intrusion-attempts/brute-force"


def test_a_new_report_with_names_and_passwords_is_treated_as_a_honeypots() -> None:
    found = read(
        "timestamp,ip,port,asn,geo,region,warp,username,password", "2026-11-21 20:00:00,203.0.113.9,4,1,GB,R,x,root,p"
    )
    assert found.rows[0]["user"] == "[masked]"


def test_a_user_in_another_report_is_kept() -> None:
    found = read(RDP + ",username", rdp(tail="RDP,N,x,a.jones"))
    assert found.rows[0]["user"] == "a.jones"


CELLS = st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=10), min_size=13, max_size=13)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_the_raw_row_can_always_be_put_together_again(rows: list[list[str]]) -> None:
    headers = RDP.split(",")
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(headers)
    rows = [["plain text " * 200] * 13, *rows]  # a file of nothing but control characters is no text
    for row in rows:
        writer.writerow(["2026-11-21 20:00:00", *row])
    found = read_bytes(buffer.getvalue().encode(), format="shadowserver")
    assert [found.raw(index) for index in range(len(found.rows))] == [
        dict(zip(headers, ["2026-11-21 20:00:00", *row], strict=True)) for row in rows
    ]


def test_every_report_in_the_table_is_well_formed_and_found_by_its_own_headers() -> None:
    rule, _, _, known = reports()
    assert rule
    assert len({report.id for report in known}) == len(known)
    classes = {
        "vulnerable",
        "malicious-code",
        "intrusion-attempts",
        "intrusions",
        "availability",
        "information-gathering",
        "abusive-content",
        "fraud",
        "other",
    }
    for report in known:
        assert 0 <= report.severity <= 100
        assert report.rsit.split("/")[0] in classes
        headers = ["timestamp", "asn", "geo", "region", "naics", *report.needs]
        sample = [["2026", "1", "GB", "r", "n", *(report.tags[0] if need == "tag" else "x" for need in report.needs)]]
        found = recognise_table(headers if {"ip", "src_ip", "url"} & set(headers) else [*headers, "ip"], sample)
        assert found is not None, report.id
        assert found.id == report.id


REAL = {
    "blocklist": "other/other",
    "compromised_website": "intrusions/system-compromise",
    "event4_honeypot_brute_force": "intrusion-attempts/brute-force",
    "event4_honeypot_ddos_amp": "availability/ddos",
    "event4_sinkhole_http": "malicious-code/infected-system",
    "malware_url": "malicious-code/malware-distribution",
    "phish_url": "fraud/phishing",
    "scan_exchange": "vulnerable/vulnerable-system",
    "scan_http_vulnerable": "vulnerable/vulnerable-system",
    "scan_ics": "vulnerable/potentially-unwanted-accessible",
    "scan_rdp": "vulnerable/potentially-unwanted-accessible",
    "scan_smb": "vulnerable/potentially-unwanted-accessible",
    "smb": "vulnerable/potentially-unwanted-accessible",
    "telnet": "vulnerable/potentially-unwanted-accessible",
}


def test_the_real_reports_are_all_recognised_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "shadowserver"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for path in sorted(folder.glob("*.csv")):
        found = read_bytes(path.read_bytes())
        assert found.begin is not None
        assert "but new" not in found.begin.why, path.name
        assert found.rejects == []
        assert {row["rsit"] for row in found.rows} == {REAL[path.stem]}
        for index in range(len(found.rows)):
            found.raw(index)
