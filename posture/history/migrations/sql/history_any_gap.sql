-- Gaps of listings and of fields.
CREATE VIEW history_any_gap AS
SELECT 'listing:' || id AS id, account_id, region, resource_type, action, reason, blinds, error, message, remedy,
       request_id, NULL::integer AS resources, opened_at, opened_at AS valid_from, closed_at AS valid_to
FROM history_gap
UNION ALL
SELECT 'field:' || id, account_id, region, resource_type, action, reason, blinds, error, message, remedy,
       request_id, resources, since, valid_from, valid_to
FROM history_fieldgap;
