-- The bounds of the times out of visibility in microseconds, in order; the one that has not ended ends at `never`.
ARRAY(
    SELECT x FROM unnest(coalesce({periods}, tstzmultirange()) + CASE WHEN {since} IS NULL
        THEN tstzmultirange() ELSE tstzmultirange(tstzrange({since}, NULL)) END) p,
    LATERAL (VALUES (round(date_part('epoch', lower(p)) * 1000000)::bigint),
                    (coalesce(round(date_part('epoch', upper(p)) * 1000000)::bigint, {never}))) v (x) ORDER BY x)
