-- Requests that were given up before the first word of their answer: nobody is told what they cost,
-- so that they are in no sum, and each sum that lacks one says so. Only adds.
CREATE TABLE given_up(
  session INTEGER NOT NULL,
  ts_ms INTEGER NOT NULL,
  model TEXT NOT NULL,                     -- that was asked, by its name
  agent TEXT NOT NULL,                     -- subagent id, '' in the main loop
  requests INTEGER NOT NULL,
  nano INTEGER NOT NULL,                   -- what the caps take them for
  PRIMARY KEY(session, ts_ms, model, agent)
) WITHOUT ROWID;
CREATE INDEX given_up_time ON given_up(ts_ms);
