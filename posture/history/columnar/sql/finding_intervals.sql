SELECT e.account_id, e.number, e.resource_id, round(date_part('epoch', e.opened_at) * 1000000)::bigint,
       round(date_part('epoch', e.closed_at) * 1000000)::bigint,
       concat_ws(chr(31), e.check_id, e.severity, e.status, least(e.reopened, 2), r.type, r.region),
       CASE WHEN e.status = 'fail' AND (e.stale_since IS NOT NULL OR e.stale_periods IS NOT NULL) THEN {unseen} END
FROM (
    SELECT account_id, id AS number, resource_id, check_id, status, severity, opened_at,
           NULL::timestamptz AS closed_at, reopened, stale_since, stale_periods
    FROM history_finding
    WHERE {where} AND closed_at IS NULL
    UNION ALL
    SELECT account_id, finding_id, resource_id, check_id, status, severity, opened_at, closed_at, reopened, stale_since,
           stale_periods
    FROM history_finding_closed
    WHERE {where} AND closed_at > %(since)s
) e JOIN history_resource r ON r.id = e.resource_id
