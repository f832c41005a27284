ALTER TABLE invitations ADD COLUMN remind_after timestamptz;
-- The shipped gap. When the last reminder went out is not known, but not before the first message.
UPDATE invitations SET remind_after = sent_at + interval '2 days' WHERE state IN ('sent', 'opened');
