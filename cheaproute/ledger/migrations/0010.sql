-- What was decided for a turn of the main loop, and why; the latest only. Only adds.
CREATE TABLE turn_choice(
  session INTEGER NOT NULL,
  turn TEXT NOT NULL,
  ts_ms INTEGER NOT NULL,
  over TEXT NOT NULL,                      -- the model it would have run on
  tier TEXT NOT NULL DEFAULT '',           -- that the prompt needs; '' where it was not judged
  confidence REAL NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',         -- words of our own, none of the prompt
  features TEXT NOT NULL DEFAULT '',       -- 'name=value ...', in thousandths
  outcome TEXT NOT NULL DEFAULT '',        -- 'trouble': the next prompt said that it did not work
  PRIMARY KEY(session, turn)
) WITHOUT ROWID;
CREATE INDEX turn_choice_time ON turn_choice(ts_ms);
