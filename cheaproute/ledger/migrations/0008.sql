-- Subagents' calls alone are looked up by their file; each call that is counted paid for the index.
DROP INDEX IF EXISTS call_file;
CREATE INDEX IF NOT EXISTS call_agent ON call(file) WHERE source != 0;
-- What the months of version 1 came to, which knew no request ids, up to its last call (`former`).
-- The number is the one the ledger came with: it is set once all migrations were run.
INSERT OR REPLACE INTO meta SELECT 'former.' || period, cost_nano FROM spent
  WHERE period GLOB 'month:*' AND (SELECT user_version FROM pragma_user_version) = 1 AND NOT EXISTS (SELECT 1 FROM call WHERE request != '');
INSERT OR REPLACE INTO meta SELECT 'former.until_ms', last_ms
  FROM (SELECT max(ts_ms) AS last_ms FROM call)
  WHERE last_ms NOT NULL AND (SELECT user_version FROM pragma_user_version) = 1 AND NOT EXISTS (SELECT 1 FROM call WHERE request != '');
