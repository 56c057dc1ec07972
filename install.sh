#!/bin/sh
# Install cheaproute from this directory, or take it away again. Safe to run twice.
set -eu
# Where sh is bash, the environment's: a `cd` that says where it went, an `rm` that asks.
case ${BASH_VERSION:-} in
  '') ;;
  *) unset -f [ test umask read printf cd pwd command echo ls readlink grep ln mkdir rm rmdir sed ;;
esac

usage() {
  cat <<'END'
usage: ./install.sh [--yes] [--cap USD] [--no-plugin]
       ./install.sh --uninstall [--purge] [--yes]

  --yes        ask nothing
  --cap USD    set the monthly cap
  --no-plugin  leave Claude Code alone: no marketplace, no plugin
  --uninstall  take away what this script made; the ledger and the settings stay
  --purge      with --uninstall: the ledger and the settings, too
END
}

umask 077
unset CDPATH

# The terminal's width; elsewhere lines are as long as they are.
width=''
if [ -t 1 ]; then width=$({ stty size </dev/tty; } 2>/dev/null) && width=${width#* } || width=''; fi
case $width in '' | *[!0-9]* | ? | 1?) width=10000 ;; esac

# fit INDENT TEXT: TEXT in lines that a terminal does not break, the last without its end.
fit() {
  if [ $((${#1} + ${#2})) -lt "$width" ]; then
    printf '%s' "$1$2"
    return
  fi
  fit_line=''
  set -f
  for fit_word in $2; do
    if [ -n "$fit_line" ] && [ $((${#1} + ${#fit_line} + ${#fit_word} + 1)) -ge "$width" ]; then
      printf '%s\n' "$1$fit_line"
      fit_line=''
    fi
    fit_line="$fit_line${fit_line:+ }$fit_word"
  done
  set +f
  printf '%s' "$1$fit_line"
}

say() { printf '%s\n' "==> $*"; }
note() { printf '%s\n' "$(fit '    ' "$*")"; }
fail() {
  printf '%s\n' "install.sh: $*" >&2
  exit 1
}

yes='' cap='' plugin=1 uninstall='' purge='' asked='' python=false remains=''
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
    --asked) asked=1 ;; # by the command, before it took the plan back
    --help | -h)
      usage
      exit 0
      ;;
    *)
      printf '%s\n' "install.sh: there is no option $1" >&2
      usage >&2
      exit 2
      ;;
  esac
  shift
done

case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
root=$(cd "$here" && pwd -P)
whole=1
dir=$root/bin
# shellcheck source=hooks/common
. "$root/hooks/common"
places "${CHEAPROUTE_HOME:-}"

# run_python CODE WORD...: our code on the Python that was found, whatever became of the environment.
run_python() {
  code=$1
  shift
  "$python" -I -S -X utf8 -c "import os, sys; sys.path.insert(0, sys.argv.pop(1)); $code" "$root" "$@"
}

# Without HOME it is Python that knows where things are: from the password database.
settle() {
  if [ -z "$home" ]; then
    home=$(run_python 'from cheaproute.config import paths; print(paths.home(os.environ))')
    [ -n "$home" ] || [ -n "$data" ] || fail "no home directory is known: set HOME, or CHEAPROUTE_HOME to an own directory"
    HOME=${home:-$data}
    export HOME
    places "${CHEAPROUTE_HOME:-}"
  fi
  command_link="${home:-$data}/.local/bin/cheaproute"
}

# What was typed before a question stands on the screen is no answer to it.
forget_typed() {
  run_python 'import termios; termios.tcflush(0, termios.TCIFLUSH)' 2>/dev/null || :
}

# ask QUESTION DEFAULT: whether the answer is yes; the default where nobody can be asked.
ask() {
  if [ -n "$yes" ] || [ ! -t 0 ]; then
    [ "$2" = y ]
    return
  fi
  while :; do
    forget_typed
    printf '%s ' "$(fit '' "$1 [$([ "$2" = y ] && echo Y/n || echo y/N)]")"
    read -r answer || return 1 # the end of input is no yes
    case ${answer:-$2} in
      [yY]*) return 0 ;;
      [nN]*) return 1 ;;
      *) note "y or n?" ;;
    esac
  done
}

cheaproute() { "$root/bin/cheaproute" "$@"; }

# The Python to use: the one of last time, one on PATH, one uv knows, one uv may fetch.
find_python() {
  if sound_as_named && [ -f "$data/interpreter" ] && [ -r "$data/interpreter" ]; then
    IFS= read -r python <"$data/interpreter" || true
    [ -f "$python" ] && [ -x "$python" ] && usable "$python" && return 0
  fi
  look && return 0
  [ -n "$uv" ] || return 1
  ask "No usable Python 3.11 or newer. Let uv fetch one?" y || return 1
  if [ -n "${UV_PYTHON_INSTALL_DIR:-}" ]; then
    elsewhere "$UV_PYTHON_INSTALL_DIR/x" || unset UV_PYTHON_INSTALL_DIR
  fi
  # Not where a project's settings name the place to fetch it from.
  (cd / && "$uv" python install 3.13) &&
    by_uv 3.13 ${UV_PYTHON_INSTALL_DIR:+"UV_PYTHON_INSTALL_DIR=$UV_PYTHON_INSTALL_DIR"}
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
  ask "Put a cheaproute command into ${command_link%/*}?" y || return 0
  mkdir -p "${command_link%/*}"
  ln -sfn "$root/bin/cheaproute" "$command_link"
  note "$command_link"
  # shellcheck disable=SC2031
  case :$PATH: in
    *":${command_link%/*}:"*) ;;
    *) note "it is not on PATH yet: add ${command_link%/*} there" ;;
  esac
}

by_hand() {
  note "  claude plugin marketplace add \"$root\""
  note "  claude plugin install cheaproute@cheaproute"
}

# Whether Claude Code has the plugin, and its marketplace is this directory.
is_there() {
  theirs=${CLAUDE_CONFIG_DIR:-${home:-/nowhere}/.claude}
  grep -qs '"cheaproute@cheaproute"' "$theirs/plugins/installed_plugins.json" &&
    grep -qsF "\"$root\"" "$theirs/plugins/known_marketplaces.json" &&
    grep -qs '"cheaproute@cheaproute": *true' "$theirs/settings.json"
}

register() {
  say "Plugin"
  if ! command -v claude >/dev/null 2>&1; then
    note "claude is not on PATH. Later, run:"
    by_hand
    return 0
  fi
  if is_there; then
    note "Claude Code has it from here: nothing to ask"
  elif ! ask "Add cheaproute to Claude Code, as a marketplace and a plugin?" y; then
    note "left alone. Later, run:"
    by_hand
    return 0
  fi
  claude plugin marketplace add "$root" </dev/null || fail "the marketplace was not added"
  claude plugin install cheaproute@cheaproute </dev/null || fail "the plugin was not installed"
  note "the option it names is a monthly cap, which comes last here: nothing to configure"
}

# ask_cap: `cap` is what the user names, "" for none; 1 where it is set already, as was suggested.
ask_cap() {
  forget_typed
  printf 'Monthly cap in USD (%sempty: none): ' "${suggested:+y: as suggested; }"
  read -r cap || cap=''
  case $cap in
    [yY] | [yY][eE][sS])
      [ -n "$suggested" ] || return 0
      cheaproute cap suggest --apply | sed '1,/^Month/{/^Month/!d;}' # it was shown before the question
      return 1
      ;;
    [nN] | [nN][oO]) cap='' ;;
  esac
}

# The cap: the one given, the one that is set, or the one the user names now.
set_cap() {
  say "Cap"
  none=''
  [ -n "$cap" ] || ! cheaproute cap show | grep -q '^No cap is set' || none=1
  if [ -n "$none" ] && cheaproute cap show --json | grep -q '"billing": "plan"'; then
    note "on a subscription nobody pays per token: none is needed;"
    note "\`cheaproute cap suggest\` names one that warns."
    return
  fi
  suggested=''
  if [ -n "$none" ] && [ -z "$yes" ] && [ -t 0 ]; then
    cheaproute cap suggest && suggested=1
    ask_cap || return 0
  fi
  while [ -n "$cap" ] && [ -z "$yes" ] && [ -t 0 ]; do
    cheaproute cap set "$cap" && return
    ask_cap || return 0
  done
  if [ -n "$cap" ]; then
    cheaproute cap set "$cap" || note "that cap was not set; later: cheaproute cap set N"
  else
    cheaproute cap show
  fi
}

install() {
  say "Python"
  find_python || fail "no usable Python 3.11 or newer${lacking:+ ($lacking)}: install one, or uv (https://docs.astral.sh/uv/), and try again"
  settle
  note "$python"

  say "Environment in $data"
  note "a minute or two, the first time; a moment later on"
  built=1
  run_python 'from cheaproute.cli.main import main; sys.exit(main())' setup || built=''
  if [ -n "$built" ] && [ -n "${CHEAPROUTE_HOME:-}" ]; then
    # Apps and editors start sessions without this shell's variables: they look there.
    cheaproute config set home "$data" || true
  fi

  say "Command"
  link_command

  if [ -n "$plugin" ]; then register; fi

  if [ -z "$built" ]; then
    say "Not done"
    note "Hooks need Python alone: sessions are routed, counted and capped already, this month included."
    note "Commands and digests need the environment. Mend what is said above, then run this again:"
    note "$root/install.sh"
    exit 1
  fi

  if ! wrong=$(cheaproute cap show 2>&1 >/dev/null); then
    say "Not done"
    note "${wrong#cheaproute: }"
    note "Until that is mended nothing is counted, and no cap holds but for a session's own calls. Then run this again:"
    note "$root/install.sh"
    exit 1
  fi

  say "History"
  cheaproute import || note "go on without; later: cheaproute import"

  set_cap

  say "Done"
  note "Start a new Claude Code session. /costs shows what it cost; from here, too:"
  # Not the function of that name, which works here alone.
  found=$(unset -f cheaproute && command -v cheaproute || true)
  [ "$(readlink "$found" || true)" = "$root/bin/cheaproute" ] ||
    note "(cheaproute is $root/bin/cheaproute here: no command of that name is on your PATH)"
  note "cheaproute costs           what was spent, on what"
  note "cheaproute plan            what would save most"
  note "cheaproute report --open   the same as a page with charts"
  note "cheaproute doctor          checks everything"
  note "cheaproute demo            a made-up session: routing and a digest"
  stopped=$(cheaproute cap show | grep '^Stopped: ' || true)
  [ -z "$stopped" ] || note "$stopped"
}

remove() {
  for thing in "$@"; do
    [ -e "$thing" ] || [ -L "$thing" ] || continue
    case $thing in */venv-*) note "removing $thing: up to a minute" ;; esac
    # A session that builds the environment may write there while it is removed.
    if rm -rf -- "$thing" 2>/dev/null || rm -rf -- "$thing"; then
      note "removed $thing"
    else
      remains=1
    fi
  done
}

# forgo NAME...: removes it, and what a writer of it that died has left beside it.
forgo() {
  for name in "$@"; do remove "$name" "$name".[0-9]*; done
}

# By name: the directory may be one that the user chose and keeps other things in. A test holds that
# what the code writes stands here (tests/plugin/test_left_behind.py).
made_anew() {
  [ ! -L "$data/venv" ] || remove "$data/venv"
  remove "$data"/venv-* "$data"/environment.* "$data"/locks.* "$data/ledger.held"
  forgo "$data/interpreter" "$data/plugin" "$data/snapshot.json" "$data/bytecode" "$data/told" \
    "$data/leaves_ended" "$data/passes" "$data/headless" "$data/lease.json" "$data/elsewhere.json"
}

# kept_with DO: DO is called with what a plain uninstall keeps.
kept_with() {
  "$1" "$data"/ledger.db* "$data"/cheaproute.log* "$data"/machines.db* "$data"/team.db* "$data/machine.json" \
    "$data/changes" "$data/sync.key" "$data/team.json" "$data/team.pass" "$data/api_costs.json" \
    "$config/config.toml" "$config/caps.json" "$config/plan.toml"
  # A page of that name may be the user's own.
  ! grep -qs cheaproute "$data/report.html" || "$1" "$data/report.html"
}

kept() {
  for name in "$@"; do
    for thing in "$name" "$name".[0-9]*; do
      [ ! -e "$thing" ] || note "kept: $thing"
    done
  done
}

held_in() {
  for thing in "$1"/* "$1"/.[!.]*; do
    [ ! -e "$thing" ] || printf ' %s' "${thing##*/}"
  done
}

# forget: what --purge promises, in $data and $config.
forget() {
  kept_with forgo
  if ! rmdir "$data" "$config" 2>/dev/null && [ -z "$remains" ]; then # what was under way wrote it anew
    made_anew
    kept_with forgo
    rmdir "$data" "$config" 2>/dev/null || true
  fi
  # The plugin's own folder goes with it; a session that is still open has put the limits back there.
  theirs=${CLAUDE_CONFIG_DIR:-${home:-/nowhere}/.claude}/plugins/data/cheaproute-cheaproute
  forgo "$theirs/caps.json"
  rmdir "$theirs" 2>/dev/null || true
  for place in "$data" "$config"; do
    [ ! -d "$place" ] || note "left: $place, for what is still in it:$(held_in "$place")"
    [ "$data" != "$config" ] || break
  done
}

uninstall() {
  [ -n "$yes$asked" ] || [ -t 0 ] || fail "nobody can be asked here: add --yes${purge:+ (with --purge the ledger is deleted, too)}"
  python=false
  if find_python; then settle; else python=false command_link="${home:?HOME is not set}/.local/bin/cheaproute"; fi
  rest='What stays'
  [ -z "$purge" ] || rest='You are asked about after that'
  if [ -z "$asked$yes" ]; then
    note "What goes: the plugin and its marketplace in Claude Code, the command, the environment, and what \`plan apply\` and \`setup statusline\` wrote (in Claude Code's settings.json and in config.toml)."
    note "$rest: the ledger, the log, the page (report.html), your caps and the rest of config.toml."
    ask "Take cheaproute away?" n || fail "nothing was removed"
  fi
  # First what needs the environment.
  say "Settings"
  note "what \`plan apply\` and \`setup statusline\` wrote is taken back"
  cheaproute plan undo --all ${yes:+${purge:+--yes}} || note "what \`cheaproute plan apply\` wrote is left as it is"
  cheaproute setup statusline --remove || true
  if command -v claude >/dev/null 2>&1; then
    say "Plugin"
    note "Claude Code takes it out: some seconds"
    claude plugin uninstall cheaproute@cheaproute </dev/null 2>/dev/null || note "it was not installed"
    claude plugin marketplace remove cheaproute </dev/null 2>/dev/null || note "its marketplace was not added"
  fi
  # Sessions that are open have the client's copy still; what reads or builds in the background writes.
  run_python 'from cheaproute.cli import beside; print(beside.quiet(os.environ), end="")' 2>/dev/null | sed 's/^/    /'
  say "Files"
  case $(readlink "$command_link" 2>/dev/null || true) in
    "$root/bin/cheaproute" | "$data/plugin/bin/cheaproute") remove "$command_link" ;;
  esac
  made_anew
  remove "$data"/changes/statusline-*
  rmdir "$data/changes" 2>/dev/null || true
  gone=''
  if [ -n "$purge" ] && [ -z "$yes" ]; then
    lost=$(run_python 'from cheaproute.cli import uninstall; print(uninstall.lost(os.environ))' 2>/dev/null) || lost=''
    [ -z "$lost" ] || note "$lost"
  fi
  [ -z "$purge" ] || ! ask "Delete the ledger and the settings for good?" "${yes:+y}" || gone=1
  if [ -n "$gone" ]; then forget; else kept_with kept; fi
  default_place
  client_keeps
  [ -z "$remains" ] ||
    fail "not all is gone (see above): a session may still write there. This finishes it, in a minute or two:
    $root/install.sh --uninstall ${gone:+--purge }--yes"
}

# What Claude Code keeps of a plugin in folders of its own: it does not use it any more.
client_keeps() {
  theirs=${CLAUDE_CONFIG_DIR:-${home:-/nowhere}/.claude}
  for thing in "$theirs/plugins/cache/cheaproute" "$theirs/plugins/data/cheaproute-cheaproute"; do
    [ ! -e "$thing" ] || note "left in Claude Code's own folder, unused: $thing"
  done
  ! grep -qsE '"(enabledPlugins|extraKnownMarketplaces)": *\{\}' "$theirs/settings.json" ||
    note "left in $theirs/settings.json: empty keys that Claude Code wrote for plugins"
}

# What stands in the default place where the rest is elsewhere, unless another copy lives there.
default_place() {
  elsewhere=$data
  usual=$(run_python 'from cheaproute.config import paths; print(os.path.dirname(paths.home_file(os.environ)))' 2>/dev/null) || usual=$data
  [ "$usual" != "$elsewhere" ] || return 0
  if [ -e "$usual/home" ]; then
    IFS= read -r answer <"$usual/home" || :
    absolute "$answer"
    [ "$answer" = "$elsewhere" ] || return 0
    remove "$usual/interpreter"
    [ -n "$gone" ] || return 0
    remove "$usual/home"
    places ''
    forget
  elif [ ! -e "$usual/ledger.db" ]; then
    remove "$usual/interpreter"
    rmdir "$usual" 2>/dev/null || true
  fi
}

if [ -n "$uninstall" ]; then uninstall; else install; fi
