-- What has begun is at hand, so that only what ended before it is read.
SELECT finding_id FROM history_finding_closed
WHERE finding_id = ANY(%(wanted)s::bigint[]) AND closed_at > %(since)s AND closed_at <= %(until)s
  AND status = 'fail' AND opened_at > %(since)s
GROUP BY finding_id HAVING count(*) >= %(flaps)s
