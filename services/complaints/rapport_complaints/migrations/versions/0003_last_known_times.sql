-- Apart from the revision that adds the column, so that readers do not wait for it.
UPDATE incidents SET updated_at = least(last_at, now());
UPDATE drills SET updated_at = least(last_at, now());
UPDATE complaints SET updated_at = least(last_at, now());
UPDATE communications SET updated_at = least(recorded_at, now());
UPDATE repairs SET updated_at = least(last_at, now());
UPDATE changes SET updated_at = least(last_at, now());
UPDATE win_backs SET updated_at = least(last_at, now());
UPDATE attachments SET updated_at = least(added_at, now());
UPDATE major_cases SET updated_at = least(last_at, now());
UPDATE recovery_cases SET updated_at = least(last_at, now());
UPDATE letters SET updated_at = least(issued_at, now());
UPDATE customer_links SET updated_at = least(greatest(created_at, used_at), now());
UPDATE back_tests SET updated_at = least(last_at, now());
