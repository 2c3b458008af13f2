# Wine for build.sh and prove.sh, which read this file: a prefix that says it is Windows 10, and a way to run in it.
# WINEPREFIX must be set before; wine64 must be there.

# Debian's /usr/bin/wine wants the 32-bit one too; only the 64-bit one is needed.
if command -v wine64 >/dev/null 2>&1; then WINE=wine64
elif [ -x /usr/lib/wine/wine64 ]; then WINE=/usr/lib/wine/wine64
else WINE=wine; fi
WINESERVER=wineserver
[ -z "$(command -v wineserver || true)" ] && [ -x /usr/lib/wine/wineserver64 ] && WINESERVER=/usr/lib/wine/wineserver64
export WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" # no offer to fetch Mono or Gecko

wine_prefix() { # makes WINEPREFIX if it is not there, says Windows 10, and keeps its server running
    mkdir -p "$WINEPREFIX"
    # The server outlives every call, so that none of them hands its pipes to it and then waits for it to end.
    "$WINESERVER" -p >/dev/null 2>&1 </dev/null || true
    [ -e "$WINEPREFIX/system.reg" ] || "$WINE" wineboot -i >/dev/null 2>&1 </dev/null
    "$WINE" winecfg -v win10 >/dev/null 2>&1 </dev/null
}

MINGW=x86_64-w64-mingw32-gcc
wine_stand_ins() { # puts in place what Wine 8 lacks of Windows 10, where Windows has its own: nothing of it is packed
    system="$WINEPREFIX/drive_c/windows/system32"
    settings=Windows.UI.ViewManagement.UISettings
    "$MINGW" -shared -Os -o "$system/bcryptprimitives.dll" packaging/windows/bcryptprimitives.c -ladvapi32
    "$MINGW" -shared -Os -o "$system/uisettings.dll" packaging/windows/uisettings.c
    "$WINE" reg add "HKLM\\Software\\Microsoft\\WindowsRuntime\\ActivatableClassId\\$settings" /v DllPath \
        /d 'C:\windows\system32\uisettings.dll' /f >/dev/null 2>&1 </dev/null
}

wine_end() { "$WINESERVER" -k >/dev/null 2>&1 </dev/null || true; }

in_wine() { # PROGRAM WORDS…: runs it with a pipe on each of its streams: Python dies at start on redirected files
    wine_code="$(mktemp)"
    {
        {
            : | {
                "$WINE" "$@" 3>&-
                echo $? >"$wine_code"
            } 2>&1 >&3 3>&- | cat >&2
        } 3>&1
    } | cat
    wine_result="$(cat "$wine_code")"
    rm -f "$wine_code"
    return "${wine_result:-1}"
}
