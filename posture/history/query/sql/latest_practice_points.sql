WITH RECURSIVE practice (account_id, practice_id) AS (
    SELECT a.id, (SELECT min(practice_id) FROM history_practicepoint WHERE account_id = a.id)
    FROM unnest(%s::bigint[]) a (id)
    UNION ALL
    SELECT account_id, (SELECT min(practice_id) FROM history_practicepoint p
                        WHERE p.account_id = practice.account_id AND p.practice_id > practice.practice_id)
    FROM practice WHERE practice_id IS NOT NULL
)
SELECT p.*, instant.place FROM practice
CROSS JOIN unnest(%s::timestamptz[]) WITH ORDINALITY instant (at, place)
CROSS JOIN LATERAL (
    SELECT * FROM history_practicepoint
    WHERE account_id = practice.account_id AND practice_id = practice.practice_id
      AND (instant.at IS NULL OR at <= instant.at) ORDER BY at DESC LIMIT 1
) p
