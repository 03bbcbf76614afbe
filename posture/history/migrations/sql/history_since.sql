-- The start of the period that holds an instant, or null.
CREATE FUNCTION history_since(periods tstzmultirange, at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT lower(period) FROM unnest(periods) period WHERE period @> at);
