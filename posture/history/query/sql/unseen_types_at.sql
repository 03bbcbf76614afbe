SELECT r.type, count(*) FROM history_resource r
WHERE account_id = ANY(%(accounts)s) AND (unseen_since IS NOT NULL OR unseen_periods IS NOT NULL)
  AND (unseen_since <= %(at)s OR history_since(unseen_periods, %(at)s) IS NOT NULL)
  AND (EXISTS (SELECT FROM history_version v WHERE v.resource_id = r.id AND v.valid_from <= %(at)s)
       OR EXISTS (SELECT FROM history_version_closed v
                  WHERE v.resource_id = r.id AND v.valid_to > %(at)s AND v.valid_from <= %(at)s))
GROUP BY r.type
