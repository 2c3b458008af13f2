"""The shipped lists of classification: whole, true to their sources, and honest where they lose."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.errors import BadInput
from triage_app.services import classification as lists
from triage_app.services.local_vocabularies import REPLACEABLE
from triage_app.services.vocabularies import read_rsit, rsit_types, vocabulary


def _words(text: str) -> list[str]:
    return text.split()


ECSIRT = _words("""abusive-content/spam abusive-content/harmful-speech abusive-content/violence malicious-code/virus
malicious-code/worm malicious-code/trojan malicious-code/spyware malicious-code/dialer malicious-code/rootkit
malicious-code/malware malicious-code/botnet-drone malicious-code/ransomware malicious-code/malware-configuration
malicious-code/c&c information-gathering/scanner information-gathering/sniffing
information-gathering/social-engineering intrusion-attempts/ids-alert intrusion-attempts/brute-force
intrusion-attempts/exploit intrusions/privileged-account-compromise intrusions/unprivileged-account-compromise
intrusions/application-compromise intrusions/bot intrusions/defacement intrusions/compromised intrusions/backdoor
availability/dos availability/ddos availability/sabotage availability/outage
information-content-security/Unauthorised-information-access
information-content-security/Unauthorised-information-modification information-content-security/dropzone
fraud/unauthorized-use-of-resources fraud/copyright fraud/masquerade fraud/phishing vulnerable/vulnerable-service
other/blacklist other/unknown other/other test/test""")
"Every code of eCSIRT.net mkVI, as MISP's ecsirt taxonomy has them."

EUROPOL = {
    "malware": ("infection", "distribution", "c&c", "undetermined"), "availability": ("dos-ddos", "sabotage"),
    "information-gathering": ("scanning", "sniffing", "phishing"),
    "intrusion-attempt": ("exploitation-vulnerability", "login-attempt"),
    "intrusion": ("exploitation-vulnerability", "compromising-account"),
    "information-security": ("unauthorized-access", "unauthorized-modification"),
    "fraud": ("illegitimate-use-resources", "illegitimate-use-name"),
    "abusive-content": ("spam", "copyright", "content-forbidden-by-law"), "other": ("other",),
}  # fmt: skip

STIX = set(
    _words("""aggregation-information-phishing-schemes benign blocked brute-force-attempt c&c-server-hosting
    compromised-system confirmed connection-malware-port connection-malware-system content-forbidden-by-law
    control-system-bypass copyrighted-content data-exfiltration deferred deletion-information denial-of-service
    destruction dictionary-attack-attempt discarded disruption-data-transmission dissemination-malware-email
    dissemination-phishing-emails duplicate email-flooding equipment-loss equipment-theft exploit exploit-attempt
    exploit-framework-exhausting-resources exploit-tool-exhausting-resources failed file-inclusion
    file-inclusion-attempt hosting-malware-webpage hosting-phishing-sites illegitimate-use-name
    illegitimate-use-resources infected-by-known-malware insufficient-data known-malware modification-information
    misconfiguration natural network-scanning packet-flood password-cracking-attempt policy-violation ransomware
    refuted scan-probe spam sql-injection sql-injection-attempt successful system-probe theft-access-credentials
    unauthorized-access-information unauthorized-access-system unauthorized-equipment unauthorized-release
    unauthorized-use undetermined unintentional unspecified vandalism wiretapping worm-spreading xss
    xss-attempt""")
)  # fmt: skip
"event-type-ov of the STIX 2.1 incident extension, but for those about names, attribution and payment."


def test_rsit_has_its_eleven_classes_and_thirty_nine_types() -> None:
    whole = vocabulary("rsit")
    assert (len(whole["classes"]), len(rsit_types())) == (11, 39)
    assert (whole["version"], whole["licence"]) == ("1003", "CC0-1.0")


@pytest.mark.parametrize("name", REPLACEABLE)
def test_every_list_says_what_it_is_which_version_of_when_and_from_where(name: str) -> None:
    whole = vocabulary(name)
    assert all(whole[key] for key in ("name", "version", "date", "source"))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", whole["date"])


def test_attack_is_whole_and_carries_what_its_terms_ask_for() -> None:
    whole = vocabulary("attack_techniques")
    known = {item["id"]: item for item in whole["techniques"]}
    assert len(known) == len(whole["techniques"]) == 691
    assert sum("." in code for code in known) == 475
    assert all(lists.TECHNIQUE.match(code) for code in known)
    assert all(code.partition(".")[0] in known for code in known)
    assert all(set(item) == {"id", "name", "tactics"} and item["name"] and item["tactics"] for item in known.values())
    assert len({tactic for item in known.values() for tactic in item["tactics"]}) == 14
    assert "reproduced and distributed with the permission of The MITRE Corporation" in whole["licence"]
    assert lists.techniques()["T1566.001"] == "Phishing: Spearphishing Attachment"


def test_every_legacy_code_has_a_place_today_and_says_what_it_loses() -> None:
    for code, upgrade in lists.legacy_rsit().items():
        assert code not in rsit_types()
        assert upgrade.to
        assert set(upgrade.to) <= set(rsit_types()), code
        assert upgrade.note


@pytest.mark.parametrize("code", ECSIRT)
def test_every_code_of_ecsirt_is_one_of_today_or_upgraded_to_some(code: str) -> None:
    assert code.lower() in rsit_types() or lists.upgrade_rsit(code) is not None


@given(st.sampled_from(ECSIRT + list(rsit_types())))
def test_upgrading_twice_changes_nothing(code: str) -> None:
    once = lists.upgrade_rsit(code)
    for today in [read_rsit(code)] if once is None else once.to:
        assert lists.upgrade_rsit(today) is None
        assert read_rsit(today) == today


@pytest.mark.parametrize("typed", ["ransomware", "Malicious-Code/Ransomware", "RANSOMWARE "])
def test_an_old_word_is_upgraded_however_it_is_typed(typed: str) -> None:
    found = lists.upgrade_rsit(typed)
    assert found is not None
    assert found.to[0] == "malicious-code/infected-system"


def test_the_crosswalk_has_a_row_for_every_type_and_every_cell_tells_a_value_or_a_loss() -> None:
    table = vocabulary("crosswalk")
    assert [row["rsit"] for row in table["rows"]] == list(rsit_types())
    for row in table["rows"]:
        for item in table["vocabularies"]:
            cell = row[item["code"]]
            assert cell["to"] or cell["loss"], (row["rsit"], item["code"])


def test_the_crosswalk_names_only_what_the_other_vocabularies_have() -> None:
    for row in vocabulary("crosswalk")["rows"]:
        assert set(row["stix"]["to"]) <= STIX, row["rsit"]
        own, *others = row["misp"]["to"]
        group, _, kind = row["rsit"].partition("/")
        assert own == f'rsit:{group}="{kind}"'
        for tag in others:
            found = re.fullmatch(r'europol-incident:([a-z-]+)="([a-z&-]+)"', tag)
            assert found is not None
            assert found[2] in EUROPOL[found[1]]


def test_two_types_that_become_one_elsewhere_say_what_is_lost() -> None:
    """A value shared by several of our types says so in all of them but, where it fits one best, in that."""
    table = vocabulary("crosswalk")
    for item in table["vocabularies"]:
        silent: dict[tuple[str, ...], list[str]] = {}
        for row in table["rows"]:
            cell = row[item["code"]]
            others = tuple(sorted(value for value in cell["to"] if not value.startswith("rsit:")))
            if not cell["loss"]:
                silent.setdefault(others, []).append(row["rsit"])
        assert all(len(codes) == 1 for codes in silent.values()), (item["code"], silent)


def test_a_crosswalk_of_one_vocabulary_is_that_alone_and_another_is_refused() -> None:
    assert list(lists.crosswalk("fraud/phishing")["to"]) == ["stix", "veris", "nhs", "misp", "defender"]
    assert lists.crosswalk("fraud/phishing", "nhs")["to"]["nhs"]["values"] == ["Phishing"]
    with pytest.raises(BadInput, match="no crosswalk to “pdf”"):
        lists.crosswalk("fraud/phishing", "pdf")


@pytest.mark.parametrize("typed", ["covid", "Covid 19", "COVID-19", " coronavirus ", "SARS CoV 2"])
def test_covid_has_one_name_however_it_is_called(typed: str) -> None:
    assert lists.read_campaign(typed) == "COVID-19"


def test_a_campaign_of_ones_own_keeps_its_name() -> None:
    assert lists.read_campaign("  Winter   loader ") == "Winter loader"


@pytest.mark.parametrize(
    ("field", "typed", "answers"),
    [
        ("ransomware", "encryption=yes; family = Black  Basta", {"encryption": "yes", "family": "Black Basta"}),
        ("ransomware", "exfiltration=not known; demand=", {"exfiltration": "not-known", "demand": None}),
        ("ransomware", "payment=unknown", {"payment": "not-known"}),
        ("phishing", "clicked=0; entered=12", {"clicked": 0, "entered": 12}),
        ("phishing", '{"site": "Active", "clicked": 3, "note": null}', {"site": "active", "clicked": 3, "note": None}),
        ("nis", "cause=malicious-actions;severity=Yellow, large", {"cause": "malicious-actions", "severity": "yellow"}),
        ("data_types", "health=involved; sex_life=not involved", {"health": "involved", "sex-life": "not-involved"}),
    ],
)
def test_a_detail_is_read_as_it_is_typed(field: str, typed: str, answers: dict[str, Any]) -> None:
    assert lists.read_detail(field, typed) == answers


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("ransomware", "it was bad", "says nothing of ransomware"),
        ("ransomware", "", "says nothing of ransomware"),
        ("ransomware", "colour=red", "is not asked of ransomware"),
        ("ransomware", "encryption=maybe", "is no answer to “data encrypted”"),
        ("ransomware", "note=" + "x" * 501, "takes 500 characters"),
        ("ransomware", "{", "says nothing of ransomware"),
        ("ransomware", "{" * 5000, "says nothing of ransomware"),
        ("phishing", "clicked=some", "is no number of clicked"),
        ("phishing", "clicked=-1", "is no number of clicked"),
        ("phishing", "clicked=٣", "is no number of clicked"),
        ("data_types", "health=yes", "is no answer to “health”"),
    ],
)
def test_what_is_no_answer_is_refused_with_those_there_are(field: str, typed: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        lists.read_detail(field, typed)


def test_answers_not_given_stay_and_what_no_list_knows_is_kept() -> None:
    was = {"encryption": "yes", "telepathy": "strong"}
    after = lists.changed(was, {"demand": "no", "encryption": None})
    assert after == {"telepathy": "strong", "demand": "no"}
    assert lists.changed({"demand": "no"}, {"demand": None}) is None
    assert lists.detail_in_words("ransomware", after) == [("Ransom demanded", "No"), ("telepathy", "strong")]


def test_not_known_is_shown_as_an_answer_and_what_was_not_asked_is_not_shown() -> None:
    assert lists.value_in_words("ransomware", {"payment": "not-known"}) == "Ransom paid: Not known"
    assert lists.value_in_words("phishing", {"clicked": 0}) == "Clicked: 0"


def test_an_unknown_technique_is_kept_and_shown_as_unknown() -> None:
    assert lists.read_techniques(["t1566.001 T9999", "T1566.001"]) == ["T1566.001", "T9999"]
    assert lists.value_in_words("techniques", ["T9999"]) == "T9999 (not in this list)"
    with pytest.raises(BadInput, match="“T15” is no id"):
        lists.read_techniques(["T15"])


@given(st.sampled_from([*lists.DETAILS, "techniques", "determination", "pap", "category_reported"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
))  # fmt: skip
def test_whatever_another_laptop_wrote_is_put_into_words(field: str, value: Any) -> None:
    assert isinstance(lists.value_in_words(field, value), str | None)


@pytest.mark.parametrize(("typed", "label"), [("amber", "PAP:AMBER"), ("PAP:white", "PAP:CLEAR"), (" Red ", "PAP:RED")])
def test_pap_is_read_in_any_spelling(typed: str, label: str) -> None:
    assert lists.read_pap(typed) == label
    with pytest.raises(BadInput, match="no PAP label"):
        lists.read_pap("AMBER+STRICT")
