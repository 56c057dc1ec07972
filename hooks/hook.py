"""Answer one event of Claude Code: hook.py EVENT, JSON on stdin, at most one JSON answer out."""

import sys

if sys.version_info >= (3, 11):
    sys.path.append(__file__.removesuffix("hook.py") or ".")
    try:
        import start

        kept = start.use(sys.argv[1])
        from cheaproute.hook.main import run
    except Exception:  # noqa: BLE001  # half updated or damaged: nothing is blocked by that
        if sys.argv[1:] == ["session_start"]:  # the one place that can say so
            sys.stdout.write(
                '{"systemMessage": "[cheaproute] is off: its files are damaged or half updated. '
                'claude plugin update cheaproute, or a new install, mends it."}'
            )
        sys.exit(0)
    run(sys.argv[1], kept.keep)
