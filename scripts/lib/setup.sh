# shellcheck shell=bash
# Sourced by scripts/run and scripts/test: `setup` installs what is missing and returns at once when nothing is.
#
#   system    Python from 3.11 on; ngspice and libngspice, with KLU and OSDI where the distribution or its backports have them; a C
#             compiler, which makes the Verilog-A device of models/ into a library that such an ngspice loads
#   .venv/    a Python environment of the checkout's own, with spicemtj in it as an editable install
#   .setup/   a lock, the log of the last command, and what not to try again
#
# Everything that needs root goes through `as_root`: as root or with sudo it runs the command; where neither is to be had, it notes
# the command for a person to run. Messages go to stderr.

VENV=.venv
STAMP=$VENV/.spicemtj-stamp     # written last: an environment without it is not finished
DECLINED=.setup/no-newer-ngspice # a newer ngspice was looked for in vain; delete it to look again

say() { printf 'spicemtj: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
fail() {
  say "$@"
  exit 1
}

setup() {
  mkdir -p .setup
  exec 9>.setup/lock
  ! have flock || flock 9 # two set-ups at once would install into each other
  installed=no
  need_system
  need_environment
  [ "$installed" = yes ] || say "nothing to install"
  exec 9>&-
}

# Run a command, its output into the log, of which the end is shown when it fails.
quietly() {
  "$@" >.setup/log 2>&1 </dev/null && return
  tail -n 15 .setup/log >&2
  say "failed: $* (the whole output: $PWD/.setup/log)"
  return 1
}

# -- the system's packages

need_system() {
  local packages=() ngspice=no compiler=no
  environment_is_current || find_python >/dev/null || packages+=(python3 python3-venv)
  have cc || have gcc || have clang || compiler=better
  case $(ngspice_state) in
    missing) ngspice=needed ;;
    old | unlinked) [ -e "$DECLINED" ] || ngspice=better ;;
  esac
  [ "${#packages[@]}" -gt 0 ] || [ "$ngspice" != no ] || [ "$compiler" != no ] || return 0

  privilege=$(find_privilege) todo=()
  if [ "$compiler" = better ]; then
    if [ "$privilege" = none ] || ! have apt-get; then
      say "warning: no C compiler: ngspice gets behavioural devices, which take several times as long (sudo apt-get install gcc libc6-dev)"
    else
      packages+=(gcc libc6-dev)
    fi
    [ "${#packages[@]}" -gt 0 ] || [ "$ngspice" != no ] || return 0
  fi
  if [ "$ngspice" = better ] && { [ "$privilege" = none ] || ! have apt-get; }; then
    say "warning: $(what_is_lost)" # a person is asked only for what cannot be done without
    ngspice=no
    [ "${#packages[@]}" -gt 0 ] || return 0
  fi
  if ! have apt-get; then
    say "there is no apt-get here: install Python 3.11 or newer, with venv, and ngspice 42 or newer, then run this again"
    exit 2
  fi

  say "missing:${packages[*]:+ ${packages[*]}}$([ "$ngspice" = no ] || echo ' ngspice libngspice0')"
  [ -z "$(dpkg --audit 2>/dev/null)" ] || as_root dpkg --configure -a # an earlier installation was cut short
  apt_get update || say "warning: not every source of apt could be read"
  [ "${#packages[@]}" -eq 0 ] || install_packages "${packages[@]}" || fail "apt-get could not install ${packages[*]}"
  [ "$ngspice" = no ] || install_ngspice
  if [ "${#todo[@]}" -gt 0 ]; then
    say "this needs root, and there is no sudo to use here. Run these commands, then run this again:"
    printf '  %s\n' "${todo[@]}" >&2
    exit 2
  fi
  installed=yes
}

find_privilege() {
  if [ "$(id -u)" = 0 ]; then
    echo root
  elif have sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    echo sudo
  else
    echo none
  fi
}

as_root() {
  case $privilege in
    root) quietly "$@" ;;
    sudo) quietly sudo "$@" ;;
    none) todo+=("$(typed sudo "$@")") ;;
  esac
}

# A command as a person types it: quoted where it must be.
typed() {
  local word line=
  for word; do
    [[ $word =~ ^[[:alnum:]_./:=-]+$ ]] || word=${word@Q}
    line+="$word "
  done
  echo "${line% }"
}

apt_get() {
  if [ "$privilege" = none ]; then
    as_root apt-get "$@" # as a person types it
  else
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@"
  fi
}

install_packages() { apt_get install --no-install-recommends "$@"; }

# missing; old: it works, without KLU; unlinked: it is good, and its shared library is not there; good.
ngspice_state() {
  local about
  if ! about=$("${SPICEMTJ_NGSPICE:-ngspice}" --version 2>/dev/null </dev/null); then
    echo missing
  elif [[ $about != *KLU* ]]; then
    echo old
  elif [ -z "${SPICEMTJ_LIBNGSPICE:-}" ] && ! PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libngspice\.so'; then
    echo unlinked
  else
    echo good
  fi
}

what_is_lost() {
  case $(ngspice_state) in
    unlinked) echo "there is no libngspice here (package libngspice0): no ngspice that stays open between runs" ;;
    *) echo "this ngspice has no KLU and no OSDI: everything works, but arrays from 64 x 64 on take tens to hundreds of times longer;" \
      "CONTRIBUTING.md says how to get a newer one" ;;
  esac
}

install_ngspice() {
  local suite
  if suite=$(backports) && add_suite "$suite" && install_packages -t "$suite" ngspice libngspice0; then return; fi
  install_packages ngspice libngspice0 || fail "apt-get could not install ngspice"
  if [ "$privilege" != none ] && [ "$(ngspice_state)" != good ]; then
    say "warning: $(what_is_lost)"
    touch "$DECLINED"
  fi
}

# The suite that has a newer ngspice than the distribution itself. Debian 12's has 39, its backports 46; Debian 13 needs none.
backports() {
  # shellcheck source=/dev/null
  [ "$(. /etc/os-release && echo "${ID:-}-${VERSION_CODENAME:-}")" = debian-bookworm ] && echo bookworm-backports
}

# Make a suite known to apt, at the mirror and with the key that its sources already name for the release.
add_suite() {
  local suite=$1 release=${1%-backports} file text
  ! apt-cache policy 2>/dev/null | grep "n=$suite," >/dev/null || return 0
  if text=$(like_stanza "$release" "$suite"); then
    file=/etc/apt/sources.list.d/$suite.sources
  elif text=$(like_line "$release" "$suite"); then
    file=/etc/apt/sources.list.d/$suite.list
  else
    say "apt's sources name no mirror of $release to take $suite from"
    return 1
  fi
  # shellcheck disable=SC2016 # the inner shell is to expand them
  as_root sh -c 'printf "%s\n" "$1" >"$2"' sh "$text" "$file"
  if ! apt_get update -o "Dir::Etc::sourcelist=$file" -o Dir::Etc::sourceparts=/dev/null -o APT::Get::List-Cleanup=0; then
    as_root rm -f "$file"
    say "the mirror has no $suite"
    return 1
  fi
}

apt_sources() {
  find /etc/apt/sources.list /etc/apt/sources.list.d -maxdepth 1 -name "$1" -exec sh -c 'for f; do cat "$f"; echo; done' sh {} + \
    2>/dev/null || true
}

# The first stanza of a release in apt's sources (deb822 form), as it stands but for another suite.
like_stanza() {
  apt_sources '*.sources' | awk -v release="$1" -v suite="$2" '
    function flush(   i) {
      if (wanted && !disabled && !done) { for (i = 1; i <= n; i++) print stanza[i]; done = 1 }
      n = wanted = disabled = 0
    }
    /^#/ { next }
    /^[ \t]*$/ { flush(); next }
    tolower($1) == "enabled:" && tolower($2) == "no" { disabled = 1 }
    tolower($1) == "suites:" { for (i = 2; i <= NF; i++) if ($i == release) wanted = 1; $0 = "Suites: " suite }
    tolower($1) == "components:" { $0 = "Components: main" }
    tolower($1) == "types:" { $0 = "Types: deb" }
    { stanza[++n] = $0 }
    END { flush(); exit !done }'
}

# The same of the older form: deb [options] URI SUITE COMPONENT...
like_line() {
  apt_sources '*.list' | awk -v release="$1" -v suite="$2" '
    $1 == "deb" && !/cdrom:/ && !done {
      options = ""
      if (match($0, /\[[^]]*\]/)) { options = substr($0, RSTART, RLENGTH) " "; sub(/\[[^]]*\]/, "") }
      if ($3 == release) { print "deb " options $2 " " suite " main"; done = 1 }
    }
    END { exit !done }'
}

# -- Python's packages

need_environment() {
  local python
  ! environment_is_current || return 0
  if ! python=$(find_python); then
    say "no Python from 3.11 on was found ($(python3 -V 2>&1)): install one with its venv module, and name it by SPICEMTJ_PYTHON"
    exit 2
  fi
  say "installing Python packages into $VENV (300 MB of downloads, some minutes the first time)"
  # only the packages asked for have changed: go on with what is there. Cut short, or made by another Python or elsewhere: anew
  if [ ! -e "$STAMP" ] || [ "$(cut -d ' ' -f 2- "$STAMP")" != "$(fingerprint | cut -d ' ' -f 2-)" ]; then
    quietly "$python" -m venv --clear "$VENV" || fail "could not make $VENV"
  fi
  rm -f "$STAMP"
  quietly "$VENV/bin/python" -m pip install --disable-pip-version-check --prefer-binary -e '.[dev,pyspice]' ||
    fail "pip could not install the packages; run this again to try once more"
  fingerprint >"$STAMP"
  installed=yes
}

environment_is_current() { [ -e "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint)" ]; }

# What an environment depends on: the packages asked for, the Python that runs in it, and where it stands.
fingerprint() { echo "$(sha256sum <pyproject.toml | cut -c -64) $("$VENV/bin/python" -V 2>&1) $PWD"; }

# A Python from 3.11 on that can make environments: $SPICEMTJ_PYTHON, or the first that there is.
find_python() {
  local python
  for python in ${SPICEMTJ_PYTHON:-python3 /usr/bin/python3 python3.13 python3.12 python3.11}; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  return 1
}
