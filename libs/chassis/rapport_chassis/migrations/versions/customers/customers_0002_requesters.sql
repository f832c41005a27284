ALTER TABLE customer_erasures
    ADD COLUMN requested_by text,
    ADD COLUMN reason text;
COMMENT ON COLUMN customer_erasures.requested_by IS 'an opaque id; null: asked for by an earlier version';
COMMENT ON COLUMN customer_erasures.reason IS 'a code';
