WITH {spans}
SELECT t.account_id, concat_ws(chr(31), t.check_id, t.severity), date_part('epoch', t.valid_from),
       date_part('epoch', t.valid_to), t.passed + t.failed + t.stale + t.unknown + t.gap_units,
       t.unknown + t.gap_units, t.failed + t.stale
FROM spans a JOIN history_tally_closed t ON t.account_id = a.id
WHERE t.valid_to > %(earliest)s AND t.valid_to > a.after AND t.valid_from <= a.upto
UNION ALL
SELECT t.account_id, concat_ws(chr(31), t.check_id, t.severity), date_part('epoch', t.valid_from), NULL,
       t.passed + t.failed + t.stale + t.unknown + t.gap_units, t.unknown + t.gap_units, t.failed + t.stale
FROM spans a JOIN history_tally t ON t.account_id = a.id
WHERE t.valid_from <= a.upto AND (t.valid_from > a.after OR a.is_first)
