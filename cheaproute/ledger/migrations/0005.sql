-- What was known when a subagent was sent out, to learn from what came of it. Only adds.
CREATE TABLE judged(                       -- by dispatch; names and numbers of our own, no text
  id TEXT PRIMARY KEY,                     -- as in dispatch
  ts_ms INTEGER NOT NULL,
  beyond REAL NOT NULL,                    -- by its text, the chance that it needs more than Haiku
  bounds TEXT NOT NULL,                    -- which held for it: 'short', 'typed', 'bare'
  voices TEXT NOT NULL DEFAULT '',         -- 'text: open; reader: haiku list; steps: it repeats itself'
  features TEXT NOT NULL DEFAULT ''        -- 'name=value ...', in thousandths
) WITHOUT ROWID;
CREATE INDEX judged_time ON judged(ts_ms);
