#!/bin/sh
# Install cheaproute from this directory, or take it away again. Safe to run twice.
set -eu

usage() {
  cat <<'END'
usage: ./install.sh [--yes] [--cap USD] [--no-plugin]
       ./install.sh --uninstall [--purge] [--yes]

  --yes        ask nothing
  --cap USD    set the monthly cap
  --no-plugin  leave Claude Code alone: no marketplace, no plugin
  --uninstall  take away what this script made; the ledger and config.toml stay
  --purge      with --uninstall: the ledger and config.toml, too
END
}

umask 077

say() { printf '%s\n' "==> $*"; }
note() { printf '%s\n' "    $*"; }
fail() {
  printf '%s\n' "install.sh: $*" >&2
  exit 1
}

yes='' cap='' plugin=1 uninstall='' purge=''
while [ $# -gt 0 ]; do
  case $1 in
    --yes | -y) yes=1 ;;
    --cap)
      [ $# -ge 2 ] || fail "--cap wants an amount in USD"
      cap=$2
      shift
      ;;
    --cap=*) cap=${1#--cap=} ;;
    --no-plugin) plugin='' ;;
    --uninstall) uninstall=1 ;;
    --purge) purge=1 ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift
done

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
root=$(cd "$here" && pwd -P)
command_link="${HOME:?HOME is not set}/.local/bin/cheaproute"

# Where cheaproute/config/paths.py has the data and the config.toml.
if [ -n "${CHEAPROUTE_HOME:-}" ]; then
  data=$CHEAPROUTE_HOME
  # shellcheck disable=SC2088  # a literal tilde, as a settings file may hold one
  case $data in '~/'*) data=$HOME${data#'~'} ;; esac
  config=$data
elif [ -d /System/Library ]; then
  data="$HOME/Library/Application Support/cheaproute"
  config=$data
else
  data=${XDG_DATA_HOME:-$HOME/.local/share}/cheaproute
  config=${XDG_CONFIG_HOME:-$HOME/.config}/cheaproute
fi

# ask QUESTION DEFAULT: whether the answer is yes; the default where nobody can be asked.
ask() {
  if [ -n "$yes" ] || [ ! -t 0 ]; then
    [ "$2" = y ]
    return
  fi
  printf '%s [%s] ' "$1" "$([ "$2" = y ] && echo Y/n || echo y/N)"
  read -r answer || answer=''
  case ${answer:-$2} in [yY]*) return 0 ;; *) return 1 ;; esac
}

cheaproute() { "$root/bin/cheaproute" "$@"; }

new_enough() {
  "$1" -I -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1
}

# The Python to use: the one of last time, one on PATH, one uv knows, one uv may fetch.
find_python() {
  if [ -r "$data/interpreter" ]; then
    IFS= read -r found <"$data/interpreter" || true
    [ -x "$found" ] && new_enough "$found" && return 0
  fi
  for name in python3.14 python3.13 python3.12 python3.11 python3; do
    found=$(command -v "$name") || continue
    [ "$found" = /usr/bin/python3 ] && [ -d /System/Library ] && continue
    new_enough "$found" && return 0
  done
  command -v uv >/dev/null 2>&1 || return 1
  found=$(uv python find --no-python-downloads '>=3.11' 2>/dev/null) && return 0
  ask "No Python 3.11 or newer. Let uv fetch one?" y || return 1
  uv python install 3.13 && found=$(uv python find 3.13)
}

link_command() {
  if [ -e "$command_link" ] || [ -L "$command_link" ]; then
    [ "$(readlink "$command_link" || true)" = "$root/bin/cheaproute" ] && return 0
    case $(readlink "$command_link" || true) in
      */bin/cheaproute) ;; # of another copy
      *)
        note "$command_link is something else: left alone"
        return 0
        ;;
    esac
  fi
  ask "Put a cheaproute command into $HOME/.local/bin?" y || return 0
  mkdir -p "$HOME/.local/bin"
  ln -sfn "$root/bin/cheaproute" "$command_link"
  note "$command_link"
  case :$PATH: in
    *":$HOME/.local/bin:"*) ;;
    *) note "it is not on PATH yet: add $HOME/.local/bin there" ;;
  esac
}

register() {
  say "Plugin"
  if ! command -v claude >/dev/null 2>&1; then
    note "claude is not on PATH. Later, run:"
    note "  claude plugin marketplace add \"$root\""
    note "  claude plugin install cheaproute@cheaproute"
    return 0
  fi
  claude plugin marketplace add "$root" </dev/null || fail "the marketplace was not added"
  claude plugin install cheaproute@cheaproute </dev/null || fail "the plugin was not installed"
}

# The cap: the one given, the one that is set, or the one the user names now.
set_cap() {
  say "Cap"
  if [ -z "$cap" ] && [ -z "$yes" ] && [ -t 0 ] && ! cheaproute cap show | grep -q '\$'; then
    cheaproute cap suggest || true
    printf 'Monthly cap in USD (empty: none): '
    read -r cap || cap=''
  fi
  if [ -n "$cap" ]; then
    cheaproute cap set "$cap"
  else
    cheaproute cap show
  fi
}

install() {
  say "Python"
  find_python || fail "no Python 3.11 or newer: install one, or uv (https://docs.astral.sh/uv/), and try again"
  note "$found"

  say "Environment in $data"
  "$found" -I -c 'import sys; sys.path.insert(0, sys.argv.pop(1)); from cheaproute.cli.main import main; sys.exit(main())' "$root" setup

  say "Command"
  link_command

  if [ -n "$plugin" ]; then register; fi

  say "History"
  cheaproute import || note "go on without; later: cheaproute import"

  set_cap

  say "Demo"
  cheaproute demo

  say "Done"
  note "Start a new Claude Code session. /costs shows what it cost; cheaproute doctor checks everything."
}

remove() {
  for thing in "$@"; do
    if [ -e "$thing" ] || [ -L "$thing" ]; then
      rm -rf -- "$thing"
      note "removed $thing"
    fi
  done
}

uninstall() {
  cheaproute setup statusline --remove || true
  if command -v claude >/dev/null 2>&1; then
    say "Plugin"
    claude plugin uninstall cheaproute@cheaproute </dev/null 2>/dev/null || note "it was not installed"
    claude plugin marketplace remove cheaproute </dev/null 2>/dev/null || note "its marketplace was not added"
  fi
  say "Files"
  case $(readlink "$command_link" 2>/dev/null || true) in
    "$root/bin/cheaproute") remove "$command_link" ;;
  esac
  remove "$data"/venv* "$data"/environment.* "$data/interpreter" "$data/plugin" "$data/snapshot.json" "$data/bytecode"
  remove "$data"/changes/statusline-*
  rmdir "$data/changes" 2>/dev/null || true
  if [ -n "$purge" ] && ask "Delete the ledger and the settings for good?" "${yes:+y}"; then
    # By name: the directory may be one the user chose and keeps other things in.
    remove "$data"/ledger.db* "$data"/cheaproute.log* "$data/changes" "$data/api_costs.json" "$config/config.toml"
    rmdir "$data" "$config" 2>/dev/null || true
  elif [ -e "$data/ledger.db" ]; then
    note "kept: $data/ledger.db"
  fi
}

if [ -n "$uninstall" ]; then uninstall; else install; fi
