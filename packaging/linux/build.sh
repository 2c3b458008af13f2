#!/bin/sh
# Makes the Linux packages from a folder that PyInstaller left:
#
#   sh packaging/linux/build.sh [FOLDER [TARGET]]        usually dist/triage and dist/installers
#
# leaves TARGET/triage_VERSION_amd64.deb and TARGET/triage-VERSION-linux-amd64.tar.xz. The same folder gives the same
# bytes: names are sorted, times are SOURCE_DATE_EPOCH, owners are root, and both compressors are told their threads.
# TRIAGE_VERSION names another version, for trying an upgrade; TRIAGE_XZ=0 packs in seconds what nobody is to have.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
folder="${1:-dist/triage}"
target="${2:-dist/installers}"
python=.venv/bin/python

say() { printf '%s\n' "linux: $*" >&2; }
stop() { say "$*"; exit 1; }

[ "$(uname -sm)" = "Linux x86_64" ] || stop "these packages are built on Linux for amd64 only"
[ -x "$folder/triage-window" ] || stop "$folder is not there: run make package first"
[ ! -e "$folder/edition.json" ] && [ ! -e "$folder/versions" ] || stop "$folder is a folder edition in use, not a build"
for tool in dpkg-deb:dpkg dpkg-shlibdeps:dpkg-dev objdump:binutils xz:xz-utils; do
    command -v "${tool%%:*}" >/dev/null || stop "${tool%%:*} is missing: install the package ${tool##*:}"
done

SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1704067200}"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
unset XZ_DEFAULTS XZ_OPT
date="$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)"
version="${TRIAGE_VERSION:-$(sed -n 's/^__version__ = "\(.*\)"/\1/p' triage_app/__init__.py)}"
debian="$(printf %s "$version" | sed 's/\(a\|b\|rc\|[.]dev\)\([0-9]\)/~\1\2/')" # 1.0rc1 comes before 1.0

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
stage="$work/debian/triage"
mkdir -p "$stage/DEBIAN" "$target"

filled() { sed -e "s/@VERSION@/$version/g" -e "s/@DATE@/$date/g" "$here/$1"; }
even() { # FOLDER: every time and right the same, whoever built it, wherever
    find "$1" -type d -exec chmod 755 {} +
    find "$1" -type f -perm /111 -exec chmod 755 {} +
    find "$1" -type f ! -perm /111 -exec chmod 644 {} +
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# ---- the tree ---------------------------------------------------------------------------------------------
share="$stage/usr/share"
mkdir -p "$stage/usr/lib" "$stage/usr/bin" "$share/applications" "$share/metainfo" "$share/mime/packages" \
    "$share/man/man1" "$share/doc/triage" "$share/icons"
cp -a "$folder" "$stage/usr/lib/triage"
find "$stage/usr/lib/triage" -type f -name '*.so*' -exec chmod a-x {} + # a library is not a program
ln -s ../lib/triage/triage "$stage/usr/bin/triage"
ln -s ../lib/triage/triage-window "$stage/usr/bin/triage-window"
cp "$here/triage-window.desktop" "$share/applications/"
cp "$here/triage.xml" "$share/mime/packages/"
filled triage-window.metainfo.xml >"$share/metainfo/triage-window.metainfo.xml"
filled triage.1 | gzip -9n >"$share/man/man1/triage.1.gz"
ln -s triage.1.gz "$share/man/man1/triage-window.1.gz"
cp "$here/copyright" "$share/doc/triage/"
gzip -9n <CHANGELOG.md >"$share/doc/triage/changelog.gz"
LC_ALL=C.UTF-8 "$python" "$here/icons.py" "$share/icons/hicolor"

# ---- the tar: the same tree under one folder, with what installs it for one account ------------------------
name="triage-$version-linux-amd64"
mkdir -p "$work/$name"
cp -a "$stage/usr/lib/triage" "$work/$name/triage"
cp -a "$share" "$work/$name/share"
# By this file a program knows that it runs from a folder and may take updates: it is in no .deb (ADR 34).
printf '{"edition": "folder", "platform": "linux-amd64", "version": "%s"}\n' "$version" >"$work/$name/triage/edition.json"
cp "$here/install.sh" "$here/uninstall.sh" "$work/$name/"
chmod 755 "$work/$name/install.sh" "$work/$name/uninstall.sh"
filled README.txt >"$work/$name/README.txt"
even "$work/$name"
tar -C "$work" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    -cf - "$name" | xz -T2 "-${TRIAGE_XZ:-6}" >"$work/$name.tar.xz"

# ---- the .deb ---------------------------------------------------------------------------------------------
# Which libraries of Debian everything in the folder asks for, and from which version on.
printf 'Source: triage\n\nPackage: triage\nArchitecture: amd64\n' >"$work/debian/control"
inner="$stage/usr/lib/triage/_internal"
brought="" # what the folder has a copy of is not asked for
for library in "$inner"/lib*.so.*; do
    found="$(dpkg -S "*/x86_64-linux-gnu/$(basename "$library")" 2>/dev/null | sed 's/:.*//' | sort -u)"
    for package in $found; do brought="$brought -x$package"; done
done
# shellcheck disable=SC2086 # one option a word
depends="$(cd "$work" && find "$stage/usr/lib/triage" -type f \( -name '*.so' -o -name '*.so.*' -o -name 'triage*' \) |
    sort | xargs dpkg-shlibdeps -O --warnings=0 $brought -l"$inner" -l"$inner/PySide6" -l"$inner/PySide6/Qt/lib" \
    -l"$inner/shiboken6" 2>"$work/said" | sed -n 's/^shlibs:Depends=//p')" || { cat "$work/said" >&2; stop "no Depends"; }
[ -n "$depends" ] || stop "dpkg-shlibdeps found nothing to depend on"
size="$(du -k -s --apparent-size "$stage/usr" | cut -f1)"
sed -e "s/@VERSION@/$debian/" -e "s/@SIZE@/$size/" -e "s|@DEPENDS@|$depends|" "$here/control.in" >"$stage/DEBIAN/control"
(cd "$stage" && find usr -type f | sort | xargs -d '\n' md5sum) >"$stage/DEBIAN/md5sums"
even "$stage"
dpkg-deb --root-owner-group --threads-max=2 -Zxz "-z${TRIAGE_XZ:-6}" --build "$stage" "$work/triage_${debian}_amd64.deb" >/dev/null

for made in "$work/triage_${debian}_amd64.deb" "$work/$name.tar.xz"; do
    mv "$made" "$target/"
    say "$(basename "$made") $(stat -c %s "$target/$(basename "$made")") bytes"
done
