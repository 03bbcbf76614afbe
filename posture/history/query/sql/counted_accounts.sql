-- A worker of the release before, should one still run, leaves another form behind, and does not count.
SELECT account_id FROM history_accountstate
WHERE account_id = ANY(%(accounts)s) AND last_at <= %(at)s AND types IS NOT NULL
  AND substr(fingerprint, 1, 1) = %(form)s
