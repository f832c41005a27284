-- What is there takes the time of this revision, without being written anew; the next revision says better.

ALTER TABLE conflicts ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE conflicts ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER conflicts_written BEFORE UPDATE ON conflicts FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX conflicts_updated ON conflicts (updated_at, id);

ALTER TABLE customers ADD COLUMN updated_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE customers ALTER COLUMN updated_at SET DEFAULT clock_timestamp();
CREATE TRIGGER customers_written BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION stamp_updated_at();
CREATE INDEX customers_updated ON customers (updated_at, id);
