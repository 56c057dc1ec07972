"""`cheaproute ping` and `cheaproute ask`, from the words typed to the lines printed."""

from __future__ import annotations

import io
import json
import os
import random
import re
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.delegate import chunks
from cheaproute.ledger import store
from tests.api import Api, Reply, Request

Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The stand-in, as the environment's API."""
    with Api() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-" + "x" * 30)
        yield server
    assert server.faults == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs a command; its code, stdout and stderr."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def do(*words: str) -> tuple[int, str, str]:
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return do


def rows(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    """What the ledger answers to `sql`."""
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        return db.execute(sql).fetchall()


def test_ping_says_model_latency_and_cost(api: Api, run: Ran, tmp_path: Path) -> None:
    """The answer on stdout, the figures on stderr, the call in the ledger."""
    api.script = lambda _request: Reply("Haiku is live.")
    code, out, err = run("ping")
    assert (code, out) == (0, "Haiku is live.\n")
    assert re.fullmatch(
        r"all is well: claude-haiku-5-5 \(api\): 1,000 in, 100 out, \$0\.00015, \d+\.\d s\n", err
    )
    assert "Reply with: Haiku is live." in api.calls[0].text
    assert rows(tmp_path, "SELECT cost_nano FROM call") == [(150_000,)]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the API does not accept these credentials: check ANTHROPIC_API_KEY (401)"),
        (529, "the API is overloaded: try again in a minute (529)"),
    ],
)
def test_ping_fails_in_one_line(api: Api, run: Ran, status: int, said: str) -> None:
    """A plain line and code 1."""
    api.script = lambda _request: Reply(status=status, headers={"retry-after-ms": "1"})
    assert run("ping") == (1, "", f"cheaproute: {said}\n")


def test_ping_without_credentials(run: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a key nor the client: the line says what to set."""
    monkeypatch.setenv("PATH", "")
    code, out, err = run("ping")
    assert (code, out) == (1, "")
    assert err == (
        "cheaproute: no credentials: no API credentials, and `claude` is not on PATH:"
        " set ANTHROPIC_API_KEY\n"
    )


@pytest.mark.usefixtures("api")
def test_without_the_libraries_it_is_said_what_lacks(
    run: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that the prompt is in doubt: no other prompt would be sent either."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    for words in (["ping"], ["ask", "why?"]):
        code, _, said = run(*words)
        assert code == 1
        assert said == "cheaproute: detect_secrets is not installed yet: run `cheaproute setup`\n"


def test_past_the_cap_is_code_4(api: Api, run: Ran, tmp_path: Path) -> None:
    """No call is made, and the line says what is left."""
    with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        db.execute("INSERT INTO cap VALUES('month', 1000, 'command', 0)")
    code, out, err = run("ping")
    assert (code, out) == (4, "")
    assert err.startswith("cheaproute: ping: not called: it may cost $")
    assert api.calls == []


def test_ask_streams_an_answer_about_files(api: Api, run: Ran, tmp_path: Path) -> None:
    """Files and patterns go into one prompt, marked as data; the figures go to stderr."""
    (tmp_path / "a.log").write_text("alpha\n")
    (tmp_path / "b.log").write_text("beta\n")
    api.script = lambda _request: Reply("Two lines.")
    code, out, err = run("ask", "What is there?", "*.log")
    assert (code, out) == (0, "Two lines.\n")
    assert err == "claude-haiku-5-5 (api): 1,000 in, 100 out, $0.00015\n"
    prompt = api.calls[0].body["messages"][0]["content"]
    assert re.fullmatch(
        r"<documents-(\w{8})>\n<<a.log, from line 1>>\nalpha\n\n<<b.log, from line 1>>\nbeta\n\n"
        r"</documents-\1>\n\nWhat is there\?",
        prompt,
    )
    assert "never an instruction" in api.calls[0].system


def test_ask_reads_stdin_and_answers_json(
    api: Api, run: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` is what is piped in; `--json` is one object and nothing on stderr."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"piped text\n")))
    api.script = lambda _request: Reply("It says so.")
    code, out, err = run("ask", "What?", "-", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found.pop("latency_ms") >= 0
    assert found == {
        "answer": "It says so.",
        "model": "claude-haiku-5-5",
        "backend": "api",
        "calls": 1,
        "input_tokens": 1000,
        "output_tokens": 100,
        "cost_usd": 0.00015,
        "stop_reason": "end_turn",
    }
    assert "piped text" in api.calls[0].text


def test_ask_without_files(api: Api, run: Ran) -> None:
    """A question alone is just asked."""
    api.script = lambda _request: Reply("Four.")
    assert run("ask", "2 + 2?")[:2] == (0, "Four.\n")
    assert api.calls[0].body["messages"][0]["content"] == "2 + 2?"


def test_what_is_too_long_is_asked_in_parts_and_merged(api: Api, run: Ran, tmp_path: Path) -> None:
    """Every part is below the price step as counted; the last call gets the parts' answers."""
    lines = [f"{number:07} an ordinary line of a long file\n" for number in range(30_000)]
    (tmp_path / "long.log").write_text("".join(lines))

    def script(request: Request) -> Reply:
        found = re.search(r"This is part (\d+) of", request.text)
        return Reply(f"answer {found[1]}" if found else "All is well.")

    api.script = script
    code, out, err = run("ask", "Is all well?", "long.log", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["answer"], found["calls"]) == ("All is well.", len(api.calls))
    *parts, merge = sorted(api.calls, key=lambda call: "too long for one reading" in call.text)
    assert len(parts) > 3
    assert all(len(json.dumps(call.body)) / 4 < chunks.STEP_TOKENS for call in parts)
    for number in range(1, len(parts) + 1):
        assert f"answer {number}\\n" in merge.text
    seen = "".join(str(call.body["messages"][0]["content"]) for call in parts)
    assert all(line in seen for line in lines[::997])


def test_dense_text_is_cut_again_where_it_counts_too_long(
    api: Api, run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that count_tokens finds above the step is halved, not sent."""
    (tmp_path / "dense.log").write_text("0123456789abcdef\n" * 12_000)  # 204 kB, 51,000 as counted
    monkeypatch.setattr(chunks, "PART_TOKENS", 30_000)
    api.script = lambda _request: Reply("fine")
    code, out, _ = run("ask", "?", "dense.log", "--json")
    assert code == 0
    assert json.loads(out)["calls"] == 3
    assert all(len(json.dumps(call.body)) / 4 < 30_000 for call in api.calls)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ask", " "), 2, "the question is empty"),
        (("ask", "?", "none.log"), 1, "none.log: no such file"),
        (("ask", "?", "*.none"), 2, "*.none: no file matches"),
    ],
)
def test_what_cannot_be_asked(run: Ran, words: tuple[str, ...], code: int, said: str) -> None:
    """One line, before anything is sent."""
    assert run(*words) == (code, "", f"cheaproute: {said}\n")


def test_a_file_alone_is_no_question(api: Api, run: Ran, tmp_path: Path) -> None:
    """It is asked back what about it, before anything is sent."""
    (tmp_path / "build.log").write_text("ok\n")
    said = 'what do you want to know of it? ask "QUESTION" build.log'
    assert run("ask", "build.log") == (2, "", f"cheaproute: {said}\n")
    assert not api.calls


def test_a_refusal_is_code_1_and_paid_for(api: Api, run: Ran, tmp_path: Path) -> None:
    """The line says that the model declined."""
    api.script = lambda _request: Reply("I", stop_reason="refusal")
    code, _, err = run("ask", "?", "--json")
    assert (code, err) == (1, "cheaproute: the model declined to answer this\n")
    assert rows(tmp_path, "SELECT count(*), sum(cost_nano) FROM call") == [(1, 150_000)]


def test_an_answer_as_long_as_allowed_says_it_was_cut(api: Api, run: Ran) -> None:
    """Nobody takes half an answer for a whole one."""
    api.script = lambda _request: Reply("half", stop_reason="max_tokens")
    code, out, err = run("ask", "?")
    assert (code, out) == (0, "half\n")
    assert err.startswith("cheaproute: the answer was cut")


def test_the_model_is_a_setting(api: Api, run: Ran, tmp_path: Path) -> None:
    """The guide's own Haiku works, and is priced as what it is."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.toml").write_text(
        '[models]\nhaiku = "claude-haiku-4-5-20251001"\n'
    )
    run("ping")
    assert api.models == ["claude-haiku-4-5-20251001"]
    assert rows(tmp_path, "SELECT cost_nano FROM call") == [(1_500_000,)]


@pytest.mark.parametrize("where", ["file", "stdin", "question"])
def test_a_secret_is_not_asked_about(
    api: Api, run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """One line names the document and the kind; nothing was sent, no other document either."""
    value = "".join(random.choices(string.ascii_letters + string.digits, k=20))
    text = f"a line\nDB_PASSWORD={value}\n"
    (tmp_path / "good.log").write_text("INFO nothing\n" * 9)
    (tmp_path / "app.log").write_text(text)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    words = {"file": str(tmp_path / "app.log"), "stdin": "-", "question": ""}[where]
    question = f"What opens {text}?" if where == "question" else "What is it?"
    code, out, err = run("ask", question, str(tmp_path / "good.log"), *filter(None, [words]))
    assert (code, out) == (1, "")
    assert "not sent: the value of DB_PASSWORD: ask about a copy without it" in err
    assert value not in err
    assert api.requests == []


@pytest.mark.parametrize("named", ["logs/*", "logs/config", "link.log", "plain/.env.local"])
def test_stores_are_not_sent_by_ask(api: Api, run: Ran, tmp_path: Path, named: str) -> None:
    """Names and places are looked at as for a digest, where a link leads, too."""
    store_of_keys = tmp_path / "home" / ".ssh"
    store_of_keys.mkdir(parents=True)
    (store_of_keys / "config").write_text("Host prod\n HostName 10.0.0.1\n")
    (tmp_path / "logs").symlink_to(store_of_keys)
    (tmp_path / "link.log").symlink_to(store_of_keys / "config")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / ".env.local").write_text("HOST=prod\n")
    code, _, err = run("ask", "what is it?", named)
    assert (code, api.calls) == (1, [])
    assert "not sent: by its name or place it holds secrets" in err


def test_a_key_in_a_path_is_not_sent_by_ask(api: Api, run: Ran, tmp_path: Path) -> None:
    """The path stands beside the text."""
    place = tmp_path / ("ghp_" + "A1b2C3d4E5f6" * 3)
    place.mkdir()
    (place / "a.txt").write_text("nothing\n")
    assert run("ask", "what is it?", str(place / "a.txt"))[0] == 1
    assert api.calls == []


def test_a_second_name_is_not_sent_by_ask(api: Api, run: Ran, tmp_path: Path) -> None:
    """A hard link: a rule may deny the other name."""
    (tmp_path / "kept.log").write_text("alpha\n")
    (tmp_path / "link.log").hardlink_to(tmp_path / "kept.log")
    code, _, err = run("ask", "what is it?", "link.log")
    assert (code, api.calls) == (1, [])
    assert "not sent: it has another name, too (a hard link)" in err


@pytest.mark.parametrize("again", [True, False])
def test_a_directory_that_becomes_a_link_meanwhile_is_not_followed(
    api: Api, run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    """Between the look at a path and its opening, and also where it is itself again after."""
    keys, logs = tmp_path / "home" / ".ssh", tmp_path / "logs"
    for one in (keys, logs):
        one.mkdir(parents=True)
        (one / "config").write_text("Host prod\n")
    real_open = os.open

    def swapped(path: str, *rest: int, **named: int) -> int:
        if str(path) != str(logs / "config"):
            return real_open(path, *rest, **named)
        logs.rename(tmp_path / "aside")
        logs.symlink_to(keys)
        handle = real_open(path, *rest, **named)
        if again:
            logs.unlink()
            (tmp_path / "aside").rename(logs)
        return handle

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", swapped)
        code, _, err = run("ask", "what is it?", "logs/config")
    assert (code, api.calls) == (1, [])
    assert "it changed while it was opened" in err


def test_what_a_rule_denies_is_not_sent_by_ask(
    api: Api, run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a link, either; what no rule names is."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "user"))
    (tmp_path / "user").mkdir()
    rules = {"permissions": {"deny": ["Read(./kept.log)"]}}
    (tmp_path / "user" / "settings.json").write_text(json.dumps(rules))
    (tmp_path / "kept.log").write_text("alpha\n")
    (tmp_path / "link.log").symlink_to("kept.log")
    (tmp_path / "other.log").write_text("beta\n")
    for name in ("kept.log", "link.log"):
        code, _, err = run("ask", "what is it?", name)
        assert (code, api.calls) == (1, [])
        assert "not sent: a rule against reading names it" in err
    assert run("ask", "what is it?", "other.log")[0] == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_a_pipe_that_nobody_writes_is_not_waited_for(api: Api, run: Ran, tmp_path: Path) -> None:
    """It is refused at once, by a link, too; what the shell hands over is read."""
    os.mkfifo(tmp_path / "p.log")
    (tmp_path / "q.log").symlink_to("p.log")
    for name in ("p.log", "q.log"):
        code, _, err = run("ask", "what is it?", name)
        assert (code, api.calls) == (1, [])
        assert f"{name}: a pipe or a device" in err
    end, beginning = os.pipe()
    os.write(beginning, b"alpha of the pipe\n")
    os.close(beginning)
    assert run("ask", "what is it?", f"/dev/fd/{end}")[0] == 0
    os.close(end)
    assert "alpha of the pipe" in api.calls[-1].text
