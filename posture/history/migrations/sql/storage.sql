-- Packed values are compressed already, and digests do not compress: keep PostgreSQL from trying.
ALTER TABLE history_version ALTER COLUMN config SET STORAGE EXTERNAL;
ALTER TABLE history_version ALTER COLUMN known SET STORAGE EXTERNAL;
ALTER TABLE history_version_closed ALTER COLUMN config SET STORAGE EXTERNAL;
ALTER TABLE history_version_closed ALTER COLUMN known SET STORAGE EXTERNAL;
ALTER TABLE history_observed ALTER COLUMN observed SET STORAGE EXTERNAL;
ALTER TABLE history_eventlogmonth ALTER COLUMN columns SET STORAGE EXTERNAL;
ALTER TABLE history_intervallogmonth ALTER COLUMN rows SET STORAGE EXTERNAL;
ALTER TABLE history_accountstate ALTER COLUMN fingerprint SET STORAGE EXTERNAL;

-- Room on each page, so that counts are replaced in place and no index is written.
ALTER TABLE history_tally SET (fillfactor = 70);

-- Rows of these tables are found by their other unique index; nothing refers to their id.
ALTER TABLE history_checkpoint DROP CONSTRAINT history_checkpoint_pkey;
ALTER TABLE history_practicepoint DROP CONSTRAINT history_practicepoint_pkey;
ALTER TABLE history_scopepracticepoint DROP CONSTRAINT history_scopepracticepoint_pkey;
ALTER TABLE history_tally_closed DROP CONSTRAINT history_tally_closed_pkey;
ALTER TABLE history_typepoint DROP CONSTRAINT history_typepoint_pkey;
