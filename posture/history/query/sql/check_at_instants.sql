SELECT i.at, coalesce(sum(passed), 0)::int, coalesce(sum(failed + stale), 0)::int,
       coalesce(sum(unknown + gap_units), 0)::int, coalesce(sum(accepted), 0)::int,
       count(*) FILTER (WHERE failed + stale > 0)::int
FROM unnest(%(instants)s::timestamptz[]) i (at)
LEFT JOIN history_tally_record t ON t.check_id = %(check)s AND t.account_id = ANY(%(accounts)s)
     AND t.valid_from <= i.at AND (t.valid_to IS NULL OR t.valid_to > i.at)
GROUP BY i.at ORDER BY i.at
