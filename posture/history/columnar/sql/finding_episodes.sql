WITH {spans}
SELECT e.account_id, concat_ws(chr(31), e.check_id, e.severity, r.type, r.region),
       -- What the first snapshot of all found did not begin to fail then.
       CASE WHEN e.reopened > 0 OR e.open_reason <> {found} THEN date_part('epoch', e.opened_at) END,
       date_part('epoch', e.closed_at), CASE WHEN e.reopened > 0 THEN {reopened} ELSE {opened} END,
       e.open_reason, e.close_reason
FROM (
    SELECT f.account_id, f.check_id, f.severity, f.resource_id, f.opened_at, f.closed_at, f.reopened, f.open_reason,
           f.close_reason
    FROM spans a JOIN history_finding_closed f ON f.account_id = a.id
    WHERE f.status = 'fail' AND f.closed_at > %(earliest)s AND f.closed_at > a.after AND f.opened_at <= a.upto
    UNION ALL
    SELECT f.account_id, f.check_id, f.severity, f.resource_id, f.opened_at, NULL, f.reopened, f.open_reason,
           -- It has no end yet: any reason will do.
           {any_reason}
    FROM spans a JOIN history_finding f ON f.account_id = a.id
    WHERE f.status = 'fail' AND f.closed_at IS NULL
      AND f.opened_at > %(earliest)s AND f.opened_at <= %(latest)s AND f.opened_at > a.after AND f.opened_at <= a.upto
) e JOIN history_resource r ON r.id = e.resource_id
