SELECT each.account_id, r.type, NULL, each.kind, count(*)
FROM (
    {changes}
) each JOIN history_resource r ON r.id = each.resource_id
GROUP BY GROUPING SETS ((each.account_id, each.kind), (r.type, each.kind))
