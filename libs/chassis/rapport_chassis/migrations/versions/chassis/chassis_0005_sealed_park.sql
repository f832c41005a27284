ALTER TABLE parked
    ADD COLUMN sealed boolean NOT NULL DEFAULT false,
    ADD COLUMN mentions uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN parked.value IS 'raw bytes as they came, with the headers where sealed; null once settled';
COMMENT ON COLUMN parked.sealed IS 'value is encrypted, headers are in it';
COMMENT ON COLUMN parked.mentions IS 'ids that stand in the value';
