"""Answer one event of Claude Code: hook.py EVENT, JSON on stdin, at most one JSON answer out."""

try:
    import sys

    if sys.version_info >= (3, 11):
        sys.path.append(__file__.removesuffix("hook.py") or ".")
        try:
            import start

            kept = start.use(sys.argv[1])
            from cheaproute.hook.main import run

            run(sys.argv[1], kept.keep, doubt=kept.doubt)
        except Exception:  # noqa: BLE001  # half updated or damaged
            import rescue

            rescue.begin(sys.argv[1])
finally:  # so that a file cut short is no program, and ends in an error that is shown
    pass
