{latest}
SELECT practice_id, count(low), {low}, {high}, sum(passed), sum(failed), sum(unknown) FROM latest GROUP BY practice_id
