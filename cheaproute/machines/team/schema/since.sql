-- What tables of an earlier version lack.
ALTER TABLE cheaproute.policy ADD COLUMN IF NOT EXISTS prices jsonb NOT NULL DEFAULT '{}'
  CHECK (jsonb_typeof(prices) = 'object');
-- Whether its counts are a lower bound.
ALTER TABLE cheaproute.call ADD COLUMN IF NOT EXISTS is_open boolean NOT NULL DEFAULT false;
