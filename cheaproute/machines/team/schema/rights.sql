-- A member's role may call report(), take() and release(), and read what its policy shows: no more.
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
