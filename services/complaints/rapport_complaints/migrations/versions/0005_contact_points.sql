CREATE TABLE contact_points (
    blind_index bytea NOT NULL,
    complaint_id uuid NOT NULL
);
COMMENT ON TABLE contact_points IS 'What the contact of a complaint is found by; goes with an erasure.';
COMMENT ON COLUMN contact_points.blind_index IS 'of the phone number or e-mail address';
ALTER TABLE contact_points ADD CONSTRAINT contact_points_pkey PRIMARY KEY (blind_index, complaint_id);
ALTER TABLE contact_points ADD CONSTRAINT contact_points_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints (id);
CREATE INDEX contact_points_complaint ON contact_points (complaint_id);

-- The contacts of what was filed before are sealed: a timer opens them, a portion at a time.
INSERT INTO timers (kind, key, due, payload, next_try)
SELECT 'contact-points.fill', 'complaints', now(), '{}', now() WHERE EXISTS (SELECT FROM complaints);
