-- What is there takes the time of this revision, without being written anew; the next revision says better.

ALTER TABLE quarantine ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE quarantine ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER quarantine_written BEFORE UPDATE ON quarantine FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX quarantine_updated ON quarantine (updated_at, id);

ALTER TABLE interactions ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE interactions ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER interactions_written BEFORE UPDATE ON interactions FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX interactions_updated ON interactions (updated_at, id);
