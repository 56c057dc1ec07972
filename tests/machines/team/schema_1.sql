-- Version 1 of the team's schema. PostgreSQL 15 or newer. Money is nano-dollars, days are UTC.
-- A member's role may call report(), take() and release(), and read what its policy shows: no more.
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

CREATE FUNCTION cheaproute.names(at timestamptz, OUT period text, OUT name text)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
  SELECT 'month', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM')
  UNION ALL SELECT 'week', to_char(at AT TIME ZONE 'UTC', 'IYYY-"W"IW')
  UNION ALL SELECT 'day', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
$$;

CREATE FUNCTION cheaproute.me() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE found integer;
BEGIN
  SELECT id INTO found FROM cheaproute.person WHERE role = session_user;
  IF found IS NULL THEN RAISE EXCEPTION 'not a member of this team: %', session_user; END IF;
  RETURN found;
END $$;

-- One lock for what moves money: whoever reports or takes waits for the one before.
CREATE FUNCTION cheaproute.lock_budget() RETURNS void LANGUAGE sql
SET search_path = pg_catalog AS $$
  SELECT 1 FROM cheaproute.policy WHERE one FOR UPDATE
$$;

CREATE FUNCTION cheaproute.my_machine(machine_id text, title_ text, who integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO cheaproute.machine AS m(id, person, title) VALUES (machine_id, who, left(title_, 40))
  ON CONFLICT (id) DO UPDATE SET seen = now(), title = excluded.title WHERE m.person = excluded.person;
  PERFORM 1 FROM cheaproute.machine WHERE id = machine_id AND person = who;
  IF NOT FOUND THEN RAISE EXCEPTION 'machine % is another member''s', machine_id; END IF;
END $$;

-- Append rows ([[id, ms, model, source, project, six counts, nano or null], ...]); what they cost is
-- taken off this machine's lease and added to what was spent, at once. Told twice, a row counts once;
-- told again with a higher cost (its last part came later), the difference counts.
CREATE FUNCTION cheaproute.report(machine_id text, title_ text, rows_ jsonb)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  who integer := cheaproute.me(); fresh integer := 0; r jsonb; was bigint; now_ bigint; at_ timestamptz;
  more bigint; known boolean; ats timestamptz[] := '{}'; projects text[] := '{}'; mores bigint[] := '{}';
BEGIN
  PERFORM cheaproute.lock_budget();
  PERFORM cheaproute.my_machine(machine_id, title_, who);
  FOR r IN SELECT * FROM jsonb_array_elements(rows_) LOOP
    at_ := to_timestamp((r->>1)::bigint / 1000.0);
    IF at_ > now() + interval '1 day' THEN RAISE EXCEPTION 'row % is in the future', r->>0; END IF;
    now_ := (r->>11)::bigint;
    SELECT coalesce(cost_nano, 0) INTO was FROM cheaproute.call
      WHERE id = r->>0 AND person = who;
    known := FOUND;
    IF known AND coalesce(now_, 0) <= was THEN CONTINUE; END IF;
    INSERT INTO cheaproute.call AS c VALUES (r->>0, who, machine_id, at_, r->>2, r->>3,
      left(coalesce(r->>4, ''), 200), (r->>5)::bigint, (r->>6)::bigint, (r->>7)::bigint,
      (r->>8)::bigint, (r->>9)::bigint, (r->>10)::bigint, now_)
    ON CONFLICT (id) DO UPDATE SET input_tokens = excluded.input_tokens,
      output_tokens = excluded.output_tokens,
      cache_write_5m_tokens = excluded.cache_write_5m_tokens,
      cache_write_1h_tokens = excluded.cache_write_1h_tokens,
      cache_read_tokens = excluded.cache_read_tokens, web_searches = excluded.web_searches,
      cost_nano = excluded.cost_nano WHERE c.person = who;
    IF NOT FOUND THEN CONTINUE; END IF; -- another member's row of that id: theirs stands
    fresh := fresh + 1;
    more := coalesce(now_, 0) - CASE WHEN known THEN was ELSE 0 END;
    ats := ats || at_;
    projects := projects || left(coalesce(r->>4, ''), 200);
    mores := mores || more;
  END LOOP;
  -- Once for all rows: it is for this that others wait.
  INSERT INTO cheaproute.spent AS s
    SELECT t.scope, CASE t.scope WHEN 'team' THEN '' WHEN 'person' THEN session_user::text
      ELSE u.project END, n.period, n.name, sum(u.more)
    FROM (SELECT date_trunc('day', at, 'UTC') AS day, project, sum(m) AS more
        FROM unnest(ats, projects, mores) AS a(at, project, m) GROUP BY 1, 2) u,
      LATERAL cheaproute.names(u.day) n, (VALUES ('team'), ('person'), ('project')) AS t(scope)
    WHERE t.scope <> 'project' OR u.project <> '' GROUP BY 1, 2, 3, 4
  ON CONFLICT (scope, key, period, name) DO UPDATE SET nano = s.nano + excluded.nano;
  UPDATE cheaproute.lease AS l SET nano = greatest(0, l.nano - u.more)
    FROM (SELECT coalesce((SELECT max(o.project) FROM cheaproute.lease o WHERE
          o.machine = machine_id AND o.project IN ('', a.project)), '') AS project, sum(m) AS more
        FROM unnest(projects, mores) AS a(project, m) GROUP BY 1) u
    WHERE l.machine = machine_id AND l.person = who AND l.project = u.project;
  RETURN fresh;
END $$;

-- Take or renew this machine's lease: up to `want` nano-dollars, never more than what every cap that
-- holds for this person has left after what was spent and what all live leases may still spend.
CREATE FUNCTION cheaproute.take(machine_id text, title_ text, project_ text, want bigint,
  OUT nano bigint, OUT seconds integer, OUT at_cap text, OUT out_of_touch text, OUT full_cap text,
  OUT capped_projects text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE who integer := cheaproute.me(); c record; spent_ bigint; held bigint; left_ bigint; p record;
BEGIN
  PERFORM cheaproute.lock_budget();
  PERFORM cheaproute.my_machine(machine_id, title_, who);
  SELECT * INTO p FROM cheaproute.policy;
  DELETE FROM cheaproute.lease
    WHERE expires < clock_timestamp() OR (machine = machine_id AND project = project_);
  nano := greatest(0, want);
  full_cap := '';
  FOR c IN SELECT cap.scope, cap.period, cap.limit_nano, n.name FROM cheaproute.cap
      JOIN cheaproute.names(clock_timestamp()) n ON n.period = cap.period
      WHERE cap.scope = 'team' OR (cap.scope = 'project' AND cap.key = project_ AND project_ <> '')
        OR (cap.scope = 'person' AND (cap.key = session_user OR (cap.key = ''
        AND NOT EXISTS (SELECT 1 FROM cheaproute.cap own WHERE own.scope = 'person'
          AND own.key = session_user AND own.period = cap.period)))) LOOP
    SELECT coalesce(sum(s.nano), 0) INTO spent_ FROM cheaproute.spent s WHERE s.scope = c.scope
      AND s.key = CASE c.scope WHEN 'team' THEN '' WHEN 'project' THEN project_ ELSE session_user END
      AND s.period = c.period AND s.name = c.name;
    SELECT coalesce(sum(l.nano), 0) INTO held FROM cheaproute.lease l
      WHERE CASE c.scope WHEN 'team' THEN true WHEN 'project' THEN l.project = project_
        ELSE l.person = who END;
    left_ := greatest(0, c.limit_nano - spent_ - held);
    IF left_ < nano OR left_ = 0 THEN
      nano := least(nano, left_);
      full_cap := c.scope || ' ' || c.period;
    END IF;
  END LOOP;
  seconds := p.lease_s;
  at_cap := p.at_cap;
  out_of_touch := p.out_of_touch;
  SELECT coalesce(array_agg(DISTINCT key), '{}') INTO capped_projects FROM cheaproute.cap
    WHERE scope = 'project';
  INSERT INTO cheaproute.lease VALUES (machine_id, project_, who, nano,
    clock_timestamp() + make_interval(secs => seconds));
END $$;

-- Give a machine's lease back.
CREATE FUNCTION cheaproute.release(machine_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM cheaproute.lease WHERE machine = machine_id AND person = cheaproute.me()
$$;

ALTER TABLE cheaproute.call ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_or_shown ON cheaproute.call FOR SELECT USING (
  person = cheaproute.me() OR (SELECT see_others FROM cheaproute.policy));
ALTER TABLE cheaproute.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_or_shown ON cheaproute.person FOR SELECT USING (
  role = session_user OR (SELECT see_others FROM cheaproute.policy));
CREATE VIEW cheaproute.spend_by_day WITH (security_invoker = true) AS
  SELECT (c.ts AT TIME ZONE 'UTC')::date AS day, p.name AS person, c.model, c.project,
    count(*) AS calls, sum(c.cost_nano) / 1e9 AS usd, count(*) FILTER (WHERE c.cost_nano IS NULL)
    AS unknown_price_calls
  FROM cheaproute.call c JOIN cheaproute.person p ON p.id = c.person GROUP BY 1, 2, 3, 4;
CREATE VIEW cheaproute.spend_by_person WITH (security_invoker = true) AS
  SELECT to_char(c.ts AT TIME ZONE 'UTC', 'YYYY-MM') AS month, p.name AS person, count(*) AS calls,
    sum(c.cost_nano) / 1e9 AS usd
  FROM cheaproute.call c JOIN cheaproute.person p ON p.id = c.person GROUP BY 1, 2;
REVOKE ALL ON ALL TABLES IN SCHEMA cheaproute FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA cheaproute FROM PUBLIC;
GRANT USAGE ON SCHEMA cheaproute TO cheaproute_member;
GRANT SELECT ON cheaproute.call, cheaproute.person, cheaproute.policy, cheaproute.spend_by_day,
  cheaproute.spend_by_person TO cheaproute_member;
GRANT EXECUTE ON FUNCTION cheaproute.report, cheaproute.take, cheaproute.release, cheaproute.me
  TO cheaproute_member;
