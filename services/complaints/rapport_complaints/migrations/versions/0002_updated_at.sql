-- What is there takes the time of this revision, without being written anew; the next revision says better.

ALTER TABLE incidents ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE incidents ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER incidents_written BEFORE UPDATE ON incidents FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX incidents_updated ON incidents (updated_at, id);

ALTER TABLE drills ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE drills ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER drills_written BEFORE UPDATE ON drills FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX drills_updated ON drills (updated_at, id);

ALTER TABLE complaints ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE complaints ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER complaints_written BEFORE UPDATE ON complaints FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX complaints_updated ON complaints (updated_at, id);

ALTER TABLE communications ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE communications ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER communications_written BEFORE UPDATE ON communications FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX communications_updated ON communications (updated_at, id);

ALTER TABLE repairs ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE repairs ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER repairs_written BEFORE UPDATE ON repairs FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX repairs_updated ON repairs (updated_at, id);

ALTER TABLE changes ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE changes ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER changes_written BEFORE UPDATE ON changes FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX changes_updated ON changes (updated_at, id);

ALTER TABLE win_backs ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE win_backs ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER win_backs_written BEFORE UPDATE ON win_backs FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX win_backs_updated ON win_backs (updated_at, id);

ALTER TABLE attachments ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE attachments ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER attachments_written BEFORE UPDATE ON attachments FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX attachments_updated ON attachments (updated_at, id);

ALTER TABLE major_cases ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE major_cases ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER major_cases_written BEFORE UPDATE ON major_cases FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX major_cases_updated ON major_cases (updated_at, id);

ALTER TABLE recovery_cases ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE recovery_cases ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER recovery_cases_written BEFORE UPDATE ON recovery_cases FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX recovery_cases_updated ON recovery_cases (updated_at, id);

ALTER TABLE letters ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE letters ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER letters_written BEFORE UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX letters_updated ON letters (updated_at, id);

ALTER TABLE customer_links ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE customer_links ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER customer_links_written BEFORE UPDATE ON customer_links FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX customer_links_updated ON customer_links (updated_at, id);

ALTER TABLE back_tests ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE back_tests ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER back_tests_written BEFORE UPDATE ON back_tests FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX back_tests_updated ON back_tests (updated_at, id);

-- For the order by severity, from what nobody has judged yet to what is worst.
CREATE INDEX complaints_by_severity ON complaints (
    coalesce(array_position('{low,medium,high,critical}'::text[], severity), 0), id
);

-- For the lists that are narrowed down to one system, or to what it calls a complaint.
CREATE INDEX complaints_source ON complaints (source, received_at, id) WHERE source IS NOT NULL;
CREATE INDEX complaints_external_ref ON complaints (external_ref) WHERE external_ref IS NOT NULL;
