#!/bin/sh
# packages.sh install|say PACKAGE…: are these Debian packages there?
#
# Costs one dpkg-query when all is there. `install` installs what is missing, as
# root or where sudo asks no password, and else fails; `say` never installs. On a
# system without dpkg it says nothing: the compiler will name what it lacks.
action=$1
shift
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing() {
    # shellcheck disable=SC2016
    installed=" $(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        awk '$2 == "installed" { printf "%s ", $1 }')"
    for name in "$@"; do
        case $installed in
        *" $name "*) ;;
        *) printf '%s ' "$name" ;;
        esac
    done
}

need=$(missing "$@")
need=${need% }
[ -n "$need" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root='sudo '
refuse() {
    echo "spillway: Debian packages are missing. Type:" >&2
    echo "  ${as_root}apt-get update && ${as_root}apt-get install --no-install-recommends $need" >&2
    exit 1
}

[ "$action" = install ] || refuse
if [ -n "$as_root" ]; then
    sudo -n true 2>/dev/null || refuse
    as_root='sudo -n '
fi
echo "spillway: installing $need" >&2
# Someone else may hold the package lock for a moment.
apt="${as_root}env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -q"
$apt update >&2 </dev/null || echo "spillway: apt-get update failed; trying all the same" >&2
# shellcheck disable=SC2086
$apt install -y --no-install-recommends $need >&2 </dev/null || refuse
need=$(missing "$@")
[ -z "$need" ] || refuse
