-- What a call is: message id and request id. `call.id` is the message id for the first request that
-- was answered under it, `<message id>@<request id>` for further ones, `req:<request id>` where only
-- the request is known yet, `<call id>#<kind>:<n>` for what a message used besides.
-- Only adds: a session that goes on with the code of version 1 counts on in the same tables.
ALTER TABLE call ADD COLUMN request TEXT NOT NULL DEFAULT '';  -- the API's request id, '': unknown
ALTER TABLE call ADD COLUMN ref INTEGER NOT NULL DEFAULT 0;    -- of the client's own request reference
ALTER TABLE call ADD COLUMN purpose TEXT NOT NULL DEFAULT '';  -- what a helper's call was for
ALTER TABLE call ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0; -- 1: counts nobody told exactly
ALTER TABLE call ADD COLUMN odd INTEGER NOT NULL DEFAULT 0;    -- 1: a count was none, and was bounded
ALTER TABLE call ADD COLUMN client_nano INTEGER;               -- what the client says it cost
CREATE INDEX call_time ON call(ts_ms);
CREATE TABLE call_row(                     -- a row of a call that has no request id, by uuid
  uuid TEXT PRIMARY KEY, call TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX call_row_call ON call_row(call);
CREATE TABLE adopted(                      -- counts of a call that version 1 may have mixed with others
  call TEXT PRIMARY KEY, counts TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE skipped_row(                  -- a row that could not be counted: where it begins, and why
  path TEXT NOT NULL, offset INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(path, offset)
) WITHOUT ROWID;
CREATE TABLE unreadable(                   -- a transcript or a folder that could not be read
  path TEXT PRIMARY KEY, reason TEXT NOT NULL, ts_ms INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE cost_state ADD COLUMN file INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cost_state ADD COLUMN run_ms INTEGER NOT NULL DEFAULT 0; -- when its run began, 0: unknown
DROP TRIGGER call_added;
CREATE TRIGGER call_added AFTER INSERT ON call BEGIN
  INSERT INTO daily VALUES(new.day, new.model, new.source, new.project, 1, new.input, new.output,
    new.write_5m, new.write_1h, new.read, new.web_search, coalesce(new.cost_nano, 0),
    new.saved_nano, new.cost_nano IS NULL, 1 - new.final)
  ON CONFLICT(day, model, source, project) DO UPDATE SET calls = calls + 1, input = min(1 << 60, input + excluded.input),
    output = min(1 << 60, output + excluded.output),
    write_5m = min(1 << 60, write_5m + excluded.write_5m),
    write_1h = min(1 << 60, write_1h + excluded.write_1h),
    read = min(1 << 60, read + excluded.read),
    web_search = min(1 << 60, web_search + excluded.web_search),
    cost_nano = min(1 << 60, cost_nano + excluded.cost_nano),
    saved_nano = min(1 << 60, saved_nano + excluded.saved_nano),
    unpriced = unpriced + excluded.unpriced, partial = partial + excluded.partial;
  INSERT INTO spent VALUES
    ('month:' || strftime('%Y-%m', new.day * 86400, 'unixepoch'),
      coalesce(new.cost_nano, 0), new.cost_nano IS NULL),
    ('day:' || new.day, coalesce(new.cost_nano, 0), new.cost_nano IS NULL),
    ('session:' || new.session, coalesce(new.cost_nano, 0), new.cost_nano IS NULL)
  ON CONFLICT(period) DO UPDATE SET cost_nano = min(1 << 60, cost_nano + excluded.cost_nano),
    unpriced = unpriced + excluded.unpriced;
END;
INSERT OR REPLACE INTO meta VALUES('works_with', '1');
