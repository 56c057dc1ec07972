-- What each choice of the main loop's model cost and saved, and where to find helpers. Only adds.
CREATE TABLE choice(
  request TEXT PRIMARY KEY,                -- of the call, by the API's id
  session INTEGER NOT NULL,
  turn TEXT NOT NULL,                      -- for which the model was chosen; the way back is its, too
  ts_ms INTEGER NOT NULL,
  model TEXT NOT NULL,                     -- that ran
  over TEXT NOT NULL,                      -- that would have run
  cost_nano INTEGER NOT NULL,
  price_nano INTEGER NOT NULL,             -- saved by the price of the model
  switch_nano INTEGER NOT NULL             -- saved by the switch between caches: as a rule less than 0
) WITHOUT ROWID;
CREATE INDEX choice_time ON choice(ts_ms);
CREATE INDEX choice_session ON choice(session, ts_ms);
CREATE INDEX call_helper ON call(ts_ms) WHERE source = 5;
