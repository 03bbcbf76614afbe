-- Versions and episodes keep their number when they move to the closed tables.
CREATE SEQUENCE history_version_ids;
CREATE SEQUENCE history_episode_ids;
