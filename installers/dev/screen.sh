#!/usr/bin/env bash
# Installs what the window needs of the system besides Python: Qt's libraries, a font with Chinese characters, and for
# tests a screen that nobody sees. Does nothing once all is there; where it may not install, it names the packages.
set -euo pipefail

packages=(
    libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0 libxkbcommon-x11-0
    libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0
    libxcb-xkb1 fonts-noto-cjk xvfb xauth
)

command -v dpkg-query >/dev/null || exit 0
missing=()
for name in "${packages[@]}"; do
    # Debian 13 calls some of them by a name with the suffix t64.
    state=$(dpkg-query -W -f '${Status}\n' "$name" "${name}t64" 2>/dev/null || true)
    [[ $state == *'ok installed'* ]] || missing+=("$name")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        printf 'The window and its tests need: sudo apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
printf 'screen: installing %s\n' "${missing[*]}"
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
