WITH RECURSIVE {spans}, used (id, after, upto, is_first, practice_id) AS (
    -- The practices that an account has points of: one step in an index for each.
    SELECT a.*, (SELECT min(practice_id) FROM history_practicepoint WHERE account_id = a.id) FROM spans a
    WHERE a.is_first
    UNION ALL
    SELECT id, after, upto, is_first, (SELECT min(p.practice_id) FROM history_practicepoint p
                                       WHERE p.account_id = used.id AND p.practice_id > used.practice_id)
    FROM used WHERE practice_id IS NOT NULL
)
SELECT account_id, practice_id, date_part('epoch', at), low, high, passed, failed, unknown FROM (
    SELECT 1 AS part, p.* FROM used u CROSS JOIN LATERAL (
        SELECT account_id, practice_id, u.after + interval '1 microsecond' AS at, low, high, passed, failed, unknown
        FROM history_practicepoint WHERE account_id = u.id AND practice_id = u.practice_id AND at <= u.after
        ORDER BY history_practicepoint.at DESC LIMIT 1
    ) p
    UNION ALL
    SELECT 2, account_id, practice_id, at, low, high, passed, failed, unknown
    FROM spans a JOIN history_practicepoint p ON p.account_id = a.id AND p.at > a.after AND p.at <= a.upto
) p ORDER BY part
