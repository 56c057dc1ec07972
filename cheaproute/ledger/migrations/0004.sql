-- What the cap's gates keep beside the calls: all of it may be lost without harm to a sum. Only adds.
CREATE TABLE expected_output(              -- of the last delegated calls of each purpose
  purpose TEXT NOT NULL, number INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  PRIMARY KEY(purpose, number)
) WITHOUT ROWID;
CREATE TABLE pace(                         -- what one call of a session costs, as last seen
  session INTEGER PRIMARY KEY, dearest_nano INTEGER NOT NULL
);
CREATE TABLE hour_total(                   -- hours since 1970-01-01
  hour INTEGER PRIMARY KEY, cost_nano INTEGER NOT NULL
);
CREATE TABLE told(                         -- said to the user, once a session
  session TEXT NOT NULL, what TEXT NOT NULL, ts_ms INTEGER NOT NULL, PRIMARY KEY(session, what)
) WITHOUT ROWID;
CREATE TABLE uncounted(                    -- a session whose calls no transcript tells of
  session TEXT PRIMARY KEY, month TEXT NOT NULL, place TEXT NOT NULL, why TEXT NOT NULL,
  ts_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE cap_override(                 -- "finish this turn": an amount past the caps, once
  session INTEGER PRIMARY KEY, nano INTEGER NOT NULL, from_nano INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
);
