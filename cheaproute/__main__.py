"""`python -m cheaproute` is the command line."""

from __future__ import annotations

from cheaproute.cli.main import main

raise SystemExit(main())
