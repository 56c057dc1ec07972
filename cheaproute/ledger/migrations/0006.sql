-- When the client made its total, by its own clock of the session. Only adds.
ALTER TABLE cost_state ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;   -- 0: it does not say
CREATE INDEX turn_compact ON turn(ts_ms) WHERE kind = 'compact';
