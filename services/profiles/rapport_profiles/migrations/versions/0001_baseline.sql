CREATE TABLE conflict_identifiers (
    conflict_id uuid NOT NULL,
    blind_index bytea NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    sealed bytea NOT NULL,
    source text NOT NULL
);

CREATE TABLE conflict_interactions (
    conflict_id uuid NOT NULL,
    interaction_id uuid NOT NULL,
    detected_at timestamptz NOT NULL
);

CREATE TABLE conflicts (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    last_at timestamptz NOT NULL,
    fingerprint bytea NOT NULL,
    candidates uuid[] NOT NULL,
    rules text[] NOT NULL,
    detected_at timestamptz NOT NULL,
    resolved_at timestamptz,
    resolved_by text,
    customer_id uuid
);
COMMENT ON TABLE conflicts IS 'One row for each set of identifiers that do not agree.';

CREATE TABLE consents (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    purpose text NOT NULL,
    channel text,
    state text NOT NULL,
    said_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    evidence_kind text NOT NULL,
    evidence bytea,
    keyed_by uuid NOT NULL
);

CREATE TABLE customers (
    id uuid NOT NULL,
    version bigint NOT NULL,
    last_at timestamptz NOT NULL,
    kind text NOT NULL,
    stage text NOT NULL,
    source text NOT NULL,
    registered_at timestamptz NOT NULL,
    personal bytea,
    filled text[] NOT NULL
);
COMMENT ON TABLE customers IS 'One row for each customer; nothing of it is readable but codes.';
COMMENT ON COLUMN customers.personal IS 'sealed under the customer''s own key';

CREATE TABLE identifiers (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    blind_index bytea NOT NULL,
    sealed bytea NOT NULL,
    source text NOT NULL,
    added_at timestamptz NOT NULL,
    verified_at timestamptz,
    verified_by text,
    keyed_by uuid NOT NULL
);

CREATE TABLE timeline_entries (
    event_id uuid NOT NULL,
    type text NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    anchor uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    summary jsonb NOT NULL
);
COMMENT ON TABLE timeline_entries IS 'Projection: one line for each event that concerns a customer.';

CREATE TABLE timeline_links (
    subject_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    rank smallint NOT NULL,
    linked_at timestamptz NOT NULL,
    event_id uuid NOT NULL
);
COMMENT ON TABLE timeline_links IS 'Projection: the customer that a contact, a complaint or a conflict belongs to.';

ALTER TABLE conflict_identifiers ADD CONSTRAINT conflict_identifiers_pkey PRIMARY KEY (conflict_id, blind_index);
ALTER TABLE conflict_interactions ADD CONSTRAINT conflict_interactions_pkey PRIMARY KEY (conflict_id, interaction_id);
ALTER TABLE conflicts ADD CONSTRAINT conflicts_pkey PRIMARY KEY (id);
ALTER TABLE consents ADD CONSTRAINT consents_pkey PRIMARY KEY (id);
ALTER TABLE customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE identifiers ADD CONSTRAINT identifiers_pkey PRIMARY KEY (id);
ALTER TABLE timeline_entries ADD CONSTRAINT timeline_entries_pkey PRIMARY KEY (event_id);
ALTER TABLE timeline_links ADD CONSTRAINT timeline_links_pkey PRIMARY KEY (subject_id);

CREATE INDEX customers_registered ON customers USING btree (registered_at, id);
CREATE INDEX customers_stage ON customers USING btree (stage, registered_at, id);
CREATE INDEX customers_kind ON customers USING btree (kind, registered_at, id);
CREATE UNIQUE INDEX identifiers_blind_index ON identifiers USING btree (blind_index);
CREATE INDEX identifiers_customer ON identifiers USING btree (customer_id);
CREATE INDEX consents_customer ON consents USING btree (customer_id, said_at, id);
CREATE UNIQUE INDEX conflicts_fingerprint ON conflicts USING btree (fingerprint);
CREATE INDEX conflicts_detected ON conflicts USING btree (state, detected_at, id);
CREATE INDEX timeline_entries_anchor ON timeline_entries USING btree (anchor, occurred_at, event_id);
CREATE INDEX timeline_links_customer ON timeline_links USING btree (customer_id);
CREATE INDEX conflicts_customer ON conflicts USING btree (customer_id) WHERE (customer_id IS NOT NULL);

ALTER TABLE consents ADD CONSTRAINT consents_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE identifiers ADD CONSTRAINT identifiers_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER customer_follow_insert AFTER INSERT ON conflicts REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON consents REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON identifiers REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON timeline_links REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('subject_id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON conflicts FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON consents FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON identifiers FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON timeline_links FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('subject_id');

INSERT INTO schema_compatibility (branch, compatible_from) VALUES ('service', '0001');
