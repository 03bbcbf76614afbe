SELECT month, instants, counts, accounts, names, layout, rows, columns FROM history_eventlogmonth
WHERE piece = %(piece)s AND subject = %(subject)s AND month >= %(first)s
  AND (%(last)s::timestamptz IS NULL OR month <= %(last)s)
ORDER BY month
