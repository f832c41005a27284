-- Apart from the revision that adds the column, so that readers do not wait for it.
UPDATE quarantine SET updated_at = least(last_at, now());
UPDATE interactions SET updated_at = least(greatest(last_event_at, linked_at, timed_out_at), now());
