-- What tables of an earlier version lack.
ALTER TABLE cheaproute.policy ADD COLUMN IF NOT EXISTS prices jsonb NOT NULL DEFAULT '{}'
  CHECK (jsonb_typeof(prices) = 'object');
