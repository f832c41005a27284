ALTER TABLE outbox ADD COLUMN signature text;
COMMENT ON COLUMN outbox.signature IS 'of a fact that destroys; null for all others';
