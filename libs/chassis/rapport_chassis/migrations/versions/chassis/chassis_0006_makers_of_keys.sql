ALTER TABLE machine_keys ADD COLUMN created_by text;
COMMENT ON COLUMN machine_keys.created_by IS 'id of the person; null: made by an earlier version';
