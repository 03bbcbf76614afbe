SELECT t.type, t.count, coalesce(u.count, 0)
FROM (
    {types}
) t (type, count) LEFT JOIN (
    {unseen}
) u (type, count) USING (type)
