-- The last but one names the oldest months that are kept; the last is whether a sweep is running, and no part of
-- the version.
SELECT (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM history_findingnote),
       (SELECT count(*) || ' ' || coalesce(max(ended_at)::text, '')
        FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state <> 'running'),
       (SELECT max(at) FROM history_scopepoint WHERE organization_id = ANY(%(organizations)s) AND unit_id IS NULL),
       (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM accounts_ownership),
       (SELECT md5(string_agg(concat_ws(' ', id, username, first_name, last_name, is_active), ',' ORDER BY id))
        FROM accounts_user),
       (SELECT string_agg(oldest, ' ' ORDER BY oldest)
        FROM (SELECT min(c.relname) AS oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
              WHERE i.inhparent IN ('history_version_closed'::regclass, 'history_finding_closed'::regclass,
                                    'history_tally_closed'::regclass)
                AND NOT i.inhdetachpending GROUP BY i.inhparent) months),
       EXISTS (SELECT FROM history_snapshot WHERE organization_id = ANY(%(organizations)s) AND state = 'running')
