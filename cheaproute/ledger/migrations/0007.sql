-- The effort chosen for the turn that a model was looked at for. Only adds.
ALTER TABLE loop ADD COLUMN effort TEXT NOT NULL DEFAULT '';   -- '' for the one it has
