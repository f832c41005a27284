CREATE TABLE call_events (
    source text NOT NULL,
    event_id text NOT NULL,
    interaction_id uuid NOT NULL,
    call_id text NOT NULL,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    digest bytea NOT NULL,
    data jsonb NOT NULL,
    identifiers jsonb
);
COMMENT ON TABLE call_events IS 'Every pushed event, once. Append-only but for the identifiers.';
COMMENT ON COLUMN call_events.digest IS 'keyed, of the whole event: the same id with another body is a conflict';
COMMENT ON COLUMN call_events.data IS 'the event without its identifiers';
COMMENT ON COLUMN call_events.identifiers IS '[{kind, sealed, mark}]; dropped when the customer is known';

CREATE TABLE fold_queue (
    id bigint NOT NULL,
    interaction_id uuid NOT NULL,
    correlation_id uuid,
    traceparent text
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_insert_scale_factor='0', autovacuum_vacuum_insert_threshold='20000');
COMMENT ON TABLE fold_queue IS 'Interactions that have events which are not folded yet; short-lived.';

ALTER TABLE fold_queue ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME fold_queue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE interactions (
    id uuid NOT NULL,
    version bigint NOT NULL,
    source text NOT NULL,
    call_id text NOT NULL,
    state text NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL,
    mode text NOT NULL,
    outcome text NOT NULL,
    touchpoint text,
    contact_type text,
    queue text,
    agents text[] NOT NULL,
    agent_seconds double precision[] NOT NULL,
    last_agent text,
    transfers integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    last_event_at timestamptz NOT NULL,
    timed_out_at timestamptz,
    wait_seconds double precision NOT NULL,
    ivr_seconds double precision DEFAULT 0 NOT NULL,
    queue_seconds double precision DEFAULT 0 NOT NULL,
    service_seconds double precision DEFAULT 0 NOT NULL,
    hold_seconds double precision DEFAULT 0 NOT NULL,
    after_contact_work_seconds double precision DEFAULT 0 NOT NULL,
    bot_seconds double precision DEFAULT 0 NOT NULL,
    flags text[] NOT NULL,
    segments jsonb NOT NULL,
    announced jsonb NOT NULL,
    presented text[] NOT NULL,
    presented_count integer NOT NULL,
    customer_id uuid,
    link_rule text,
    linked_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL
)
WITH (fillfactor='85');
COMMENT ON TABLE interactions IS 'Contacts as folded from their events.';
COMMENT ON COLUMN interactions.version IS 'of its newest fact on the public topic; grows also when it changes hands by a merge';
COMMENT ON COLUMN interactions.agent_seconds IS 'service seconds of each of `agents`';
COMMENT ON COLUMN interactions.wait_seconds IS 'in queues before the first human answer';
COMMENT ON COLUMN interactions.announced IS 'what was published';
COMMENT ON COLUMN interactions.presented IS 'marks of identifiers given to Profiles; keyed for this contact';
COMMENT ON COLUMN interactions.presented_count IS 'facts on the private topic';

CREATE TABLE notes (
    interaction_id uuid NOT NULL,
    subject uuid NOT NULL,
    content bytea NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz DEFAULT now() NOT NULL
);
COMMENT ON TABLE notes IS 'What an agent wrote about a contact, encrypted.';
COMMENT ON COLUMN notes.subject IS 'whose key it is sealed with: the customer, or the contact until the customer is known';

CREATE TABLE quarantine (
    id uuid NOT NULL,
    version bigint DEFAULT '1'::bigint NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    last_at timestamptz DEFAULT now() NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    place text,
    line integer NOT NULL,
    digest bytea NOT NULL,
    content bytea,
    size integer NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    quarantined_at timestamptz DEFAULT now() NOT NULL,
    settled_at timestamptz,
    settled_by text,
    result text
);
COMMENT ON TABLE quarantine IS 'Pushed items that could not be used.';
COMMENT ON COLUMN quarantine.place IS 'which field, as far as it is one that we know';
COMMENT ON COLUMN quarantine.line IS 'position in its batch, from 0';
COMMENT ON COLUMN quarantine.state IS 'waiting | replayed | dropped';
COMMENT ON COLUMN quarantine.digest IS 'keyed, of reason and content: the same item is kept once';
COMMENT ON COLUMN quarantine.content IS 'the item as it came, encrypted; destroyed when it is settled';
COMMENT ON COLUMN quarantine.times IS 'how often it came';
COMMENT ON COLUMN quarantine.result IS 'of the replay, or the reason of the drop';

ALTER TABLE call_events ADD CONSTRAINT call_events_pkey PRIMARY KEY (source, event_id);
ALTER TABLE fold_queue ADD CONSTRAINT fold_queue_pkey PRIMARY KEY (id);
ALTER TABLE interactions ADD CONSTRAINT interactions_pkey PRIMARY KEY (id);
ALTER TABLE notes ADD CONSTRAINT notes_pkey PRIMARY KEY (interaction_id);
ALTER TABLE quarantine ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

CREATE INDEX call_events_interaction ON call_events USING btree (interaction_id);
CREATE INDEX interactions_started ON interactions USING btree (started_at, id);
CREATE INDEX interactions_customer ON interactions USING btree (customer_id, started_at, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX interactions_queue ON interactions USING btree (queue, started_at, id);
CREATE INDEX interactions_open ON interactions USING btree (last_event_at) WHERE ((ended_at IS NULL) AND (timed_out_at IS NULL));
CREATE INDEX interactions_agents ON interactions USING gin (agents);
CREATE INDEX interactions_flags ON interactions USING btree (started_at, id) WHERE (flags <> '{}'::text[]);
CREATE UNIQUE INDEX quarantine_item ON quarantine USING btree (source, digest);
CREATE INDEX quarantine_time ON quarantine USING btree (quarantined_at, id);
CREATE INDEX quarantine_waiting ON quarantine USING btree (quarantined_at, id) WHERE (state = 'waiting'::text);
CREATE INDEX notes_subject ON notes USING btree (subject);

CREATE TRIGGER customer_follow_insert AFTER INSERT ON interactions REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON interactions FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');

INSERT INTO schema_compatibility (branch, compatible_from) VALUES ('service', '0001');
