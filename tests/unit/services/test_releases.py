"""A download is installed only if a trusted key signed the list that names it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as coding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage_app.errors import BadFile, NotFound, TriageError
from triage_app.services import releases

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    not shutil.which("openssl") or os.name == "nt", reason="the release is made with openssl"
)


def _release(folder: Path, key: Ed25519PrivateKey | None) -> Path:
    out = folder / "out"
    out.mkdir()
    (out / "triage_1.deb").write_bytes(b"a package" * 1000)
    environment = dict(os.environ, TRIAGE_RELEASE_WITHOUT_BILL="1")
    environment.pop("TRIAGE_RELEASE_KEY", None)
    if key is not None:
        pem = key.private_bytes(coding.Encoding.PEM, coding.PrivateFormat.PKCS8, coding.NoEncryption())
        (folder / "key.pem").write_bytes(pem)
        environment["TRIAGE_RELEASE_KEY"] = str(folder / "key.pem")
    subprocess.run(["/bin/sh", "packaging/release.sh", str(out)], cwd=ROOT, env=environment, check=True)
    return out / "triage_1.deb"


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def _public(key: Ed25519PrivateKey) -> tuple[str, ...]:
    return (key.public_key().public_bytes_raw().hex(),)


def test_what_the_script_signed_is_as_released(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    other = Ed25519PrivateKey.generate()
    assert len(releases.check(_release(tmp_path, key), _public(other) + _public(key))) == 64


def test_a_changed_or_cut_file_is_refused(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = _release(tmp_path, key)
    whole = path.read_bytes()
    for data in (whole[:-1], whole[:-1] + b"!", b""):
        path.write_bytes(data)
        with pytest.raises(BadFile):
            releases.check(path, _public(key))


def test_another_key_signs_nothing(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = _release(tmp_path, key)
    for keys in ((), _public(Ed25519PrivateKey.generate())):
        with pytest.raises(TriageError) as refused:
            releases.check(path, keys)
        assert refused.value.code == "untrusted"


def test_a_changed_list_is_refused(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = _release(tmp_path, key)
    with (path.parent / releases.SUMS).open("a") as file:
        file.write(f"{'0' * 64}  other.deb\n")
    with pytest.raises(TriageError) as refused:
        releases.check(path, _public(key))
    assert refused.value.code == "untrusted"


def test_a_file_that_the_list_does_not_name_is_refused(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = _release(tmp_path, key)
    with pytest.raises(BadFile):
        releases.check(path.rename(path.with_name("else.deb")), _public(key))


def test_without_a_key_nothing_is_signed_and_the_check_says_so(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = _release(tmp_path, None)
    assert (path.parent / releases.SUMS).exists()
    with pytest.raises(NotFound):
        releases.check(path, _public(key))


def test_no_key_is_trusted_before_there_is_a_release_key() -> None:
    assert releases.trusted_keys() == ()
