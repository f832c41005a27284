-- Apart from the revision that adds the column, so that readers do not wait for it.
UPDATE conflicts SET updated_at = least(last_at, now());
UPDATE customers SET updated_at = least(last_at, now());
