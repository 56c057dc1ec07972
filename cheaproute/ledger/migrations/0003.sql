-- What the module in the client sees: its seats at work, the loops it serves. Only adds.
CREATE INDEX call_request ON call(request) WHERE request != '';
CREATE TABLE seat(                         -- what of the module was seen at work in a session
  session INTEGER PRIMARY KEY,
  pid INTEGER NOT NULL,                    -- the client's process
  started TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',        -- the client's
  enabled INTEGER NOT NULL DEFAULT 1,
  step INTEGER NOT NULL DEFAULT 0,         -- 1: seen
  fetch INTEGER NOT NULL DEFAULT 0,
  log INTEGER NOT NULL DEFAULT 0,
  seen_ms INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE loop(                         -- a main loop, or a subagent's: its choice, its context
  session INTEGER NOT NULL,
  agent TEXT NOT NULL DEFAULT '',          -- '' for the main loop
  turn TEXT NOT NULL DEFAULT '',           -- the turn that a model was chosen for
  over TEXT NOT NULL DEFAULT '',           -- the model it would have run on
  model TEXT NOT NULL DEFAULT '',          -- the chosen one, '' if it was left alone
  base TEXT NOT NULL DEFAULT '',           -- the session's model when it began: `/model` shows
  trouble INTEGER NOT NULL DEFAULT 0,      -- prompts in a row that say: that did not work
  ran TEXT NOT NULL DEFAULT '',            -- the model of the last answer
  last_ms INTEGER NOT NULL DEFAULT 0,      -- when that came
  ttl_s INTEGER NOT NULL DEFAULT 300,      -- how long its cache lives
  bytes INTEGER NOT NULL DEFAULT 0,        -- of its request
  prompt_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(session, agent)
) WITHOUT ROWID;
