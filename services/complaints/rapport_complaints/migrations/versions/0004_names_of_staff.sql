CREATE TABLE staff_names (
    staff_id text NOT NULL,
    name text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
COMMENT ON TABLE staff_names IS 'What the staff are called; in no version, event or history, so that a name can be removed.';
ALTER TABLE staff_names ADD CONSTRAINT staff_names_pkey PRIMARY KEY (staff_id);
