-- What models that do not answer a loop any more have of it in their caches, and what its session's own is. Only adds.
CREATE TABLE loop_left(                    -- a loop as the last answer of a model left it, once another one answered
  session INTEGER NOT NULL,
  agent TEXT NOT NULL,                     -- '' for the main loop
  ran TEXT NOT NULL,
  last_ms INTEGER NOT NULL,
  ttl_s INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  PRIMARY KEY(session, agent, ran)
) WITHOUT ROWID;
ALTER TABLE loop ADD COLUMN own TEXT NOT NULL DEFAULT '';      -- the session's model by its client's word; '' where none came
