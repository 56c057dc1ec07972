"""Files without a secret, of the kinds that are digested, full of what looks like one."""

# ruff: noqa: E501, S608
from __future__ import annotations

import base64
import hashlib
import json
import random
import string
import uuid
from collections.abc import Callable

Rng = random.Random


def made(rng: Rng, number: int) -> tuple[str, str]:
    """`(name, text)` of one file."""
    maker = _MAKERS[number % len(_MAKERS)]
    return maker(rng)


def _hash(rng: Rng, kind: str = "sha256") -> str:
    return hashlib.new(kind, rng.randbytes(16)).hexdigest()


def _b64(rng: Rng, size: int) -> str:
    return base64.b64encode(rng.randbytes(size)).decode()


def _uuid(rng: Rng) -> str:
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def _id(rng: Rng, size: int) -> str:
    return "".join(rng.choices(string.ascii_letters + string.digits, k=size))


def _time(rng: Rng) -> str:
    return (
        f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:"
        f"{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999):03}Z"
    )


_TALK = (
    "Failed password for root from 10.{a}.{b}.7 port 5{a}22 ssh2",
    "Accepted publickey for deploy from 10.0.{a}.{b} port 22 ssh2: RSA SHA256:{hash44}",
    "invalid password for user bob{a}",
    "password: incorrect for user bob{a}",
    "password reset=true user_id={a}",
    "token expired, refreshing; token_type=bearer expires_in=3600",
    "auth token=expired user={a}",
    "max_tokens=4096 prompt_tokens={a} completion_tokens={b} total_tokens=9{b}",
    "tokens: {a} used, {b} remaining, tokenizer=cl100k_base",
    "secret rotation complete for {uuid}",
    "cache miss key=user:{a}:profile",
    "cache_key={hash} hit=false",
    "primary_key={a} foreign_key=orders.{b}",
    "idempotency_key={uuid} status=200",
    "key={hash} bytes={a}",
    "keys: {a} scanned, {b} evicted",
    "pwd=/var/www/app{a} uid={b}",
    "pass: {a} fail: {b} skip: 0",
    "PASS tests/unit/test_{a}.py (1.2{b} s)",
    "auth=ok method=GET path=/v1/users/{a}",
    "session={uuid} user={a} started",
    "session_id={id32} opened",
    "request_id=req_{id24} status=200",
    "customer cus_{id14} charged ch_{id24} event evt_{id24}",
    "message msg_01{id24} tool toolu_01{id24} stop_reason=end_turn",
    "GET /static/js/main.{hash8}.chunk.js?v={hash8} 200 {a}",
    'GET /api/v2/items?page_token={id24}&limit=50 HTTP/1.1" 200',
    'etag: W/"{hash40}" x-request-id: {uuid}',
    "x-amzn-trace-id: Root=1-{hash8}-{hash24}",
    "x-amz-request-id: {up16} x-amz-id-2: {b64}",
    "traceparent: 00-{hash32}-{hash16}-01",
    "git commit {hash40} author=Jane <jane@example.org>",
    "image ghcr.io/acme/app@sha256:{hash} pulled",
    "docker pull acme/app:{hash8} digest: sha256:{hash}",
    "pod web-7d9f8b6c5d-x2k4{a} restarted, node ip-10-0-{a}-{b}.eu-west-1.compute.internal",
    "fingerprint SHA256:{hash44}",
    "ssh-ed25519 {b64pub} deploy@host{a}",
    "checksum={hash} file=part-000{a}.parquet",
    "Integrity check passed: sha512-{b64sha512}",
    "password policy: minimum length {a}",
    "Please enter your password: ",
    "csrf token mismatch for session {uuid}",
    "credential provider chain: env, profile, instance metadata",
    "secret_name=projects/p{a}/secrets/db version=3 accessed",
    "api_key_id={a} rate limited",
    "using API key ending in ...{hash4}",
    "api_key=**** masked token=[REDACTED] password=<hidden>",
    "DB_PASSWORD is not set, using keychain",
    "https://example.org:8443/path/{hash40}",
    "connect postgres://app@db.internal:5432/orders",
    "redis://cache-{a}.internal:6379/0 connected",
    'Traceback (most recent call last): File "/srv/app/auth/token.py", line {a}, in verify',
    "java.lang.IllegalStateException: Token not found at com.acme.auth.TokenFilter.doFilter(TokenFilter.java:{a})",
    "SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
    "unexpected token: identifier at {a}:{b}",
    "passwordless sudo enabled: false",
    "author=bot{a} authority=server-{b} authored",
    "bucket=logs-{a} key=2026/11/{a}/part-{hash8}.gz",
    "s3_key: uploads/{uuid}/photo.jpg",
    "kafka partition key=order-{a} offset={b}",
    "keyboard layout=us, keyframe={a}",
    "compass bearing: {a}.{b} degrees",
    "base64 payload {b64} decoded",
    "nonce={hash16} block=0x{hash} tx=0x{hash}",
    "0x{hash40} transferred {a} wei",
    "user_agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "npm http fetch GET 200 https://registry.npmjs.org/token-types/-/token-types-{a}.0.1.tgz",
    "Downloading secretstorage-3.3.{a}-py3-none-any.whl (15 kB)",
    'level=info msg="refreshed access token" ttl=3600s',
    "cookie consent accepted=true cookies_enabled=true",
    "jwt verification failed: signature mismatch",
    "sub_{id14} pi_3{id24} in_1{id24} price_1{id24}",
    "resume_token={hash32} cursor={b64}",
    "recovery completed: {a} pages redone, {b} undone",
    "backup finished in {a} s",
)


def _talk(rng: Rng) -> str:
    return rng.choice(_TALK).format(
        a=rng.randint(10, 99),
        b=rng.randint(10, 99),
        hash=_hash(rng),
        hash40=_hash(rng, "sha1"),
        hash32=_hash(rng, "md5"),
        hash24=_hash(rng)[:24],
        hash16=_hash(rng)[:16],
        hash8=_hash(rng)[:8],
        hash4=_hash(rng)[:4],
        uuid=_uuid(rng),
        b64=_b64(rng, 48),
        hash44=_b64(rng, 32)[:43],
        b64sha512=_b64(rng, 64),
        id32=_id(rng, 32),
        id24=_id(rng, 24),
        id14=_id(rng, 14),
        up16=_hash(rng)[:16].upper(),
        b64pub="AAAAC3NzaC1lZDI1NTE5AAAAI" + _b64(rng, 32)[:43],
    )


def _app_log(rng: Rng) -> tuple[str, str]:
    levels = ("INFO", "WARN", "DEBUG", "ERROR")
    return "app.log", "".join(
        f"{_time(rng)} {rng.choice(levels)} [worker-{rng.randint(1, 9)}] {_talk(rng)}\n"
        for _ in range(500)
    )


def _json_log(rng: Rng) -> tuple[str, str]:
    return "events.jsonl", "".join(
        json.dumps(
            {
                "ts": _time(rng),
                "level": "info",
                "trace_id": _hash(rng, "md5"),
                "span_id": _hash(rng)[:16],
                "msg": _talk(rng),
                "user": {"id": _uuid(rng), "hash": _hash(rng)},
                "http": {"etag": _hash(rng, "sha1"), "bytes": rng.randint(1, 9999)},
                "usage": {
                    "input_tokens": rng.randint(1, 9999),
                    "output_tokens": rng.randint(1, 999),
                },
                "payload": _b64(rng, rng.randint(20, 200)),
                "key": f"orders/{_uuid(rng)}",
            }
        )
        + "\n"
        for _ in range(250)
    )


def _access_log(rng: Rng) -> tuple[str, str]:
    paths = (
        "/login",
        "/oauth/authorize?client_id=web&state={h}",
        "/reset-password",
        "/api/tokens",
        "/assets/{h}.css",
        "/search?q=forgot+password&page=2",
        "/u/{u}/avatar.png?v={h}",
    )
    return "access.log", "".join(
        f'10.{rng.randint(0, 255)}.0.{rng.randint(0, 255)} - - [25/Nov/2026:10:00:00 +0000] "GET '
        f'{rng.choice(paths).format(h=_hash(rng, "md5"), u=_uuid(rng))} HTTP/2.0" 200 '
        f'{rng.randint(100, 9999)} "-" "Mozilla/5.0" rt=0.0{rng.randint(1, 9)} rid={_hash(rng, "md5")}\n'
        for _ in range(500)
    )


def _package_lock(rng: Rng) -> tuple[str, str]:
    names = (
        "js-tokens",
        "tokenizr",
        "keyv",
        "secretbox",
        "pass-through",
        "auth-header",
        "lodash",
        "@babel/core",
        "jsonwebtoken",
        "cookie",
        "password-prompt",
        "key-tree",
    )
    return "package-lock.json", json.dumps(
        {
            "lockfileVersion": 3,
            "packages": {
                f"node_modules/{rng.choice(names)}-{n}": {
                    "version": f"{rng.randint(0, 9)}.{n}.1",
                    "resolved": f"https://registry.npmjs.org/x/-/x-{n}.tgz",
                    "integrity": f"sha512-{_b64(rng, 64)}",
                    "dev": True,
                }
                for n in range(300)
            },
        },
        indent=2,
    )


def _other_lock(rng: Rng) -> tuple[str, str]:
    kind = rng.choice(
        ("Cargo.lock", "poetry.lock", "yarn.lock", "go.sum", "Pipfile.lock", "pnpm-lock.yaml")
    )
    if kind == "go.sum":
        return kind, "".join(
            f"github.com/a/token{n} v1.{n}.0 h1:{_b64(rng, 32)}\n" for n in range(400)
        )
    if kind == "yarn.lock":
        return kind, "".join(
            f'js-tokens@^{n}:\n  version "{n}.0.0"\n  resolved "https://registry.yarnpkg.com/js-tokens/-/'
            f'js-tokens-{n}.0.0.tgz#{_hash(rng, "sha1")}"\n  integrity sha512-{_b64(rng, 64)}\n\n'
            for n in range(250)
        )
    if kind == "pnpm-lock.yaml":
        return kind, "lockfileVersion: '9.0'\npackages:\n" + "".join(
            f"  /jsonwebtoken@{n}.0.0:\n    resolution: {{integrity: sha512-{_b64(rng, 64)}}}\n    engines: "
            "{node: '>=12'}\n"
            for n in range(250)
        )
    if kind == "Pipfile.lock":
        return kind, json.dumps(
            {
                "_meta": {"hash": {"sha256": _hash(rng)}},
                "default": {
                    f"passlib{n}": {
                        "hashes": [f"sha256:{_hash(rng)}" for _ in range(4)],
                        "version": "==1.7",
                    }
                    for n in range(80)
                },
            },
            indent=4,
        )
    return kind, "".join(
        f'[[package]]\nname = "secrecy{n}"\nversion = "0.{n}.0"\nsource = "registry+https://github.com/'
        f'rust-lang/crates.io-index"\nchecksum = "{_hash(rng)}"\nfiles = [\n    {{file = "keyring-{n}.whl", '
        f'hash = "sha256:{_hash(rng)}"}},\n]\n\n'
        for n in range(250)
    )


def _sql(rng: Rng) -> tuple[str, str]:
    head = (
        "CREATE TABLE files (id uuid PRIMARY KEY, sha256 char(64), md5 char(32), body bytea, "
        "name varchar(255));\nCREATE TABLE tokens_used (day date, input_tokens int, "
        "output_tokens int);\nCREATE TABLE accounts (id int, email varchar(99), password varchar(255));\n"
        "ALTER TABLE accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);\n"
    )
    return "dump.sql", head + "".join(
        f"INSERT INTO files (id, sha256, md5, body, name) VALUES ('{_uuid(rng)}', '{_hash(rng)}', "
        f"'{_hash(rng, 'md5')}', '{_b64(rng, 60)}', 'report {n}.pdf');\n"
        f"INSERT INTO tokens_used (day, input_tokens, output_tokens) VALUES ('2026-11-{n % 28 + 1:02}', {n * 7}, {n});\n"
        for n in range(200)
    )


def _csv(rng: Rng) -> tuple[str, str]:
    kind = rng.randint(0, 3)
    if kind == 0:
        return "inventory.csv", "id,uuid,sha256,size,key,etag\n" + "".join(
            f"{n},{_uuid(rng)},{_hash(rng)},{n * 31},data/{n}/{_hash(rng)[:8]}.bin,{_hash(rng, 'md5')}\n"
            for n in range(400)
        )
    if kind == 1:
        return "usage.csv", "date,model,input_tokens,output_tokens,tokens,cost,session\n" + "".join(
            f"2026-11-02,opus,{n * 3},{n},{n * 4},0.{n},{_uuid(rng)}\n" for n in range(400)
        )
    if kind == 2:
        return "people.csv", "id;name;email;country;created;token_count\n" + "".join(
            f"{n};Ann {n};ann{n}@example.org;DE;2026-01-02;{n}\n" for n in range(500)
        )
    return "images.tsv", "name\tdata\thash\n" + "".join(
        f"img{n}\t{_b64(rng, 90)}\t{_hash(rng, 'sha1')}\n" for n in range(300)
    )


def _trace(rng: Rng) -> tuple[str, str]:
    return "spans.jsonl", "".join(
        json.dumps(
            {
                "traceId": _hash(rng, "md5"),
                "spanId": _hash(rng)[:16],
                "parentSpanId": _hash(rng)[:16],
                "name": rng.choice(("GET /token", "auth.verify", "db.query", "cache.get")),
                "attributes": {
                    "db.statement": "SELECT id, password_hash FROM users WHERE email = $1",
                    "http.url": f"https://api.example.org/v1/{_uuid(rng)}",
                    "enduser.id": _uuid(rng),
                    "messaging.kafka.message.key": _hash(rng)[:12],
                    "rpc.request.id": _id(rng, 22),
                },
            }
        )
        + "\n"
        for _ in range(300)
    )


def _minified(rng: Rng) -> tuple[str, str]:
    bits = (
        'function f{n}(e,t){{return e.token===t.token&&e.password!==""}}',
        'var k{n}={{type:"password",key:e.key,token:null}};',
        'x.setAttribute("autocomplete","current-password");',
        "this.accessToken=e.accessToken,this.secret=void 0;",
        'n.d(t,"a",(function(){{return "{h}"}}));',
        'l={{password:"Password",confirm:"Repeat your password",token:"Token"}};',
        'fetch("/api/token",{{headers:{{Authorization:"Bearer "+t}}}});',
        'if(!e.apiKey)throw Error("apiKey is required");',
        'var i="data:image/png;base64,{b}";',
        'const s=process.env.CLIENT_SECRET||"";',
    )
    return "app.min.js", "".join(
        rng.choice(bits).format(n=n, h=_hash(rng)[:20], b=_b64(rng, 90)) for n in range(500)
    )


def _map(rng: Rng) -> tuple[str, str]:
    alphabet = string.ascii_letters + string.digits + "+/,;"
    return "app.js.map", json.dumps(
        {
            "version": 3,
            "sources": [f"webpack:///src/auth/token{n}.ts" for n in range(60)],
            "names": ["password", "token", "apiKey", "secret", "resetPassword"],
            "mappings": "".join(rng.choices(alphabet, k=20_000)),
        }
    )


def _ci(rng: Rng) -> tuple[str, str]:
    return "build.out", "".join(
        rng.choice(
            (
                f"##[group]Run actions/checkout@{_hash(rng, 'sha1')}\n",
                "with:\n  token: ***\n  ssh-strict: true\n",
                f"Downloaded https://files.pythonhosted.org/packages/{_hash(rng)[:2]}/{_hash(rng)}/tokenize_rt-6.0-py3-none-any.whl\n",
                f"Cache restored from key: Linux-node-{_hash(rng)}\n",
                f" => => sha256:{_hash(rng)} 12.3MB / 12.3MB\n",
                f"test_password_is_hashed PASSED [ {rng.randint(1, 99)}%]\n",
                "env:\n  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX\n",
                "Error: Input required and not supplied: token\n",
                f"{_talk(rng)}\n",
            )
        )
        for _ in range(500)
    )


_MAKERS: tuple[Callable[[Rng], tuple[str, str]], ...] = (
    _app_log,
    _json_log,
    _access_log,
    _package_lock,
    _other_lock,
    _sql,
    _csv,
    _trace,
    _minified,
    _map,
    _ci,
)
