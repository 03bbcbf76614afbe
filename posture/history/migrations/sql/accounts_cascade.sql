-- An account that is deleted takes its history along, inside the database: nothing is fetched.
ALTER TABLE history_resource ADD CONSTRAINT history_resource_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_version ADD CONSTRAINT history_version_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_version_closed ADD CONSTRAINT history_version_closed_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_observed ADD CONSTRAINT history_observed_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_finding ADD CONSTRAINT history_finding_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_finding_closed ADD CONSTRAINT history_finding_closed_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_tally ADD CONSTRAINT history_tally_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
ALTER TABLE history_tally_closed ADD CONSTRAINT history_tally_closed_account
    FOREIGN KEY (account_id) REFERENCES accounts_awsaccount (id) ON DELETE CASCADE;
