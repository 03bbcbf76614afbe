{latest}
SELECT practice_id, account_id, low, high, passed, failed, unknown FROM latest
