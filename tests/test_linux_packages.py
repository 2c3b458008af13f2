"""What the Linux packages say of the program is so, as far as it can be seen without building them."""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml

import triage_app
from triage_app.domain import sealed_names
from triage_app.formats.bundle import sealing

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "packaging" / "linux"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
TYPE = "application/x-triage-bundle"
ICONS = ("48x48", "scalable")
TEXTS = sorted(path for path in LINUX.iterdir() if path.suffix not in (".sh", ".py"))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the packages are for Linux")


def text(name: str) -> str:
    """A file of the packages, as it is filled in for a build."""
    filled = (LINUX / name).read_text(encoding="utf-8")
    return filled.replace("@VERSION@", triage_app.__version__).replace("@DATE@", "2024-01-01")


def menu_entry(path: Path) -> configparser.SectionProxy:
    """The one section of a desktop entry."""
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    assert parser.sections() == ["Desktop Entry"]
    return parser["Desktop Entry"]


@pytest.fixture
def entry() -> configparser.SectionProxy:
    """The menu entry as it ships."""
    return menu_entry(LINUX / "triage-window.desktop")


def programs() -> set[str]:
    """The names that ``build.spec`` gives the two executables."""
    return set(re.findall(r'^    program\("([\w-]+)"', (ROOT / "build.spec").read_text("utf-8"), re.MULTILINE))


def controls() -> dict[str, str]:
    """The fields of the control file, each with the lines that go on from it."""
    found = re.findall(r"^([\w-]+): (.*(?:\n[ \t].*)*)", (LINUX / "control.in").read_text("utf-8"), re.MULTILINE)
    return dict(found)


# ---- one version -------------------------------------------------------------------------------------------


def test_the_version_is_written_in_the_program_alone() -> None:
    named = {path.name for path in TEXTS if "@VERSION@" in path.read_text(encoding="utf-8")}
    assert named == {"README.txt", "control.in", "triage-window.metainfo.xml", "triage.1"}
    assert [path.name for path in TEXTS if triage_app.__version__ in path.read_text(encoding="utf-8")] == []


def test_the_build_reads_the_version_of_the_program() -> None:
    (command,) = re.findall(r"sed -n '([^']+)' triage_app/__init__\.py", (LINUX / "build.sh").read_text("utf-8"))
    said = subprocess.run(
        ["sed", "-n", command, "triage_app/__init__.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == triage_app.__version__


# ---- the menu entry and the file type ----------------------------------------------------------------------


def test_the_menu_entry_starts_the_window_with_what_is_opened(entry: configparser.SectionProxy) -> None:
    program, *arguments = entry["Exec"].split()
    assert program == entry["TryExec"] == "triage-window"
    assert program in programs()
    assert arguments == ["%F"], "files by their paths, several at once: the window takes no addresses"
    assert entry["Terminal"] == "false"
    assert entry["Type"] == "Application"


def test_the_menu_entry_opens_the_type_that_the_package_describes(entry: configparser.SectionProxy) -> None:
    assert entry["MimeType"].rstrip(";").split(";") == [TYPE]
    (described,) = Xml.parse(LINUX / "triage.xml").getroot().findall(f"{MIME}mime-type")
    assert described.attrib["type"] == TYPE
    assert Xml.fromstring(text("triage-window.metainfo.xml")).findtext("provides/mediatype") == TYPE


def test_the_type_has_every_suffix_of_the_product_and_no_other() -> None:
    patterns = [one.attrib["pattern"] for one in Xml.parse(LINUX / "triage.xml").iter(f"{MIME}glob")]
    whole = {pattern for pattern in patterns if "[" not in pattern}
    assert whole == {f"*{suffix}" for suffix in sealed_names.ALL}

    def has_type(name: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    for part in (2, 9, 10, 99):  # as write_bundle names them
        assert has_type(f"a{sealed_names.BUNDLE}.{part}")
    assert not has_type("a.zip")
    assert not has_type(f"a{sealed_names.BUNDLE}.txt")


def test_the_type_is_known_by_the_first_line_that_the_product_writes() -> None:
    (match,) = Xml.parse(LINUX / "triage.xml").iter(f"{MIME}match")
    assert match.attrib["value"].encode().decode("unicode_escape").encode() == sealing.MAGIC
    assert match.attrib["offset"] == "0"


def test_the_window_offers_the_same_suffixes_to_choose_from() -> None:
    source = (ROOT / "triage_app/ui/dialogs/merge_bundle.py").read_text(encoding="utf-8")
    (offered,) = re.findall(r"Bundles and receipts \(([^)]*)\)", source)
    assert {pattern.strip("*") for pattern in offered.split()} == set(sealed_names.ALL)


def test_windows_opens_the_same_bundles() -> None:
    for name in ("triage.wxs", "triage.nsi"):
        assert rf"Software\Classes\{sealed_names.BUNDLE}" in (ROOT / "packaging/windows" / name).read_text("utf-8")


def test_the_icon_that_is_named_is_the_one_that_is_laid_down(entry: configparser.SectionProxy) -> None:
    (described,) = Xml.parse(LINUX / "triage.xml").getroot().findall(f"{MIME}mime-type")
    icon = described.find(f"{MIME}icon")
    assert icon is not None
    stock = Xml.fromstring(text("triage-window.metainfo.xml")).findtext("icon")
    assert {entry["Icon"], icon.attrib["name"], stock} == {"triage"}
    drawing = (LINUX / "icons.py").read_text(encoding="utf-8")
    assert '"triage.png"' in drawing
    assert '"triage.svg"' in drawing
    assert (ROOT / "resources" / "icons" / "triage.svg").is_file()


def test_the_menu_entry_speaks_the_languages_of_the_window(entry: configparser.SectionProxy) -> None:
    spoken = {path.stem for path in (ROOT / "resources" / "languages").glob("*.json")}
    for field in ("Name", "GenericName", "Comment"):
        assert {language for language in spoken if f"{field}[{language}]" not in entry} == set(), field
    for language in spoken:
        comment = f"{MIME}comment[@{{http://www.w3.org/XML/1998/namespace}}lang='{language}']"
        assert next(Xml.parse(LINUX / "triage.xml").iter(f"{MIME}mime-type")).find(comment) is not None


# ---- the package -------------------------------------------------------------------------------------------


def test_the_store_page_names_the_programs_and_the_entry_that_there_are() -> None:
    page = Xml.fromstring(text("triage-window.metainfo.xml"))
    assert {one.text for one in page.findall("provides/binary")} == programs()
    assert page.findtext("launchable") == "triage-window.desktop"
    assert page.findtext("id") == "triage-window"
    release = page.find("releases/release")
    assert release is not None
    assert release.attrib["version"] == triage_app.__version__


def test_the_control_file_has_what_policy_asks_for() -> None:
    fields = controls()
    assert {"Package", "Version", "Architecture", "Maintainer", "Depends", "Section", "Priority", "Description"} <= {
        *fields
    }
    assert fields["Package"] == "triage"
    assert re.fullmatch(r"[^<>]+ <[^<>@ ]+@[^<>@ ]+>", fields["Maintainer"])
    synopsis, *rest = fields["Description"].splitlines()
    assert 0 < len(synopsis) <= 80
    assert not synopsis.endswith(".")
    assert all(line.startswith(" ") and 1 < len(line) <= 80 for line in rest), "dpkg takes an empty line for the end"


def test_the_package_runs_no_script_of_its_own() -> None:
    """Nothing runs as root but dpkg itself, and no step can touch anybody's data."""
    build = (LINUX / "build.sh").read_text(encoding="utf-8")
    assert not re.search(r"DEBIAN/(pre|post)(inst|rm)|DEBIAN/(config|triggers)", build)


def test_every_placeholder_is_filled_by_the_build() -> None:
    filled = set(re.findall(r"@([A-Z]+)@", (LINUX / "build.sh").read_text(encoding="utf-8")))
    for path in TEXTS:
        assert set(re.findall(r"@([A-Z]+)@", path.read_text(encoding="utf-8"))) <= filled, path.name


def test_the_manual_page_names_commands_that_there_are() -> None:
    from triage_app.cli.main import triage

    page = (LINUX / "triage.1").read_text(encoding="utf-8")
    lines = re.findall(r"^\.TP\n\.B (.*)", page.split(".SH COMMANDS")[1].split(".SH")[0], re.MULTILINE)
    named = {part.split()[0] for line in lines for part in re.sub(r"\\f[A-Z]", "", line).split(", ")}
    assert {"init", "alerts", "alert", "merge", "restore"} <= named
    assert named <= set(triage.commands)


@pytest.mark.parametrize("script", sorted(ROOT.glob("packaging/**/*.sh")), ids=lambda path: path.name)
def test_every_script_can_be_read_by_its_shell(script: Path) -> None:
    first = script.read_text(encoding="utf-8").splitlines()[0]
    shell = first.removeprefix("#!") if first.startswith("#!") else "/bin/bash"  # read by another script
    subprocess.run([shell, "-n", str(script)], check=True)


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils")
def test_the_desktops_own_check_finds_nothing_in_the_menu_entry() -> None:
    said = subprocess.run(
        ["desktop-file-validate", LINUX / "triage-window.desktop"], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("appstreamcli") is None, reason="needs appstream")
def test_the_store_pages_own_check_finds_nothing_but_that_we_own_no_domain(tmp_path: Path) -> None:
    page = tmp_path / "triage-window.metainfo.xml"
    page.write_text(text("triage-window.metainfo.xml"), encoding="utf-8")
    said = subprocess.run(
        ["appstreamcli", "validate", "--no-net", "--no-color", str(page)], capture_output=True, text=True, check=False
    ).stdout
    found = set(re.findall(r"^[EWI]: \S+ ([\w-]+)", said, re.MULTILINE))
    assert found <= {"cid-desktopapp-is-not-rdns", "cid-contains-hyphen"}


# ---- for one account ---------------------------------------------------------------------------------------


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The archive's folder, with programs that only say that they were started, under a name as real ones are."""
    folder = tmp_path / "Lawr lwythiadau Siôn" / "triage-1-linux-amd64"
    share = folder / "share"
    (folder / "triage" / "_internal").mkdir(parents=True)
    for name in ("triage", "triage-window"):
        program = folder / "triage" / name
        program.write_text(f'#!/bin/sh\necho "{name}: $@"\n')
        program.chmod(0o755)
    for part in ("applications", "mime/packages", "man/man1", *(f"icons/hicolor/{one}/apps" for one in ICONS)):
        (share / part).mkdir(parents=True)
    shutil.copy(LINUX / "triage-window.desktop", share / "applications")
    shutil.copy(LINUX / "triage.xml", share / "mime" / "packages")
    (share / "icons/hicolor/48x48/apps/triage.png").write_bytes(b"")
    (share / "icons/hicolor/scalable/apps/triage.svg").write_bytes(b"")
    for name in ("triage.1.gz", "triage-window.1.gz"):
        (share / "man" / "man1" / name).write_bytes(b"")
    for name in ("install.sh", "uninstall.sh"):
        shutil.copy(LINUX / name, folder)
    return folder


def ran(script: Path, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TRIAGE_AS_ROOT": "1", **more}
    return subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=False)


def files(folder: Path) -> set[str]:
    """What lies in a folder, but for what the desktop reckons from it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir()
        and path.name != "mimeinfo.cache"
        and ((path.parent.name != "mime" and path.parent.parent.name != "mime") or path.parent.name == "packages")
    }


HOMES = ["Ŵyn ap Siôn", '100% $HOME `id` "quoted" back\\slash & a|b']


@pytest.mark.parametrize("name", HOMES)
def test_an_account_installs_it_starts_it_from_its_menu_and_takes_it_off(
    unpacked: Path, tmp_path: Path, name: str
) -> None:
    home = tmp_path / name
    kept = home / ".local/share/triage/store.db"
    kept.parent.mkdir(parents=True)
    kept.write_text("of the responder")
    before = files(home)
    for _ in range(2):  # the second is the upgrade
        done = ran(unpacked / "install.sh", home)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    laid = menu_entry(home / ".local/share/applications/triage-window.desktop")
    program = home / ".local/bin/triage-window"
    assert unescaped(laid["TryExec"]) == str(program)
    assert started(laid["Exec"], ["/a b.bundle"]) == "triage-window: /a b.bundle\n"
    done = ran(home / ".local/lib/triage-uninstall.sh", home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert files(home) == before
    assert [path for path in home.rglob("*") if "triage" in path.name] == [kept.parent]


def unescaped(value: str) -> str:
    """A string of a desktop entry as its reader has it."""
    return re.sub(r"\\(.)", lambda found: {"s": " ", "n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), value)


def started(command: str, given: list[str]) -> str:
    """Start what an Exec names, by the rules of the Desktop Entry Specification."""
    words = [
        re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', unescaped(command))
    ]
    assert words[-1] == "%F"
    arguments = [word.replace("%%", "%") for word in words[:-1]] + given
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def test_an_account_with_its_own_place_for_data_has_the_menu_entry_there(unpacked: Path, tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data of mine"
    home.mkdir()
    assert ran(unpacked / "install.sh", home, XDG_DATA_HOME=str(data)).returncode == 0
    assert (data / "applications" / "triage-window.desktop").is_file()
    done = ran(home / ".local/lib/triage-uninstall.sh", home, XDG_DATA_HOME=str(data))
    assert str(data / "triage") in done.stdout
    assert files(home) == set()
    assert files(data) == set()


def test_half_an_archive_is_refused_and_what_was_installed_stays(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert ran(unpacked / "install.sh", home).returncode == 0
    before = files(home)
    (unpacked / "triage" / "triage-window").unlink()
    done = ran(unpacked / "install.sh", home)
    assert done.returncode == 1
    assert "unpack the whole archive first" in done.stderr
    assert files(home) == before


# ---- what an IT team copies ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/deployment/*.md")), ids=lambda path: path.name)
def test_every_example_for_ansible_is_yaml_whose_tasks_have_one_module_each(page: Path) -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        plays = yaml.safe_load(block)
        assert isinstance(plays, list)
        for play in plays:
            assert play["vars"]["triage_version"] == triage_app.__version__
            for task in play.get("tasks", ()):
                modules = [key for key in task if "." in key]
                assert len(modules) == 1, task
                assert modules[0].startswith("ansible.builtin."), "nothing that has to be fetched first"
                assert task["name"]
                assert isinstance(task[modules[0]], dict)


def test_the_example_names_the_package_as_the_build_does() -> None:
    page = (ROOT / "docs/deployment/linux.md").read_text(encoding="utf-8")
    assert 'triage_package: "triage_{{ triage_version }}_amd64.deb"' in page
    assert "$target/triage_${debian}_amd64.deb" in (LINUX / "build.sh").read_text("utf-8").replace("$work", "$target")
