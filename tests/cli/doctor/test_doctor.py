"""`cheaproute doctor`: each fault is named, with the place and the way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli import config
from cheaproute.cli.doctor import runtime
from cheaproute.cli.main import main
from cheaproute.config import platform
from cheaproute.ledger import bulk_reads, store
from cheaproute.ledger.ingest import writer
from cheaproute.ledger.module import seats
from tests import ledgers
from tests.hook.readings import link_environment
from tests.transcripts import assistant, write

Finding = dict[str, str]


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only system tools on PATH, and a working directory without settings."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(runtime, "_SLOW_MS", 60_000)  # a busy machine is no finding here
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{sys.base_prefix}/bin:/usr/bin:/bin")


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[Finding]]:
    """The exit code and the findings."""
    capsys.readouterr()
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"] == (code == 0)
    return code, report["findings"]


def about(findings: list[Finding], words: str) -> Finding:
    """The one finding that says `words`."""
    found = [finding for finding in findings if words in finding["what"]]
    assert len(found) == 1, findings
    return found[0]


def data(home: Path) -> Path:
    """The data directory, made."""
    place = home / ".local" / "share" / "cheaproute"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return place


def settings(home: Path, content: object) -> Path:
    """Claude Code's user settings."""
    path = home / ".claude" / "settings.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def configure(home: Path, text: str) -> None:
    """Write config.toml."""
    place = home / ".config" / "cheaproute"
    place.mkdir(parents=True)
    (place / "config.toml").write_text(text)


def test_the_hook_that_is_tried_reads_no_history(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its ledger is thrown away: nothing is begun in the background that would fill it."""
    run, tried = subprocess.run, []

    def noted(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if argv[-1] == "user_prompt_submit":
            tried.append(options["env"])
        return run(argv, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    doctor(capsys)
    (env,) = tried
    assert env["CLAUDE_CONFIG_DIR"] == env["CHEAPROUTE_HOME"]


def test_a_fresh_machine_has_no_fault_and_a_way_forward(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing installed is no fault: each warning says what to run."""
    code, findings = doctor(capsys)
    assert code == 0
    assert about(findings, "hooks answer")["level"] == "ok"
    for finding in findings:
        assert finding["level"] in ("ok", "note", "warning")
        assert finding["level"] != "warning" or finding["do"]


def test_a_good_installation_is_all_green(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Interpreter, libraries, client, plugin and cap in place: every line is ok."""
    (data(home) / "interpreter").write_text(f"{sys.base_prefix}/bin/python3\n")
    link_environment(str(data(home)))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "fake")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").write_text("#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    (tmp_path / "bin" / "claude").chmod(0o755)
    settings(home, {"enabledPlugins": {"cheaproute@cheaproute": True}})
    configure(home, "[cap]\nmonth_usd = 40\n")
    code, findings = doctor(capsys)
    assert [finding for finding in findings if finding["level"] != "ok"] == []
    assert code == 0
    assert about(findings, "the month's cap: $0.00 of $40.00")


@pytest.mark.parametrize(
    ("line", "words"),
    [("/gone/python", "does not start"), ("/bin/false", "does not start"), ("", "does not start")],
)
def test_a_broken_interpreter_is_a_fault(
    home: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    """An interpreter that is gone or broken is named with its file."""
    (data(home) / "interpreter").write_text(line + "\n")
    code, findings = doctor(capsys)
    assert code == 1
    found = about(findings, words)
    assert (found["level"], found["do"]) == ("fault", "run `cheaproute setup`")


def test_an_environment_that_is_being_built_is_no_fault(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a first session; nothing is to be done."""
    (data(home) / "venv").unlink(missing_ok=True)
    with (data(home) / "environment.lock").open("w") as lock:
        assert platform.lock(lock, wait=False)
        _, findings = doctor(capsys)
        assert about(findings, "is being built in the background")["level"] == "note"
    _, findings = doctor(capsys)
    assert "cheaproute setup" in about(findings, "the environment is not built")["do"]


def test_the_reason_of_a_failed_build_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What pip said last is what the user reads."""
    (data(home) / "environment.failed").write_text("No matching distribution\n")
    code, findings = doctor(capsys)
    assert code == 1
    assert about(findings, "was not built: No matching distribution")["level"] == "fault"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_read_only_data_directory_is_a_fault(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing can be written, nothing is counted."""
    data(home).chmod(0o500)
    code, findings = doctor(capsys)
    assert code == 1
    assert about(findings, "cannot be written")["do"].startswith("chmod u+w")


def test_a_data_directory_that_is_none_is_a_fault(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in its place is named; the other checks go on."""
    data(home).rmdir()
    data_file = home / ".local" / "share" / "cheaproute"
    data_file.write_text("")
    code, findings = doctor(capsys)
    assert code == 1
    faults = [finding for finding in findings if finding["level"] == "fault"]
    assert ("the data directory is a file", str(data_file)) in [
        (f["what"], f["where"]) for f in faults
    ]
    assert all(str(data_file) in f["where"] for f in faults)
    assert about(findings, "subagents are routed")


def test_totals_that_drifted_are_found(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Totals that are not the sum of the calls, and models without a price, are named."""
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        ledgers.add_call(db, "a", ledgers.TODAY)
        ledgers.add_call(db, "b", ledgers.TODAY, model="claude-next", cost_nano=None)
        ledgers.add_call(db, "c", ledgers.TODAY, model="claude-sonnet-5-5", cost_nano=None)
        db.execute("UPDATE daily SET cost_nano = cost_nano + 1500000000 WHERE cost_nano > 0")
    _, findings = doctor(capsys)
    assert about(findings, "$1.50 apart")["do"] == "run `cheaproute rebuild`"
    assert about(findings, "1 call of claude-next")["do"].startswith("give one: [prices.overrides")
    fast = about(findings, "1 call of claude-sonnet-5-5 in a mode that has no price here")
    assert "overrides" not in fast["do"]


def test_a_row_that_was_not_counted_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its file and line, and why."""
    path = write(home / "x.jsonl", assistant("msg_1"), assistant("msg_2"))
    first = Path(path).read_bytes().index(b"\n") + 1
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        writer.skip(db, path, first, "OverflowError")
    _, findings = doctor(capsys)
    found = about(findings, "line 2 could not be counted: OverflowError")
    assert (found["level"], found["where"]) == ("warning", path)


def test_a_damaged_ledger_is_a_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger that is no database is named, with the way to a new one."""
    (data(home) / "ledger.db").write_bytes(b"not a database, whatever its name says" * 100)
    code, findings = doctor(capsys)
    assert code == 1
    found = about(findings, "file is not a database")
    assert found["where"].endswith("ledger.db")
    assert "cheaproute rebuild" in found["do"]


def test_a_ledger_open_to_others_is_a_warning(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was spent is the user's own business."""
    doctor(capsys)
    (data(home) / "ledger.db").chmod(0o644)
    code, findings = doctor(capsys)
    assert code == 0
    assert about(findings, "mode 644, not 600")["do"].startswith("chmod 600")


def test_a_time_zone_that_is_unknown_here_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written by hand, or on another machine: this one's own is used."""
    configure(home, '[report]\ntimezone = "Mars/Olympus"\n')
    _, findings = doctor(capsys)
    assert about(findings, "knows no such time zone")["level"] == "warning"


def test_recent_errors_are_counted_and_the_last_is_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old entries are history; the frames of a trace are not entries."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    old, new = f"2020-01-01{now[10:]} stop: OSError", f"{now} stop: ValueError at meter.py:1"
    (data(home) / "cheaproute.log").write_text(f"{old}\n{new}\n  File x\n{new}\n")
    _, findings = doctor(capsys)
    assert about(findings, "2 errors in the last 7 days")["what"].endswith(", stop): ValueError")


def test_each_logged_error_has_the_cure_that_fits(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing login is no missing count, and the count is no matter of a login."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    (data(home) / "cheaproute.log").write_text(
        f"{now} digest: NoCredentials: no credentials: nothing is set at choose.py:65\n"
        f"{now} digest: Unavailable: no answer in time at sdk.py:1\n"
        f"{now} cap.command: OSError at alerts.py:61\n"
        f"{now} stop: ValueError at meter.py:1 > a.py:2\n"
    )
    found = [one for one in doctor(capsys)[1] if "1 error in the last 7 days" in one["what"]]
    login, digest, command, count = (one["do"] for one in found)
    assert "ANTHROPIC_API_KEY where Claude Code starts" in login
    assert "no call is missing" in login
    assert "read whole" in digest
    assert not any(".py" in one["what"] for one in found)  # the log says where
    assert "`cap.command`" in command
    assert "`cheaproute import` counts" in count
    assert not any("import" in cure for cure in (login, digest, command))


@pytest.mark.parametrize("place", ["bin", "a/bin", "../link/bin"])
def test_no_program_of_the_checkout_one_stands_in_is_run(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:  # fmt: skip
    """Its tools are on PATH, as an `.envrc` puts them there: neither its claude nor its Python."""
    repo, proof = tmp_path / "repo", tmp_path / "proof"
    (repo / ".git").mkdir(parents=True)
    (repo / "src").mkdir()
    (tmp_path / "link").symlink_to(repo)
    tools = repo / place
    tools.mkdir(parents=True, exist_ok=True)
    for name in ("claude", "python3.15", "python3", "uv"):
        (tools / name).write_text(f"#!/bin/sh\necho $0 >>'{proof}'\n")
        (tools / name).chmod(0o755)
    monkeypatch.chdir(repo / "src")
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    _, findings = doctor(capsys)
    assert about(findings, "claude is not on PATH")
    assert about(findings, "hooks answer")
    assert not proof.exists(), proof.read_text()
    monkeypatch.chdir(home)  # from elsewhere it is the user's own
    _, findings = doctor(capsys)
    assert proof.exists()


@pytest.mark.parametrize(
    ("content", "words", "level"),
    [
        ({"disableAllHooks": True}, "no cap holds", "fault"),
        ({"availableModels": ["opus", "sonnet"]}, "leaves out haiku", "warning"),
        ({"env": {"CLAUDE_CODE_SUBAGENT_MODEL_FORCE": "1"}}, "routing has no effect", "warning"),
        ({"env": {"CLAUDE_CODE_SUBAGENT_MODEL": "haiku"}}, "reasoning too", "warning"),
        ({"env": {"CLAUDE_CODE_USE_VERTEX": "1"}}, "list prices", "note"),
        ({"env": {"LD_TRACE_LOADED_OBJECTS": "1"}}, "may let none begin", "warning"),
        ({"env": {"FOO": "a\0b"}}, "FOO (with a NUL) acts on each hook before", "warning"),
        ({"env": {"BIG": "x" * 130_000}}, "may let none begin", "warning"),
        ({"enabledPlugins": {"cheaproute@cheaproute": False}}, "is disabled", "warning"),
    ],
)
def test_settings_that_work_against_it_are_named(
    home: Path, capsys: pytest.CaptureFixture[str], content: object, words: str, level: str
) -> None:
    """Each is named with the file it stands in."""
    path = settings(home, content)
    code, findings = doctor(capsys)
    found = about(findings, words)
    assert found["level"] == level
    assert found["where"].endswith(str(path))
    assert code == (1 if level == "fault" else 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[routing]\nenabled = false\n", "no routing: every subagent"),
        ("", "no cap is set"),
        ('[routing.categories]\ndebug = "haiku"\n', "a rule sends debug to Haiku"),
    ],
)
def test_the_guide_s_three_mistakes_are_found(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    """No routing rule, no cap, reasoning sent to Haiku: a warning each, with what to do."""
    configure(home, text)
    _, findings = doctor(capsys)
    found = about(findings, words)
    assert found["level"] == "warning"
    assert found["do"]


def test_a_plan_needs_no_cap(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is billed by the token: that none is set is no warning, as the installer says."""
    configure(home, 'billing = "plan"\n')
    assert about(doctor(capsys)[1], "no cap is set")["level"] == "ok"


def test_a_wrong_config_is_one_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key and the file are named once; what needs the settings does not repeat it."""
    configure(home, "[routing]\nenabled = 7\n")
    code, findings = doctor(capsys)
    assert code == 1
    assert "routing.enabled" in about(findings, "config.toml")["what"]


def test_the_screen_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json each finding is a line, its remedy the next."""
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("warn   no cap is set")
    assert lines[at + 1].startswith("       -> run `cheaproute cap suggest`")
    to_do = sum(line.startswith(("warn", "FAULT")) for line in lines)
    assert lines[-1].startswith(f"{to_do} things to do")
    assert ("FAULT" in lines[-1]) == any(line.startswith("FAULT") for line in lines)


def test_the_way_of_delegated_calls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which backend and why; without any it is a warning."""
    found = about(doctor(capsys)[1], "delegated calls")
    assert (found["level"], found["where"]) == ("warning", "delegate.backend")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    found = about(doctor(capsys)[1], "delegated calls")
    assert found["what"] == "delegated calls go by `api`: ANTHROPIC_API_KEY is set"


def test_what_became_of_bulk_reads(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each outcome with its number and size, and what was withheld with its reason."""
    about(doctor(capsys)[1], "no bulk read yet")
    now_ms = int(time.time() * 1000)
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        for outcome in ("made", "made", "kept:secret", "failed:rate_limit", "failed:credentials"):
            bulk_reads.note(
                db, session=1, path_hash="x", size=50_000, outcome=outcome, now_ms=now_ms
            )
    found = [one for one in doctor(capsys)[1] if "bulk read" in one["what"]]
    said = [(one["level"], one["what"]) for one in found]
    cures = {one["what"].rpartition(": ")[2]: one["do"] for one in found}
    assert "where Claude Code starts" in cures["no login"]
    assert "it passes" in cures["rate limit"]
    assert said == [
        ("ok", "2 bulk reads (100 kB) digested"),
        ("warning", "1 bulk read (50 kB) not digested: no login"),
        ("warning", "1 bulk read (50 kB) not digested: rate limit"),
        ("note", "1 bulk read (50 kB) left as it is: looks like a secret"),
    ]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"step": True, "fetch": True, "log": True}, "cap: exact"),
        ({"step": True, "log": True}, "cap: between steps"),
        ({"step": True, "fetch": True}, "no request was answered"),
        ({}, "no request was made"),
        (None, "a cap holds by hooks only"),
    ],
)
def test_the_modules_seats_are_told(
    home: Path, capsys: pytest.CaptureFixture[str], seen: dict[str, bool] | None, words: str
) -> None:
    """Which seats the last session showed, and what follows for the cap."""
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        if seen is not None:
            told = {"pid": 1, "started": "", "version": "2.1.332", "enabled": True}
            seats.start(db, 1, now_ms=1, **told)  # type: ignore[arg-type]
            seats.note(db, 1, 1, seen, 2)
    finding = about(doctor(capsys)[1], "the module was")
    assert words in finding["what"]


def test_a_module_that_tells_of_no_answer_is_a_warning(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one came: its records are kept from it."""
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        seats.start(db, 1, pid=1, started="", version="2.1.332", enabled=True, now_ms=1)
        seats.note(db, 1, 1, {"step": True, "fetch": True}, 2)
        ledgers.add_call(db, "m1", 0, session=1)
    finding = about(doctor(capsys)[1], "the module was")
    assert (finding["level"], "never seen there: log" in finding["what"]) == ("warning", True)


def test_a_module_that_rested_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It hung, which is no session without requests."""
    with closing(store.connect(str(data(home) / "ledger.db"))) as db:
        seats.start(db, 1, pid=1, started="", version="2.1.332", enabled=False, now_ms=1)
    finding = about(doctor(capsys)[1], "the module hung")
    assert (finding["level"], "cap: hooks only" in finding["what"]) == ("warning", True)


def test_auto_without_a_judge_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`routing.main = auto` says in one line why it cannot be, and doctor why it does nothing."""
    monkeypatch.setattr(config, "judged", lambda: False)
    assert main(["config", "set", "routing.main", "auto"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    path = home / ".config" / "cheaproute" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[routing]\nmain = "auto"\n')
    assert about(doctor(capsys)[1], "judge of main-loop")["level"] == "warning"
