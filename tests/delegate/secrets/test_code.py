"""Honest code, line by line as it was found in others' sources and withheld once."""

from __future__ import annotations

import base64
import hashlib
import uuid

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
    "    _assertion_pass: Callable[[int, str, str], None] | None = None",
    "    user_pass: Tuple[Optional[str], Optional[HiddenText]]",
    "    username, password = get_auth_from_url(proxy)",
    "    netloc, user_pass = cls.get_netloc_and_auth(netloc, scheme)",
    '    CHALLENGE_PASSWORD = ObjectIdentifier("1.2.840.113549.1.9.7")',
    "    _key: LegacyCmpKey",
    "decrypt(algorithm: RsaOaepParams | AesGcmParams | Pbkdf2Params, key: CryptoKey): Promise<T>;",
    "        } else if(obj1AtKey !== obj2AtKey) {",
    "#define PKCS12_MAKE_KEYBAG PKCS12_SAFEBAG_create0_p8inf",
    '#define SSL_TXT_GOST2012_GOST8912_GOST8912 "GOST2012-GOST8912-GOST8912"',
    "XMLSEC_CRYPTO_EXPORT xmlSecKeyDataStoreId xmlSecGnuTLSX509StoreGetKlass (void);",
    "        PK11PasswordFunc pwfn, void *pwfn_arg,\n        GetDecryptKeyCallback k, void *k_arg,",
    '  FILE_VERSION, "consumer_secret", self.consumer.secret\n  FILE_VERSION, "token", self.t.key',
    "@Known = qw(head1 head2 head3 head4 head5 head6 item over back);",
    "of 'aifc', 'aiff', 'au','hcom',\n'sndr', 'sndt', 'voc', 'wav', '8svx', 'sb', 'ub', or 'ul'.",
    "extern const SEC_ASN1Template *",
    "red = '#FF5370'",
    "via the --username and --password options",
    '# $mime_str is "=?UTF-8?B?U2FtcGxlOlRleHQg4pi6?="',
    'ZPw="badge-jungle__8c3f61"',
    "\n".join(f"{n}" for n in range(3428, 3660, 7)),
]


@pytest.mark.parametrize("line", LINES)
def test_code_is_not_withheld(line: str) -> None:
    """Names, calls, patterns, constants, arguments one on a line, tables that go up."""
    assert scan.find(f"x = 1\n{line}\ny = 2\n") == "", line


PICTURE = base64.b64encode(hashlib.sha512(b"a").digest() + hashlib.sha512(b"b").digest()).decode()
LETTERS = PICTURE.replace("+", "").replace("/", "")
VOCABULARY = [
    *("door", "lamp", "river", "token", "stone", "password", "table", "chair", "window"),
    *("light", "water", "secret", "cup"),
]
DATA = [
    "@LBP165:53:K9UGWR2PW:94:6394:84960:77480 1:N:0:GTGCAGCT",
    "label.password=Contrase\\u00f1a",
    "\n".join(f'"{word}": {len(word) * 997},' for word in VOCABULARY),
    "\n".join(f'"{word}": {len(word) * 997},' for word in (*VOCABULARY[:12], "passphrase")),
    '{"version": 4, "lineage": "0b6e9a2c-31d1-4f22-8a33-4c1455e566a6", "resources": []}',
    "Cache restored from key: node-Linux-" + "89f865f4bb8e7b7d21a50d862f694b8c" * 2,
    "cookie,domain,purpose\ncsrf_token,quartz.com,forms",
    'msgid "canyon corner bronze zephyr"',
    "AKCIQQGPGSNWKVSHCRKGEQRFSNDSTWMQPVQQQRKRAMYTMDWEHFWVMKNWRCGQ",
    '5m  Warning  Failed  pod/lamp-2k1dt51oo0-q955c  secret "lamp-credentials" not found',
    "<X509Certificate>MIID3Eu9LtRrwB8d0vJw1hfpVTYUqfJtRu1AqgDdxAzlMiV0knXsZx1QkMwyOzGMZlaCQmhjn",
    f"<X509Certificate>MIIDeacn20AvG83qD2Yo\n{PICTURE[:76]}\n{PICTURE[76:135]}/==</X509Certificate>",
    "RPKEPTGYANEKRFLGLPLALQTINIACCALGHQFEQWVFYGTRGRISYDYAHKNIQKAL",
    "title={salmon bucket zephyr autumn}",
    '09:00:01 UTC [75] hugozieg@bronze FATAL:  password authentication failed for user "anna"',
    "/srv/catalog/api/salmon_zephyr/password_reset.html",
    "\n".join(
        f"({n},'anna@winter.com','{uuid.UUID(int=n << 100 | 0xB599DE196C785)}',2),"
        for n in range(0x70D6DD5, 0x7FFFFFF, 0x3A2B1C)
    ),
    '"elasticsearch.cluster.uuid":"rND_QEU5vDdU2rt35c7c5m"',
    f"DKIM-Signature: a=rsa-sha256; bh={PICTURE[:43]}=;\n b={LETTERS[:72]}\n {LETTERS[5:77]}",
    f"{PICTURE[:64]}\n{PICTURE[64:128]}\n{PICTURE[100:140]}",
    '{"kty": "RSA", "x5t": "q7Xk2mB9tR4wZ8pL5vN3sJ6hYc1"}',
    "Message-ID: <iu-4_OoYqc1AUnDCmsMphVTrWfWImkCNFwJSTWec@mail.cotton.com>",
    "Message-ID: <0SqxabrvPXArPuFLbyfy5y1_u3ceaFnUdOt0xOGf@mail.ladder.com>",
    "x-amz-cf-id: ZH-1O8sywoCd96B6tuMEpbiMd5vFzxCxdT0Np0Lfblan1odVqKi2E5==",
    "\n".join(
        f"  {name}: {hashlib.sha256(name.encode()).hexdigest()}"
        for name in ("Stripe", "FirebaseCore", "SentryKit", "Alamo", "Lottie", "Nuke", "Segment")
    ),
]


@pytest.mark.parametrize("line", DATA)
def test_data_are_not_withheld(line: str) -> None:
    """Vocabularies, labels in other languages, sums of what is called as a service is, ids."""
    assert scan.find(f"x = 1\n{line}\ny = 2\n") == "", line


@pytest.mark.parametrize(
    "line",
    [
        "Stripe: {hexadecimal}",
        "stripe_api_key: {hexadecimal}",
        "password: 1713142",
        '{{"id": 31, "password": 47113, "age": 33, "floor": 2}}',
        "secret <{drawn}@example.com>",
        "job/lamp password={drawn}",
        "DB2PW={drawn}",
        "rnd_{drawn}",
        "RND_{drawn}",
        "needle q7Xk2m B9tR4w Z8pL5v N3sJ6h",
        "hugozieg@bronze password {drawn}",
        "/srv/catalog/password_{drawn}.html",
        "INSERT INTO a VALUES (1,'stripe.com','{hexadecimal}',2);",
        "AKIA{letters} amid nothing",
        "<X509Certificate>x</X509Certificate>\n{drawn}{drawn}",
        "X509Certificate: password={drawn}",
        "label.password=Contrase\\u00f1a7x!",
        "cookie,domain\n{drawn},quartz.com",
        "key q7Xk 2mB9 tR4w Z8pL 5vN3 sJ6h",
        "password = crypt(q7Xk2mB9)",
    ],
)
def test_a_key_in_the_same_data_is(line: str) -> None:
    """One by itself is no sum of many, a number without others no word's."""
    drawn = "q7Xk2" + "mB9tR4wZ8pL5vN3s"
    digest = hashlib.sha256(drawn.encode()).hexdigest()
    text = line.format(drawn=drawn, hexadecimal=digest, letters="QLVM" * 4)
    assert scan.find(f"x = 1\n{text}\ny = 2\n"), line


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
