-- Of a month that the period holds in part, only so much of each column is read, which PostgreSQL finds by a step.
CASE WHEN inside.rows = m.rows THEN m.columns
     ELSE (SELECT string_agg(substring(m.columns FROM start + skipped * width + 1 FOR inside.rows * width),
                             ''::bytea ORDER BY place)
           FROM (SELECT place, width, m.rows * (sum(width) OVER (ORDER BY place) - width)::int AS start
                 FROM (SELECT place, right(kind, 1)::int AS width
                       FROM unnest(m.layout) WITH ORDINALITY l (kind, place)) l) l)
END
