CREATE TABLE customer_erasures (
    erasure_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subjects uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    held_by jsonb DEFAULT '{}'::jsonb NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    keys integer DEFAULT 0 NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    correlation_id uuid,
    causation_id uuid,
    taken_at timestamptz DEFAULT now() NOT NULL,
    checked_at timestamptz,
    done_at timestamptz
);
COMMENT ON TABLE customer_erasures IS 'Who is to be forgotten here, and how far that is.';
COMMENT ON COLUMN customer_erasures.customer_id IS 'as asked for';
COMMENT ON COLUMN customer_erasures.subjects IS 'the customer and all who were merged into them';
COMMENT ON COLUMN customer_erasures.state IS 'pending | held | erasing | done';
COMMENT ON COLUMN customer_erasures.held_by IS 'what has to end first, counted';
COMMENT ON COLUMN customer_erasures.counts IS 'rows by table';
COMMENT ON COLUMN customer_erasures.keys IS 'data keys destroyed';
COMMENT ON COLUMN customer_erasures.sequence IS 'of the newest receipt';
COMMENT ON COLUMN customer_erasures.causation_id IS 'the event that asked for it';
COMMENT ON COLUMN customer_erasures.done_at IS 'for the last time';

CREATE TABLE customer_merges (
    merge_id uuid NOT NULL,
    survivor uuid NOT NULL,
    absorbed uuid NOT NULL,
    state text NOT NULL,
    returned uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    kept uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    correlation_id uuid,
    causation_id uuid,
    taken_at timestamptz DEFAULT now() NOT NULL,
    done_at timestamptz
);
COMMENT ON TABLE customer_merges IS 'Merges that we heard of. A split is a state of its merge, also when it comes first.';
COMMENT ON COLUMN customer_merges.state IS 'moving | moved | returning | returned | void: changes nothing';
COMMENT ON COLUMN customer_merges.returned IS 'go back although they came since';
COMMENT ON COLUMN customer_merges.kept IS 'stay although they came before';
COMMENT ON COLUMN customer_merges.counts IS 'rows by table, of the present state';
COMMENT ON COLUMN customer_merges.causation_id IS 'the event that asked for it';

CREATE TABLE customer_moves (
    relation text NOT NULL,
    row_key uuid NOT NULL,
    origin uuid NOT NULL
);
COMMENT ON TABLE customer_moves IS 'Rows that belong to somebody else than they were said of: what a split brings back.';
COMMENT ON COLUMN customer_moves.origin IS 'of whom it was said';

ALTER TABLE customer_erasures ADD CONSTRAINT customer_erasures_pkey PRIMARY KEY (erasure_id);
ALTER TABLE customer_merges ADD CONSTRAINT customer_merges_pkey PRIMARY KEY (merge_id);
ALTER TABLE customer_moves ADD CONSTRAINT customer_moves_pkey PRIMARY KEY (relation, row_key);

CREATE UNIQUE INDEX customer_merges_absorbed ON customer_merges USING btree (absorbed) WHERE (state = ANY ('{moving,moved}'::text[]));
CREATE INDEX customer_merges_survivor ON customer_merges USING btree (survivor);
CREATE INDEX customer_merges_due ON customer_merges USING btree (taken_at) WHERE (state = ANY ('{moving,returning}'::text[]));
CREATE INDEX customer_moves_origin ON customer_moves USING btree (origin, relation);
CREATE INDEX customer_erasures_subjects ON customer_erasures USING gin (subjects);
CREATE INDEX customer_erasures_due ON customer_erasures USING btree (taken_at) WHERE (state <> 'done'::text);

CREATE FUNCTION customer_came_late(persons uuid[]) RETURNS void
    LANGUAGE sql
    AS $$
        UPDATE customer_erasures SET state = 'pending', taken_at = now() WHERE subjects && persons AND state = 'done'
    $$;

CREATE FUNCTION customer_family(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
        WITH RECURSIVE family(id) AS (
            SELECT person
            UNION
            SELECT m.absorbed FROM family f JOIN customer_merges m ON m.survivor = f.id
            WHERE m.state = ANY ('{moving,moved}'::text[])
        ) SELECT id FROM family
    $$;

CREATE FUNCTION customer_follow_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE late uuid[];
    BEGIN
        IF current_setting('rapport.following', true) = 'on' THEN RETURN NULL; END IF;
        PERFORM pg_advisory_xact_lock_shared(7270012);
        PERFORM customer_give(TG_TABLE_NAME, TG_ARGV[0], (to_jsonb(a) ->> TG_ARGV[0])::uuid, a.customer_id)
        FROM added a JOIN customer_merges m ON m.absorbed = a.customer_id AND m.state = ANY ('{moving,moved}'::text[]);
        SELECT array_agg(d.subject) INTO late FROM (
            SELECT customer_id FROM added
            UNION SELECT customer_root(a.customer_id) FROM added a JOIN customer_merges m ON m.absorbed = a.customer_id
        ) AS whose(id) JOIN data_keys d ON d.subject = whose.id WHERE d.wrapped IS NULL;
        IF late IS NOT NULL THEN PERFORM customer_came_late(late); END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION customer_follow_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE place uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid; root uuid;
    BEGIN
        IF current_setting('rapport.following', true) = 'on' THEN RETURN NULL; END IF;
        PERFORM pg_advisory_xact_lock_shared(7270012);
        DELETE FROM customer_moves WHERE relation = TG_TABLE_NAME AND row_key = place;
        IF NEW.customer_id IS NULL THEN RETURN NULL; END IF;
        root := customer_root(NEW.customer_id);
        IF root <> NEW.customer_id THEN
            PERFORM customer_give(TG_TABLE_NAME, TG_ARGV[0], place, NEW.customer_id);
        END IF;
        IF EXISTS (SELECT FROM data_keys WHERE subject IN (root, NEW.customer_id) AND wrapped IS NULL) THEN
            PERFORM customer_came_late(ARRAY[root, NEW.customer_id]);
        END IF;
        RETURN NULL;
    END $$;

CREATE FUNCTION customer_give(relation text, key text, place uuid, said uuid) RETURNS void
    LANGUAGE plpgsql
    AS $_$
    BEGIN
        INSERT INTO customer_moves (relation, row_key, origin) VALUES (relation, place, said)
        ON CONFLICT ON CONSTRAINT customer_moves_pkey DO UPDATE SET origin = excluded.origin;
        EXECUTE format('UPDATE %I SET customer_id = $1 WHERE %I = $2 AND customer_id = $3', relation, key)
        USING customer_root(said), place, said;
    END $_$;

CREATE FUNCTION customer_root(person uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $$
    DECLARE onward uuid;
    BEGIN
        LOOP
            SELECT survivor INTO onward FROM customer_merges
            WHERE absorbed = person AND state = ANY ('{moving,moved}'::text[]);
            EXIT WHEN NOT FOUND;
            person := onward;
        END LOOP;
        RETURN person;
    END $$;

INSERT INTO schema_compatibility (branch, compatible_from) VALUES ('customers', 'customers_0001');
