INSERT INTO history_eventlogmonth
    (piece, subject, month, instants, counts, accounts, names, layout, rows, columns, totals)
VALUES (%(piece)s, %(subject)s, %(month)s, %(instants)s::timestamptz[], %(counts)s::int[], %(accounts)s::bigint[],
        %(names)s::text[], %(layout)s::text[], %(rows)s, %(columns)s, %(totals)s)
ON CONFLICT (piece, subject, month) DO UPDATE
SET instants = excluded.instants, counts = excluded.counts, accounts = excluded.accounts, names = excluded.names,
    layout = excluded.layout, rows = excluded.rows, columns = excluded.columns, totals = excluded.totals
