-- The last instant up to `since` at which anything was recorded, so that a start that moves with the clock makes no
-- difference; and how far back the details reach.
SELECT greatest((SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(since)s),
                (SELECT max(at) FROM history_accountpoint
                 WHERE account_id = ANY(%(accounts)s::bigint[]) AND at <= %(since)s
                   AND at >= coalesce((SELECT max(as_of) FROM history_snapshot WHERE as_of <= %(since)s),
                                      '-infinity'))),
       (SELECT min(c.relname) FILTER (WHERE i.inhparent = 'history_version_closed'::regclass)
               || min(c.relname) FILTER (WHERE i.inhparent = 'history_finding_closed'::regclass)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE NOT i.inhdetachpending)
