-- What a member may call, and what these call. Made anew by each `team init` that finds an older version.
-- pg_temp stands last in each path: it is searched first where it is not named, and a member may put
-- types of its own there, whose checks would run as the owner.

CREATE OR REPLACE FUNCTION cheaproute.names(at timestamptz, OUT period text, OUT name text)
RETURNS SETOF record LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'month', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM')
  UNION ALL SELECT 'week', to_char(at AT TIME ZONE 'UTC', 'IYYY-"W"IW')
  UNION ALL SELECT 'day', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
$$;

CREATE OR REPLACE FUNCTION cheaproute.me() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE found integer;
BEGIN
  SELECT id INTO found FROM cheaproute.person WHERE role = session_user;
  IF found IS NULL THEN RAISE EXCEPTION 'not a member of this team: %', session_user; END IF;
  RETURN found;
END $$;

-- One lock for what moves money: whoever reports or takes waits for the one before. An older
-- snapshot would show nothing of what was given away since.
CREATE OR REPLACE FUNCTION cheaproute.lock_budget() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the budget is moved in READ COMMITTED transactions alone';
  END IF;
  PERFORM 1 FROM cheaproute.policy WHERE one FOR UPDATE;
END $$;

CREATE OR REPLACE FUNCTION cheaproute.my_machine(machine_id text, title_ text, who integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO cheaproute.machine AS m(id, person, title) VALUES (machine_id, who, left(title_, 40))
  ON CONFLICT (id) DO UPDATE SET seen = now(), title = excluded.title, person = excluded.person
    WHERE m.person = excluded.person -- or whoever had it has left
      OR EXISTS (SELECT 1 FROM cheaproute.person p WHERE p.id = m.person AND p.role IS NULL);
  IF NOT FOUND THEN RAISE EXCEPTION 'machine % is another member''s', machine_id; END IF;
END $$;

-- Append rows ([[id, ms, model, source, project, six counts, nano or null, whether the counts are a
-- lower bound (not told by earlier versions)], ...]); what they cost is
-- taken off this machine's lease and added to what was spent, at once. Told twice, a row counts once;
-- told again with a higher cost (its last part came later), the difference counts.
CREATE OR REPLACE FUNCTION cheaproute.report(machine_id text, title_ text, rows_ jsonb)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who integer; fresh integer := 0; r jsonb; was bigint; now_ bigint; at_ timestamptz;
  more bigint; known boolean; open_ boolean; ats timestamptz[] := '{}'; projects text[] := '{}'; mores bigint[] := '{}';
BEGIN
  PERFORM cheaproute.lock_budget();
  who := cheaproute.me(); -- as it is now: a member may have been removed in between
  PERFORM cheaproute.my_machine(machine_id, title_, who);
  FOR r IN SELECT * FROM jsonb_array_elements(rows_) LOOP
    -- A clock that is ahead moves no spending into a later period, and holds up no other row.
    at_ := least(now(), to_timestamp((r->>1)::bigint / 1000.0));
    now_ := (r->>11)::bigint;
    open_ := coalesce((r->>12)::boolean, false);
    SELECT coalesce(cost_nano, 0) INTO was FROM cheaproute.call
      WHERE id = r->>0 AND person = who;
    known := FOUND;
    IF known AND coalesce(now_, 0) <= was THEN
      UPDATE cheaproute.call SET is_open = open_ WHERE id = r->>0 AND person = who AND is_open <> open_;
      CONTINUE;
    END IF;
    INSERT INTO cheaproute.call AS c VALUES (r->>0, who, machine_id, at_, left(r->>2, 200), left(r->>3, 40),
      left(coalesce(r->>4, ''), 200), (r->>5)::bigint, (r->>6)::bigint, (r->>7)::bigint,
      (r->>8)::bigint, (r->>9)::bigint, (r->>10)::bigint, now_, open_)
    ON CONFLICT (id) DO UPDATE SET input_tokens = excluded.input_tokens,
      output_tokens = excluded.output_tokens,
      cache_write_5m_tokens = excluded.cache_write_5m_tokens,
      cache_write_1h_tokens = excluded.cache_write_1h_tokens,
      cache_read_tokens = excluded.cache_read_tokens, web_searches = excluded.web_searches,
      cost_nano = excluded.cost_nano, is_open = excluded.is_open WHERE c.person = who;
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
CREATE OR REPLACE FUNCTION cheaproute.take(machine_id text, title_ text, project_ text, want bigint,
  OUT nano bigint, OUT seconds integer, OUT at_cap text, OUT out_of_touch text, OUT full_cap text,
  OUT capped_projects text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE who integer; c record; spent_ bigint; held bigint; left_ bigint; p record;
BEGIN
  PERFORM cheaproute.lock_budget();
  who := cheaproute.me();
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
CREATE OR REPLACE FUNCTION cheaproute.release(machine_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM cheaproute.lease WHERE machine = machine_id AND person = cheaproute.me()
$$;
