-- How many events of month `m` come before the period, and those that are in it.
SELECT coalesce(sum(count) FILTER (WHERE at <= %(since)s), 0)::int AS skipped,
       coalesce(sum(count) FILTER (WHERE at > %(since)s AND at <= %(until)s), 0)::int AS rows,
       array_agg(at ORDER BY at) FILTER (WHERE at > %(since)s AND at <= %(until)s) AS instants,
       array_agg(count ORDER BY at) FILTER (WHERE at > %(since)s AND at <= %(until)s) AS counts
FROM unnest(m.instants, m.counts) i (at, count)
