CREATE TABLE sequences_ahead (
    key uuid PRIMARY KEY,
    ahead bigint NOT NULL
);
COMMENT ON TABLE sequences_ahead IS 'Keys whose facts in the log go further than a restored table: what their numbers are raised by.';
COMMENT ON COLUMN sequences_ahead.key IS 'Kafka key and ce_subject';
COMMENT ON COLUMN sequences_ahead.ahead IS 'added to the version of the aggregate';
