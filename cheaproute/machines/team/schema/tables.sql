-- The team's tables. PostgreSQL 15 or newer. Money is nano-dollars, days are UTC.
CREATE TABLE cheaproute.person(
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  role text UNIQUE,                        -- the database role; NULL once the person has left
  name text NOT NULL DEFAULT ''            -- '' for rows kept of who has left
);
CREATE TABLE cheaproute.machine(
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
  person integer NOT NULL REFERENCES cheaproute.person ON DELETE CASCADE,
  title text NOT NULL DEFAULT '' CHECK (length(title) <= 40),
  seen timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE cheaproute.cap(
  scope text NOT NULL CHECK (scope IN ('team', 'person', 'project')),
  key text NOT NULL DEFAULT '',            -- the person's role or the project's name; '': each
  period text NOT NULL CHECK (period IN ('month', 'week', 'day')),
  limit_nano bigint NOT NULL CHECK (limit_nano >= 0),
  PRIMARY KEY(scope, key, period)
);
CREATE TABLE cheaproute.policy(
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  at_cap text NOT NULL DEFAULT 'block' CHECK (at_cap IN ('block', 'cheap', 'warn')),
  out_of_touch text NOT NULL DEFAULT 'open' CHECK (out_of_touch IN ('open', 'closed')),
  see_others boolean NOT NULL DEFAULT false,
  lease_s integer NOT NULL DEFAULT 3600 CHECK (lease_s BETWEEN 120 AND 86400)
);
INSERT INTO cheaproute.policy DEFAULT VALUES;
CREATE TABLE cheaproute.call(
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 300),
  person integer NOT NULL REFERENCES cheaproute.person ON DELETE CASCADE,
  machine text NOT NULL,
  ts timestamptz NOT NULL,
  model text NOT NULL CHECK (length(model) <= 200),
  source text NOT NULL CHECK (length(source) <= 40),
  project text NOT NULL DEFAULT '' CHECK (length(project) <= 200),
  input_tokens bigint NOT NULL CHECK (input_tokens >= 0),
  output_tokens bigint NOT NULL CHECK (output_tokens >= 0),
  cache_write_5m_tokens bigint NOT NULL CHECK (cache_write_5m_tokens >= 0),
  cache_write_1h_tokens bigint NOT NULL CHECK (cache_write_1h_tokens >= 0),
  cache_read_tokens bigint NOT NULL CHECK (cache_read_tokens >= 0),
  web_searches bigint NOT NULL CHECK (web_searches >= 0),
  cost_nano bigint CHECK (cost_nano BETWEEN 0 AND 10000000000000)
);
CREATE INDEX call_ts ON cheaproute.call(ts);
CREATE INDEX call_person ON cheaproute.call(person, ts);
-- What was spent, kept: ('team', '', 'month', '2026-11'), ('person', 'ada', 'day', '2026-11-25').
CREATE TABLE cheaproute.spent(
  scope text NOT NULL, key text NOT NULL, period text NOT NULL, name text NOT NULL,
  nano bigint NOT NULL DEFAULT 0,
  PRIMARY KEY(scope, key, period, name)
);
-- A part of the budget that one machine may spend without asking, until `expires`.
-- `project`: '' but for projects that have a cap of their own.
CREATE TABLE cheaproute.lease(
  machine text NOT NULL REFERENCES cheaproute.machine ON DELETE CASCADE,
  project text NOT NULL DEFAULT '',
  person integer NOT NULL REFERENCES cheaproute.person ON DELETE CASCADE,
  nano bigint NOT NULL CHECK (nano >= 0),
  expires timestamptz NOT NULL,
  PRIMARY KEY(machine, project)
);
