"""What group policy and Intune load is made from the schema, resolves every string, and has each policy."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse

from triage_app.formats import policy_registry
from triage_app.services import set_by_it, settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "packaging" / "policy"
SPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
REFERENCE = re.compile(r"\$\((string|presentation)\.([A-Za-z0-9_]+)\)\Z")
NAME = re.compile(r"[\w.]+\Z", re.ASCII)
ORDER = ("parentCategory", "supportedOn", "enabledValue", "disabledValue", "elements")
"In which a policy has its parts, by Microsoft's schema."

PAIRS = {
    "text": "textBox", "decimal": "decimalTextBox", "enum": "dropdownList", "multiText": "multiTextBox",
}  # fmt: skip
"Which control of the words shows which element of the definitions."


def _loaded(path: Path) -> Any:
    """Return a script as a module; its folder bears the name of a library that pytest itself uses."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


make_policy = _loaded(FOLDER / "make_policy.py")


def tree(name: str) -> Element:
    root = parse(FOLDER / name).getroot()
    assert root is not None
    return root


def local(element: Element) -> str:
    assert element.tag.startswith(SPACE), element.tag
    return element.tag.removeprefix(SPACE)


@pytest.fixture(scope="module")
def admx() -> Element:
    return tree("Triage.admx")


def policies(admx: Element) -> dict[str, Element]:
    return {each.attrib["name"]: each for each in admx.iter(f"{SPACE}policy")}


def test_what_is_in_the_tree_is_what_the_schema_makes() -> None:
    for path, text in make_policy.files(make_policy.schema()).items():
        assert path.read_text(encoding="utf-8") == text, f"run packaging/policy/make_policy.py: {path.name}"


def test_the_definitions_have_microsofts_parts_in_their_order(admx: Element) -> None:
    assert local(admx) == "policyDefinitions"
    assert {"revision", "schemaVersion"} <= set(admx.attrib)
    parts = [local(each) for each in admx]
    assert parts == ["policyNamespaces", "resources", "supportedOn", "categories", "policies"]
    for policy in policies(admx).values():
        within = [local(each) for each in policy]
        assert within == sorted(within, key=ORDER.index)
        assert policy.attrib["class"] in ("Machine", "User", "Both")
        assert policy.attrib["key"] == policy_registry.KEY
        assert not policy.attrib["key"].upper().startswith("HK")


def test_every_policy_is_there_with_its_value_and_its_limits(admx: Element) -> None:
    found = policies(admx)
    assert set(found) == set(set_by_it.schema())
    for name, one in set_by_it.schema().items():
        made = found[name]
        if one.kind == "on-off":
            assert made.attrib["valueName"] == name
            values = [made.find(f"{SPACE}{each}/{SPACE}decimal") for each in ("enabledValue", "disabledValue")]
            given = [value.attrib["value"] for value in values if value is not None]
            assert [one.read(each) for each in given] == ["on", "off"]
            continue
        (element,) = made.findall(f"{SPACE}elements/*")
        assert element.attrib["valueName"] == name
        if one.kind == "number":
            assert (int(element.attrib["minValue"]), int(element.attrib["maxValue"])) == (one.low, one.high)
        if one.kind == "choice":
            texts = [each.text for each in element.iter(f"{SPACE}string")]
            assert tuple(texts) == one.options


@pytest.mark.parametrize("language", ["en-GB", "cy-GB"])
def test_every_string_and_presentation_resolves_and_none_is_left_over(admx: Element, language: str) -> None:
    adml = tree(f"{language}/Triage.adml")
    assert local(adml) == "policyDefinitionResources"
    assert [local(each) for each in adml] == ["displayName", "description", "resources"]
    strings = {each.attrib["id"]: each.text or "" for each in adml.iter(f"{SPACE}string")}
    shown = {each.attrib["id"]: each for each in adml.iter(f"{SPACE}presentation")}
    asked: dict[str, set[str]] = {"string": set(), "presentation": set()}
    for element in admx.iter():
        for value in element.attrib.values():
            if value.startswith("$("):
                match = REFERENCE.match(value)
                assert match, value
                asked[match[1]].add(match[2])
    assert asked["string"] == set(strings)
    assert asked["presentation"] == set(shown)
    assert all(text.strip() and NAME.match(name) for name, text in strings.items())
    for name, policy in policies(admx).items():
        elements = policy.findall(f"{SPACE}elements/*")
        controls = list(shown[name]) if elements else []
        assert [each.attrib["refId"] for each in controls] == [each.attrib["id"] for each in elements]
        assert [local(each) for each in controls] == [PAIRS[local(each)] for each in elements]


def test_categories_and_supported_versions_that_are_named_are_there(admx: Element) -> None:
    categories = {each.attrib["name"] for each in admx.iter(f"{SPACE}category")}
    versions = {each.attrib["name"] for each in admx.iter(f"{SPACE}definition")}
    for each in admx.iter(f"{SPACE}parentCategory"):
        assert each.attrib["ref"] in categories
    for each in admx.iter(f"{SPACE}supportedOn"):
        assert each.attrib.get("ref", next(iter(versions))) in versions


def test_a_policy_of_a_setting_names_one_that_there_is_and_fits_it() -> None:
    for one in set_by_it.schema().values():
        if one.setting:
            setting = settings.KNOWN[one.setting]
            if one.kind == "number":
                assert (one.low, one.high) == (setting.low, setting.high)
            if one.kind == "choice":
                assert one.options == setting.options


def test_the_guide_names_every_policy_and_the_places_they_are_read_from() -> None:
    guide = (ROOT / "docs" / "deployment" / "policy.md").read_text(encoding="utf-8")
    told: Any = set_by_it.told()
    for one in told["policies"]:
        assert f"### {one['name']}\n" in guide
        assert one["when_bad"] in guide
    assert f"HKLM\\{policy_registry.KEY}" in guide
    assert "/etc/triage/policy.json" in guide
