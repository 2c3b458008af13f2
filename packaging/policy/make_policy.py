"""Write what IT departments load and read, all from the one schema of the policies; run it after any change there.

Triage.admx with its English and Welsh words for group policy and Intune, an example of the policy file, and the table
in docs/deployment/policy.md. The tests hold what is in the tree to what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SCHEMA: Final = ROOT / "resources" / "policies" / "enforced.json"
KEY: Final = r"Software\Policies\Triage"
NAMESPACE: Final = "Triage.Policies"
LANGUAGES: Final = {"en": "en-GB", "cy": "cy-GB"}
_SCHEMA: Final = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
_BEGIN, _END = "<!-- The table is made by packaging/policy/make_policy.py. -->", "<!-- End of the table. -->"
_WORDS: Final = {
    "en": {
        "product": "Triage", "folder": "Folder", "number": "Number", "choice": "Value",
        "list": "Fingerprints, one a line", "supported": "Triage 1.0 and later", "bad": "If the value does not fit:",
    },
    "cy": {
        "product": "Triage", "folder": "Ffolder", "number": "Rhif", "choice": "Gwerth",
        "list": "Olion bysedd, un i bob llinell", "supported": "Triage 1.0 a fersiynau diweddarach",
        "bad": "Os nad yw'r gwerth yn ffitio:",
    },
}  # fmt: skip


def schema() -> dict[str, Any]:
    """Return the schema of the policies."""
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def admx(told: dict[str, Any]) -> str:
    """Return the policy definitions, in the form that group policy and Intune read."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<policyDefinitions xmlns="{_SCHEMA}" revision="1.0" schemaVersion="1.0">',
        "  <policyNamespaces>",
        f'    <target prefix="triage" namespace="{NAMESPACE}" />',
        "  </policyNamespaces>",
        '  <resources minRequiredRevision="1.0" />',
        "  <supportedOn>",
        "    <definitions>",
        '      <definition name="SUPPORTED_Triage_1_0" displayName="$(string.SUPPORTED_Triage_1_0)" />',
        "    </definitions>",
        "  </supportedOn>",
        "  <categories>",
        '    <category name="Triage" displayName="$(string.Cat_Triage)" />',
    ]
    for name in told["categories"]:
        lines += [
            f'    <category name="Triage_{name}" displayName="$(string.Cat_{name})">',
            '      <parentCategory ref="Triage" />',
            "    </category>",
        ]
    lines += ["  </categories>", "  <policies>"]
    for one in told["policies"]:
        lines += _policy(one)
    return "\n".join([*lines, "  </policies>", "</policyDefinitions>", ""])


def _policy(one: dict[str, Any]) -> list[str]:
    name, kind = one["name"], one["kind"]
    shown = "" if kind == "on-off" else f' presentation="$(presentation.{name})"'
    value = f' valueName="{name}"' if kind == "on-off" else ""
    lines = [
        f'    <policy name="{name}" class="Both" displayName="$(string.{name})" explainText="$(string.{name}_Help)"'
        f"{shown} key={quoteattr(KEY)}{value}>",
        f'      <parentCategory ref="Triage_{one["category"]}" />',
        '      <supportedOn ref="SUPPORTED_Triage_1_0" />',
    ]
    if kind == "on-off":
        lines += [
            '      <enabledValue><decimal value="1" /></enabledValue>',
            '      <disabledValue><decimal value="0" /></disabledValue>',
        ]
    else:
        lines += ["      <elements>", *_element(one), "      </elements>"]
    return [*lines, "    </policy>"]


def _element(one: dict[str, Any]) -> list[str]:
    name, kind = one["name"], one["kind"]
    if kind == "folder":
        return [
            f'        <text id="{name}_Value" valueName="{name}" required="true" maxLength="1024" expandable="true" />'
        ]
    if kind == "number":
        limits = f'minValue="{one["low"]}" maxValue="{one["high"]}"'
        return [f'        <decimal id="{name}_Value" valueName="{name}" required="true" {limits} />']
    if kind == "list":
        return [f'        <multiText id="{name}_Value" valueName="{name}" required="true" maxLength="8192" />']
    lines = [f'        <enum id="{name}_Value" valueName="{name}" required="true">']
    for option in one["options"]:
        lines += [
            f'          <item displayName="$(string.{_id(option)})">',
            f"            <value><string>{escape(option)}</string></value>",
            "          </item>",
        ]
    return [*lines, "        </enum>"]


def _id(option: str) -> str:
    return "Value_" + "".join(each if each.isalnum() else "_" for each in option)


def adml(told: dict[str, Any], code: str) -> str:
    """Return the words of the policy definitions in one language."""
    words = _WORDS[code]
    strings = {"SUPPORTED_Triage_1_0": words["supported"], "Cat_Triage": words["product"]}
    strings |= {f"Cat_{name}": said[code] for name, said in told["categories"].items()}
    for one in told["policies"]:
        strings[one["name"]] = one["title"][code]
        help_ = one["does"][code]
        if code == "en":
            help_ += f"\n\n{words['bad']} {one['when_bad']}"
        strings[f"{one['name']}_Help"] = help_
        strings |= {_id(option): told["values"][option][code] for option in one.get("options", ())}
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<policyDefinitionResources xmlns="{_SCHEMA}" revision="1.0" schemaVersion="1.0">',
        f"  <displayName>{escape(words['product'])}</displayName>",
        f"  <description>{escape(told['name'])}, {told['version']}</description>",
        "  <resources>",
        "    <stringTable>",
        *(f'      <string id="{name}">{escape(text)}</string>' for name, text in strings.items()),
        "    </stringTable>",
        "    <presentationTable>",
    ]
    for one in told["policies"]:
        if one["kind"] != "on-off":
            lines += [f'      <presentation id="{one["name"]}">', _shown(one, words), "      </presentation>"]
    return "\n".join([*lines, "    </presentationTable>", "  </resources>", "</policyDefinitionResources>", ""])


def _shown(one: dict[str, Any], words: dict[str, str]) -> str:
    ref, label = f'refId="{one["name"]}_Value"', escape(words.get(one["kind"], ""))
    if one["kind"] == "folder":
        return f"        <textBox {ref}><label>{label}</label></textBox>"
    if one["kind"] == "number":
        return f'        <decimalTextBox {ref} defaultValue="{one["example"]}">{label}</decimalTextBox>'
    if one["kind"] == "list":
        return f'        <multiTextBox {ref} defaultHeight="6">{label}</multiTextBox>'
    return f'        <dropdownList {ref} noSort="true">{label}</dropdownList>'


def example(told: dict[str, Any]) -> str:
    """Return an example of the policy file."""
    given = {one["name"]: one["example"] for one in told["policies"]}
    given |= {"StoreFolder": "/srv/triage/{user}", "DropFolder": "/mnt/soc/drop", "BackupFolder": "/mnt/soc/backups"}
    return json.dumps(given, indent=2, ensure_ascii=False) + "\n"


def table(told: dict[str, Any]) -> str:
    """Return the policies as the guide shows them."""
    lines = []
    for one in told["policies"]:
        lines += [f"### {one['name']}", "", one["does"]["en"], "", "| | |", "|---|---|"]
        lines.append(f"| In group policy | {told['categories'][one['category']]['en']}: {one['title']['en']} |")
        lines.append(f"| Value | {_values(one)} |")
        lines.append(f"| Registry | `{name_of_type(one)}` |")
        given = json.dumps({one["name"]: one["example"]}, ensure_ascii=False)
        lines.append(f"| Example in the policy file | `{given}` |")
        if one.get("setting"):
            how = {"fixed": "fixes", "most": "limits", "default": "is the first value of"}[one["how"]]
            lines.append(f"| Setting | it {how} `{one['setting']}` |")
        lines += [f"| If the value does not fit | {one['when_bad']} |", ""]
    return "\n".join(lines)


def _values(one: dict[str, Any]) -> str:
    if one["kind"] == "number":
        return f"a whole number from {one['low']} to {one['high']}"
    if one["kind"] == "choice":
        return ", ".join(f"`{option}`" for option in one["options"])
    return {
        "folder": "a whole path, from the top, of 1,024 characters at most; `{user}` and a `~` at its beginning are"
        " filled in",
        "on-off": "`on` or `off`, `true` or `false`, 1 or 0",
        "list": "at most 64 fingerprints of 32 characters",
    }[one["kind"]]


def name_of_type(one: dict[str, Any]) -> str:
    """Return the name and type of a policy's value in the registry."""
    kind = {"folder": "REG_EXPAND_SZ", "number": "REG_DWORD", "on-off": "REG_DWORD", "list": "REG_MULTI_SZ"}
    return f"{one['name']} ({kind.get(one['kind'], 'REG_SZ')})"


def guide(text: str, told: dict[str, Any]) -> str:
    """Return a page of the guide with the table in it made anew."""
    before, found, rest = text.partition(_BEGIN)
    _, ends, after = rest.partition(_END)
    if not found or not ends:
        raise SystemExit("docs/deployment/policy.md has lost the marks between which the table goes.")
    return f"{before}{_BEGIN}\n\n{table(told)}{_END}{after}"


def files(told: dict[str, Any]) -> dict[Path, str]:
    """Return every file that comes of the schema, with what it holds."""
    folder = ROOT / "packaging" / "policy"
    page = ROOT / "docs" / "deployment" / "policy.md"
    made = {folder / "Triage.admx": admx(told), folder / "policy.example.json": example(told)}
    made |= {folder / tag / "Triage.adml": adml(told, code) for code, tag in LANGUAGES.items()}
    return made | {page: guide(page.read_text(encoding="utf-8"), told)}


def main() -> int:
    """Write every file."""
    for path, text in files(schema()).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT).as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main())
