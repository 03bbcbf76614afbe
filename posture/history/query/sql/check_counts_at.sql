-- Current and closed rows each have an index, and only the partitions that end after the date are read.
SELECT * FROM (
    SELECT concat_ws(chr(31), check_id, severity), account_id,
           passed + failed + stale + unknown + gap_units AS judged, failed + stale, unknown + gap_units
    FROM history_tally
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND valid_from <= %(at)s
    UNION ALL
    SELECT concat_ws(chr(31), check_id, severity), account_id,
           passed + failed + stale + unknown + gap_units, failed + stale, unknown + gap_units
    FROM history_tally_closed
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND valid_to > %(at)s AND valid_from <= %(at)s
) counts
WHERE judged > 0
