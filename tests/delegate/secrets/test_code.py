"""Honest code, line by line as it was found in others' sources and withheld once."""

from __future__ import annotations

import pytest

from cheaproute.delegate.secrets import scan

LINES = [
    "from googlecloudsdk.api_lib.cloudresourcemanager import projects_util",
    "    tasks_api_lib.ApiVersionFromReleaseTrack(",
    "#define sk_PKCS7_set_cmp_func(sk, cmp) ((sk_PKCS7_compfunc)OPENSSL_sk_set_cmp_func(sk, cmp))",
    "const result = (0, key_1.verifyCertificate)(key.certificate, timestamps, this.trustMaterial);",
    "return ext ? new ext_1.X509SCTExtension(ext) : undefined;",
    "credential = flow.step2_exchange(code, http=http)",
    "    '''Steal a handle from process identified by source_pid.'''",
    "    client_key_passphrase,\n    alpn_protocols,",
    "    passphrase,\n    pfx,\n    rejectUnauthorized = process.env.REJECT_UNAUTHORIZED !== '0',",
    "class Pass;\nclass raw_ostream;",
    '     "ftp_passive",\n     "ftp_proxy",',
    "#define KEY_REQKEY_DEFL_USER_KEYRING\t\t4\n#define KEY_REQKEY_DEFL_USER_SESSION_KEYRING\t5",
    "const cookies = this.#headersList.cookies",
    "var token = attr[pos];",
    "tokens = tokens[start_pos:end_pos]",
    "const p = Buffer.from(password, 'base64').toString('utf8')",
    'expected_log_pat = r"^([\\w]+) \\+\\+ ([\\w]+)$"',
    "my @map_static = reverse sort keys %$staticlib21;",
    "// 0035d18e2dcf9aad669b1c7c07319e17abfe3762  ./node-v0.11.4.tar.gz",
    "# A: git log -p -1 355c44e9caaec857e4b12f51afb96498833c3e36 where it was added",
    "// https://github.com/a/b/blob/ce78234f5e653a5d3916813ff990f053510227bc/n/p/w/Channel.cpp#L2673",
    '$class->debug(qq[Going to login("anonymous","$Config::Config{cf_email}")]);',
    "struct passwd\t_pwent_struct;",
    "exports.X509SubjectKeyIDExtension = X509SubjectKeyIDExtension;",
    "#define V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME\t(V4L2_CID_CODEC_BASE+229)",
    "void addModuleFlag(ModFlagBehavior Behavior, StringRef Key, uint32_t Val);",
    "\n".join(f"    0x{n:04x}: 0x{n:04x},     #  LETTER {chr(n)}" for n in range(97, 123)),
    "\n".join(f"{n}" for n in range(3428, 3660, 7)),
]


@pytest.mark.parametrize("line", LINES)
def test_code_is_not_withheld(line: str) -> None:
    """Names, calls, patterns, constants, arguments one on a line, tables that go up."""
    assert scan.find(f"x = 1\n{line}\ny = 2\n") == "", line


@pytest.mark.parametrize(
    "line",
    [
        "sk_{}",
        "password, '{}'",
        "password,\n{},",
        "auth = login('bob', '{}')",
        "create user bob identified by {};",
        "IDENTIFIED BY {}",
        "token = {}",
    ],
)
def test_a_password_in_the_same_lines_is(line: str) -> None:
    """What is drawn is, where a name would not be."""
    drawn = "q7Xk2" + "mB9tR4wZ8pL5vN3s"
    assert scan.find(f"x = 1\n{line.format(drawn)}\ny = 2\n"), line
