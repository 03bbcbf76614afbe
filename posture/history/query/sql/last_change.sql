SELECT s.at, greatest(
    (SELECT max(e.at) FROM accounts_accountevent e
     WHERE e.at > coalesce(s.at, '-infinity') AND e.at <= %(at)s AND e.account_id = ANY(%(accounts)s::bigint[])),
    (SELECT max(n.at) FROM history_findingnote n
     WHERE n.at > coalesce(s.at, '-infinity') AND n.at <= %(at)s AND n.account_id = ANY(%(accounts)s::bigint[]))
)
FROM (SELECT max(as_of) AS at FROM history_snapshot
      WHERE organization_id = ANY(%(organizations)s) AND as_of <= %(at)s) s
