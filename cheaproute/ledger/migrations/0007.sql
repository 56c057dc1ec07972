-- The effort chosen for the turn that a model was looked at for, and where to find low effort. Only adds.
ALTER TABLE loop ADD COLUMN effort TEXT NOT NULL DEFAULT '';   -- '' for the one it has
CREATE INDEX call_low ON call(ts_ms) WHERE substr(mode, -4) = ',low';
