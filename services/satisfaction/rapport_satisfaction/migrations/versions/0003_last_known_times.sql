-- Apart from the revision that adds the column, so that readers do not wait for it.
UPDATE invitations SET updated_at = least(greatest(considered_at, sent_at, opened_at, completed_at), now());
UPDATE follow_ups SET updated_at = least(last_at, now());
