-- What is there takes the time of this revision, without being written anew; the next revision says better.

ALTER TABLE invitations ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE invitations ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER invitations_written BEFORE UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX invitations_updated ON invitations (updated_at, id);

ALTER TABLE follow_ups ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE follow_ups ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER follow_ups_written BEFORE UPDATE ON follow_ups FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX follow_ups_updated ON follow_ups (updated_at, id);

ALTER TABLE surveys ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE surveys ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER surveys_written BEFORE UPDATE ON surveys FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX surveys_updated ON surveys (updated_at, id);
