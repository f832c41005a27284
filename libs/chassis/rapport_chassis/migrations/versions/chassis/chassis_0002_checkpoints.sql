CREATE TABLE published (
    topic text NOT NULL,
    type text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (topic, type)
)
WITH (fillfactor='50');
COMMENT ON TABLE published IS 'How many facts of each type the broker has acknowledged; counted where they leave the outbox.';

CREATE TABLE published_from (
    topic text NOT NULL,
    partition integer NOT NULL,
    first_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
COMMENT ON TABLE published_from IS 'Where counting began on topics that had records before.';

CREATE TABLE checkpoint (
    service text NOT NULL PRIMARY KEY,
    number bigint DEFAULT 0 NOT NULL,
    published bigint DEFAULT 0 NOT NULL,
    recorded_at timestamptz
);
COMMENT ON TABLE checkpoint IS 'The last checkpoint: its number, and how many facts it counted.';
COMMENT ON COLUMN checkpoint.published IS 'without checkpoints';
