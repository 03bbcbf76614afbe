-- One statement, so that what is kept, how far it reaches and the accounts' states belong together.
SELECT t.covered, m.rows
FROM history_intervallog l CROSS JOIN LATERAL (
    SELECT array_agg(k.id) AS covered FROM unnest(l.accounts, l.upto, l.rules) k (id, upto, rules)
    JOIN history_accountstate s ON s.account_id = k.id
    WHERE k.id = ANY(%(accounts)s::bigint[]) AND k.rules = {rules} AND least(s.last_at, %(at)s) <= k.upto
) t LEFT JOIN LATERAL (
    SELECT rows FROM history_intervallogmonth m
    WHERE m.piece = l.piece AND m.subject = l.subject AND m.month <= %(at)s ORDER BY m.month DESC LIMIT 1
) m ON true
WHERE l.subject = %(subject)s AND l.piece = ANY(%(pieces)s::bigint[]) ORDER BY l.piece
