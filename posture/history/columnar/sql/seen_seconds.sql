-- How long an episode was seen to fail up to `end`.
date_part('epoch', {end} - opened_at) - CASE WHEN stale_periods IS NULL THEN 0 ELSE coalesce(
    (SELECT sum(date_part('epoch', least(upper(p), {end}) - lower(p)))
     FROM unnest(stale_periods) p WHERE lower(p) < {end}), 0) END
