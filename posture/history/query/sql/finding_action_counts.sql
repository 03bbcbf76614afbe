-- What began to fail by another rule, parameter or way of grouping is nobody's doing, nor is what the first snapshot of
-- all found.
SELECT check_id, severity, is_fixed, sum(number)::bigint, count(*) FROM (
    SELECT check_id, severity, is_fixed, account_id, count(*) AS number FROM (
        SELECT check_id, severity, account_id, false AS is_fixed FROM history_finding
        WHERE closed_at IS NULL AND status = 'fail' AND account_id = ANY(%(accounts)s::bigint[])
          AND opened_at > %(since)s AND opened_at <= %(until)s
          AND open_reason <> ALL({not_done}) AND (reopened > 0 OR open_reason <> {found})
        UNION ALL
        SELECT check_id, severity, account_id, false FROM history_finding_closed
        WHERE closed_at > %(since)s AND status = 'fail' AND account_id = ANY(%(accounts)s::bigint[])
          AND opened_at > %(since)s AND opened_at <= %(until)s
          AND open_reason <> ALL({not_done}) AND (reopened > 0 OR open_reason <> {found})
        UNION ALL
        SELECT check_id, severity, account_id, true FROM history_finding_closed
        WHERE status = 'fail' AND account_id = ANY(%(accounts)s::bigint[]) AND close_reason = 'changed'
          AND closed_at > %(since)s AND closed_at <= %(until)s
    ) each GROUP BY 1, 2, 3, 4
) of_account GROUP BY 1, 2, 3
