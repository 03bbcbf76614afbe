-- Counts of checks through time.
CREATE VIEW history_tally_record AS
SELECT account_id || ':' || check_id || ':' || valid_from AS id, account_id, check_id, check_version, severity,
       valid_from, NULL::timestamptz AS valid_to,
       passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM history_tally
UNION ALL
SELECT account_id || ':' || check_id || ':' || valid_from, account_id, check_id, check_version, severity,
       valid_from, valid_to, passed, failed, unknown, stale, accepted, not_applicable, gap_units
FROM history_tally_closed;
