-- A file of a watched folder is imported once, however many watchers hold it for theirs.
CREATE UNIQUE INDEX imports_watched ON imports (account_id, created_by)
    WHERE created_by LIKE 'watched folder %' AND NOT dry_run;
