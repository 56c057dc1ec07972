CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE model(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE project(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE session(
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  project INTEGER NOT NULL DEFAULT 0,
  model TEXT NOT NULL DEFAULT '',          -- the main loop's latest
  first_ms INTEGER NOT NULL DEFAULT 0,
  last_ms INTEGER NOT NULL DEFAULT 0,
  told_ms INTEGER NOT NULL DEFAULT 0       -- when the user was last told of failed subagents
);
CREATE TABLE file(                         -- a transcript, read up to `offset`
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  session INTEGER NOT NULL DEFAULT 0,
  agent TEXT NOT NULL DEFAULT '',          -- subagent id, '' for a main transcript
  agent_type TEXT NOT NULL DEFAULT '',
  dispatch TEXT NOT NULL DEFAULT '',       -- the tool use that started the subagent
  born_ms INTEGER NOT NULL DEFAULT 0,      -- its first timestamp: a fork is born after its parent
  seen_ms INTEGER NOT NULL DEFAULT 0,      -- its last timestamp before `offset`
  offset INTEGER NOT NULL DEFAULT 0,
  inode INTEGER NOT NULL DEFAULT 0,
  tail BLOB NOT NULL DEFAULT x''           -- the bytes before `offset`: a rewritten file shows
);
CREATE INDEX file_session ON file(session);
CREATE INDEX file_agent ON file(agent) WHERE agent != '';
CREATE TABLE cost_state(                   -- the client's own running totals, as it wrote them
  session INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,                  -- the time of the row before it
  until_ms INTEGER NOT NULL,               -- the last before the row after it; NEVER: none yet
  start_ms INTEGER NOT NULL,               -- shared by a session and its forks
  usage TEXT NOT NULL,                     -- {model: [six counts, nano-dollars]}
  PRIMARY KEY(session, at_ms)
) WITHOUT ROWID;
CREATE INDEX cost_state_start ON cost_state(start_ms);
CREATE TABLE call(
  id TEXT PRIMARY KEY,                     -- the message id: counted once, whatever repeats it
  ts_ms INTEGER NOT NULL,
  day INTEGER NOT NULL,                    -- days since 1970-01-01, UTC
  model INTEGER NOT NULL,                  -- that answered, and is billed
  requested INTEGER NOT NULL DEFAULT 0,    -- that the client asked for, 0: the same
  source INTEGER NOT NULL,
  session INTEGER NOT NULL DEFAULT 0,
  project INTEGER NOT NULL DEFAULT 0,
  file INTEGER NOT NULL DEFAULT 0,
  agent TEXT NOT NULL DEFAULT '',
  input INTEGER NOT NULL DEFAULT 0,
  output INTEGER NOT NULL DEFAULT 0,
  write_5m INTEGER NOT NULL DEFAULT 0,
  write_1h INTEGER NOT NULL DEFAULT 0,
  read INTEGER NOT NULL DEFAULT 0,
  web_search INTEGER NOT NULL DEFAULT 0,
  mode TEXT NOT NULL DEFAULT '',           -- 'speed,geo,tier,passes' where not the standard ones
  cost_nano INTEGER,                       -- NULL: the price is unknown
  saved_nano INTEGER NOT NULL DEFAULT 0,   -- list price on the model routed away from, minus cost
  final INTEGER NOT NULL DEFAULT 1         -- 0: only partial rows were seen
) WITHOUT ROWID;
CREATE INDEX call_session ON call(session);
CREATE INDEX call_file ON call(file);
CREATE INDEX call_unpriced ON call(model) WHERE cost_nano IS NULL;
CREATE TABLE copy(                         -- the same call seen in another file (fork, checkpoint)
  file INTEGER NOT NULL, call TEXT NOT NULL, PRIMARY KEY(file, call)
) WITHOUT ROWID;
CREATE TABLE daily(
  day INTEGER NOT NULL, model INTEGER NOT NULL, source INTEGER NOT NULL, project INTEGER NOT NULL,
  calls INTEGER NOT NULL DEFAULT 0,
  input INTEGER NOT NULL DEFAULT 0,
  output INTEGER NOT NULL DEFAULT 0,
  write_5m INTEGER NOT NULL DEFAULT 0,
  write_1h INTEGER NOT NULL DEFAULT 0,
  read INTEGER NOT NULL DEFAULT 0,
  web_search INTEGER NOT NULL DEFAULT 0,
  cost_nano INTEGER NOT NULL DEFAULT 0,
  saved_nano INTEGER NOT NULL DEFAULT 0,
  unpriced INTEGER NOT NULL DEFAULT 0,     -- calls of unknown price
  partial INTEGER NOT NULL DEFAULT 0,      -- calls without their final row: a lower bound
  PRIMARY KEY(day, model, source, project)
) WITHOUT ROWID;
CREATE TABLE spent(                        -- what the cap reads: 'month:2026-11', 'day:20414',
  period TEXT PRIMARY KEY,                 -- 'session:17' (session.id)
  cost_nano INTEGER NOT NULL DEFAULT 0,
  unpriced INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE cap(
  period TEXT PRIMARY KEY,                 -- 'month', 'day', 'session'
  limit_nano INTEGER,                      -- NULL: unset
  origin TEXT NOT NULL,                    -- 'option', 'command', 'config'
  set_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alert(period TEXT NOT NULL, percent INTEGER NOT NULL, ts_ms INTEGER NOT NULL,
  PRIMARY KEY(period, percent)) WITHOUT ROWID;
CREATE TABLE reservation(
  id INTEGER PRIMARY KEY, ts_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
  pid INTEGER NOT NULL, started TEXT NOT NULL DEFAULT '', session INTEGER NOT NULL DEFAULT 0,
  nano INTEGER NOT NULL, purpose TEXT NOT NULL
);
CREATE TABLE dispatch(                     -- a subagent sent out; no prompt text
  id TEXT PRIMARY KEY,                     -- tool_use_id
  ts_ms INTEGER NOT NULL,
  session INTEGER NOT NULL,
  agent_type TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL DEFAULT '',
  tier TEXT NOT NULL DEFAULT '',           -- what the classifier said
  confidence REAL NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  action TEXT NOT NULL DEFAULT '',         -- what policy did: 'routed', or why not: 'pinned', ...
  asked TEXT NOT NULL DEFAULT '',          -- the model of the call itself, '' if none
  instead TEXT NOT NULL DEFAULT '',        -- the model it would have run on without us
  routed TEXT NOT NULL DEFAULT '',         -- the alias we answered, '' if silence
  resolved TEXT NOT NULL DEFAULT '',       -- what really ran
  agent TEXT NOT NULL DEFAULT '',          -- subagent id
  status TEXT NOT NULL DEFAULT '',         -- '', 'running', 'ok', 'empty', 'refused', 'error'
  fingerprint TEXT NOT NULL DEFAULT '',    -- of the task, to know it when it comes again
  follows TEXT NOT NULL DEFAULT '',        -- the dispatch this one repeats
  flag TEXT NOT NULL DEFAULT '',           -- the user's 'good' or 'bad'
  turns INTEGER NOT NULL DEFAULT 0,
  tools INTEGER NOT NULL DEFAULT 0,
  edits INTEGER NOT NULL DEFAULT 0,        -- tool uses that changed something, or may have
  ended_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX dispatch_session ON dispatch(session, ts_ms);
CREATE INDEX dispatch_agent ON dispatch(agent) WHERE agent != '';
CREATE INDEX dispatch_time ON dispatch(ts_ms);
CREATE TABLE turn(                         -- a moment in a main loop; no text of a prompt
  session INTEGER NOT NULL,
  ts_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,                      -- 'prompt', 'command', 'compact', 'plan', 'act' (modes)
  category TEXT NOT NULL DEFAULT '',       -- of a prompt, as the classifier saw it
  tier TEXT NOT NULL DEFAULT '',
  confidence REAL NOT NULL DEFAULT 0,
  PRIMARY KEY(session, ts_ms, kind)
) WITHOUT ROWID;
CREATE TABLE tool(                         -- a tool use, and what its output weighs in the context
  session INTEGER NOT NULL,
  id TEXT NOT NULL,                        -- tool_use_id
  agent TEXT NOT NULL DEFAULT '',          -- subagent id, '' in the main loop
  ts_ms INTEGER NOT NULL,                  -- of the output, of the use while there is none
  name TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',           -- the file's extension, '.py'
  target INTEGER NOT NULL DEFAULT 0,       -- CRC-32 of what it was used on; 0: nothing to name
  bytes INTEGER NOT NULL DEFAULT 0,        -- of the output's text
  changes INTEGER NOT NULL DEFAULT 0,      -- 1: it changed something, or may have
  failed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(session, id)
) WITHOUT ROWID;
CREATE INDEX tool_agent ON tool(session, agent);
CREATE TABLE surveyed(                     -- a transcript, read for `turn` and `tool`
  path TEXT PRIMARY KEY, offset INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE digest(                       -- a bulk read and what became of it
  id INTEGER PRIMARY KEY, ts_ms INTEGER NOT NULL, session INTEGER NOT NULL,
  path_hash TEXT NOT NULL, bytes INTEGER NOT NULL, outcome TEXT NOT NULL,
  call TEXT NOT NULL DEFAULT '', saved_nano INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX digest_read ON digest(session, path_hash);

CREATE TRIGGER call_added AFTER INSERT ON call BEGIN
  INSERT INTO daily VALUES(new.day, new.model, new.source, new.project, 1, new.input, new.output,
    new.write_5m, new.write_1h, new.read, new.web_search, coalesce(new.cost_nano, 0),
    new.saved_nano, new.cost_nano IS NULL, 1 - new.final)
  ON CONFLICT(day, model, source, project) DO UPDATE SET calls = calls + 1, input = input + excluded.input,
    output = output + excluded.output, write_5m = write_5m + excluded.write_5m,
    write_1h = write_1h + excluded.write_1h, read = read + excluded.read,
    web_search = web_search + excluded.web_search, cost_nano = cost_nano + excluded.cost_nano,
    saved_nano = saved_nano + excluded.saved_nano, unpriced = unpriced + excluded.unpriced,
    partial = partial + excluded.partial;
  INSERT INTO spent VALUES
    ('month:' || strftime('%Y-%m', new.day * 86400, 'unixepoch'),
      coalesce(new.cost_nano, 0), new.cost_nano IS NULL),
    ('day:' || new.day, coalesce(new.cost_nano, 0), new.cost_nano IS NULL),
    ('session:' || new.session, coalesce(new.cost_nano, 0), new.cost_nano IS NULL)
  ON CONFLICT(period) DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano,
    unpriced = unpriced + excluded.unpriced;
END;
CREATE TRIGGER call_completed AFTER UPDATE OF final ON call BEGIN
  UPDATE daily SET partial = partial + old.final - new.final
  WHERE day = new.day AND model = new.model AND source = new.source AND project = new.project;
END;
CREATE TRIGGER call_removed AFTER DELETE ON call BEGIN
  UPDATE daily SET calls = calls - 1, input = input - old.input, output = output - old.output,
    write_5m = write_5m - old.write_5m, write_1h = write_1h - old.write_1h, read = read - old.read,
    web_search = web_search - old.web_search, cost_nano = cost_nano - coalesce(old.cost_nano, 0),
    saved_nano = saved_nano - old.saved_nano, unpriced = unpriced - (old.cost_nano IS NULL),
    partial = partial - (1 - old.final)
  WHERE day = old.day AND model = old.model AND source = old.source AND project = old.project;
  UPDATE spent SET cost_nano = cost_nano - coalesce(old.cost_nano, 0),
    unpriced = unpriced - (old.cost_nano IS NULL)
  WHERE period IN ('month:' || strftime('%Y-%m', old.day * 86400, 'unixepoch'),
    'day:' || old.day, 'session:' || old.session);
END;
CREATE TRIGGER call_saved AFTER UPDATE OF saved_nano ON call BEGIN
  UPDATE daily SET saved_nano = saved_nano - old.saved_nano + new.saved_nano
  WHERE day = old.day AND model = old.model AND source = old.source AND project = old.project;
END;
