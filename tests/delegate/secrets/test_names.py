"""Files that are nobody's business, by name and place."""

from __future__ import annotations

import pytest

from cheaproute.delegate.secrets import names

STORES = """
/p/.env /p/.env.log /p/.env.production.csv /p/prod.env /p/server.pem /p/server.key.log /p/id_rsa
/p/id_ed25519_work.log /p/credentials.csv /p/aws-credentials.csv /p/client_secret.jsonl
/p/tokens.csv /p/api-keys.tsv /home/u/.ssh/known.log /home/u/.aws/cli.log /p/secrets/dump.sql
/p/.env.d/x.log C:\\Users\\u\\.ssh\\x.log /p/terraform.tfstate.log /p/SECRET.LOG
passwords2026.csv MyPasswords.csv ChromePasswords.csv 1password-export.csv lastpass_vault.csv
bitwarden_export_2026.csv keepass.csv nordpass-export.csv logins.csv accessKeys.csv rootkey.csv
authkeys.csv users_pw.csv pwd.csv auth.log cookies.csv cookies.sql a.har jwt.log bearer.log
accesstoken.log clientsecret.csv clientSecret.csv ssh_keys.csv keys.csv seed_phrase.csv
mnemonic.log recovery-codes.csv 2fa-backup-codes.csv core.dump heap.dump memory.dump lsass.dump
users.sql hashes.sql .docker-config.log userPasswords.csv apiTokens.csv oauthCredentials.jsonl
1PasswordExport-2026.csv .secret/dump.csv DBCreds.csv apiKeys2.csv totp-secrets.csv wallet.csv
/h/.config/gh/x.log /h/.config/op/a.log /h/.config/rclone/a.log /h/.mozilla/firefox/x/a.csv
/h/.config/google-chrome/Default/a.csv /h/.local/share/keyrings/a.log /h/Library/Keychains/a.log
.terraform/a.log .m2/a.log .cargo/a.log .gem/a.log env/a.log keys/a.csv private/a.csv
.bash_history .zsh_history.log printenv.log wg0.conf.log site.PublishSettings.log jwks-private.csv
/h/.SSH./x.log /p/\uff53\uff45\uff43\uff52\uff45\uff54\uff53.csv pa\u017f\u017fwords.csv
contrase\xf1as.csv Passw\xf6rter.csv Passwoerter.csv mots_de_passe.csv \u015fifreler.csv
keystore/a.log passkeys.csv lsa_dump.csv hesl\xe1.csv cl\xe9s.csv \U0001f511.csv claves.csv
kerberoast.out
\u043f\u0430\u0440\u043e\u043b\u0438.csv \u5bc6\u7801.csv \u30d1\u30b9\u30ef\u30fc\u30c9.csv
\u0131d_rsa.log
/p/.aws:stream/x.log kube-config.log bitlocker-recovery.csv solana-keypair.jsonl rclone.log
bash-history.txt ConsoleHost_history.txt cookies.json passwords.py secrets.py env.js jwt.txt
clientSecret.js apiKeys.ts authTokens.js dbCredentials.rb my-secrets.html mot_de_passe.py
logins_export.js etc-shadow.txt shadow.bak keeper-export.csv my-service-account.json private.pem
.vault/a.log .1password/a.log .bitwarden/a.log db_password.csv secrets.jsonl passwort.csv
""".split()  # noqa: SIM905
OTHERS = """
/p/app.log /p/tokenizer.log /p/environment.log /p/keyboard.csv /p/keyboard.log /p/monkey.csv
/home/u/vault-ui/logs/app.log /p/secretary.csv tokenizer.json token_count.csv max_tokens.csv
tokens_used.csv yarn.lock package-lock.json compass.log bypass.log passport.csv author.csv
authority.log auth-service.log keyframes.csv turkey.csv hotkeys.log pinned.csv patients.csv
envoy.log hashes.csv primary_keys.csv foreign_keys.sql public_keys.csv zookeeper.log robot.csv
bookkeeper.csv sessions.jsonl users.csv dump.sql orders.sql core.log memory.log keywords.csv
history.csv environment.csv oauth-service.log chive.log archive.log keystroke.csv
pulsar.csv salsa_dump.csv clesson.csv
history.log history.txt login.py login-form.tsx cookies.go useWallet.ts otp.rs
recovery.log hivemind.csv 10:30:00.log
auth.py Login.java PasswordField.tsx token.rs auth-token.interceptor.ts credentials.service.ts
passwords.test.ts rotate-secrets.sh vault.go vite-env.d.ts auth.proto password_reset.html
password-policy.md auth-flow.md token-usage.csv .env.example env.sample id_rsa.pub ca.pem
site.csr server.crt fullchain.pem clickhouse-keeper.log shadow-dom.log adc.csv reads.sam
serviceaccount.yaml
/private/tmp/x/app.log /home/a/src/firefox/build.log go.sum app.min.js main.js.map events.ndjson
""".split()  # noqa: SIM905


@pytest.mark.parametrize("path", STORES)
def test_stores_of_credentials(path: str) -> None:
    """Names in any spelling, places, kinds of file."""
    assert names.withheld(path)


@pytest.mark.parametrize("path", OTHERS)
def test_what_only_sounds_like_one(path: str) -> None:
    """A word within a word is none, and a project may be called anything."""
    assert not names.withheld(path)
