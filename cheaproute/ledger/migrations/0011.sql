-- Low effort is found by an index that asks no function. Where one is called SQLite copies each page
-- aside that a statement of several rows changes, to take back the statement alone, which took most of
-- what writing many calls at once gains. It has the few calls in other unusual modes, too.
DROP INDEX IF EXISTS call_low;
CREATE INDEX call_mode ON call(ts_ms) WHERE mode != '' AND mode != ',,,,medium' AND mode != ',,,,high'
  AND mode != ',,,,xhigh' AND mode != ',,,,max';
