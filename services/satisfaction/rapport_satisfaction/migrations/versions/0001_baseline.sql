CREATE TABLE complaints (
    complaint_id uuid NOT NULL,
    customer_id uuid,
    interaction_id uuid,
    open boolean NOT NULL,
    sequence bigint NOT NULL
);
COMMENT ON TABLE complaints IS 'Projection: which complaints are open, and whose.';
COMMENT ON COLUMN complaints.sequence IS 'of the newest event that is in here';

CREATE TABLE consents (
    customer_id uuid NOT NULL,
    channel text NOT NULL,
    granted boolean NOT NULL,
    at timestamptz NOT NULL,
    said_by uuid NOT NULL,
    sequence bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE consents IS 'Projection: the latest consent of each customer to being asked (purpose survey).';
COMMENT ON COLUMN consents.customer_id IS 'the same customer at present';
COMMENT ON COLUMN consents.channel IS '`*`: any';
COMMENT ON COLUMN consents.said_by IS 'the customer as known at the time';
COMMENT ON COLUMN consents.sequence IS 'of the event, where two have the same time';

CREATE TABLE decisions (
    invitation_id uuid NOT NULL,
    number integer NOT NULL,
    decision text NOT NULL,
    reason text NOT NULL,
    sentence text NOT NULL,
    rule_version integer NOT NULL,
    throttle_version integer NOT NULL,
    at timestamptz NOT NULL,
    cause uuid
);
COMMENT ON TABLE decisions IS 'Why each customer was or was not asked: the whole trail.';
COMMENT ON COLUMN decisions.cause IS 'the event behind it';

CREATE TABLE emergencies (
    incident_id uuid NOT NULL,
    touchpoints text[] NOT NULL,
    holds boolean NOT NULL,
    began_at timestamptz NOT NULL,
    sequence bigint NOT NULL
);
COMMENT ON TABLE emergencies IS 'Projection: emergencies, and whether surveys are held for them.';
COMMENT ON COLUMN emergencies.touchpoints IS 'empty: everywhere';
COMMENT ON COLUMN emergencies.sequence IS 'of the newest event that is in here';

CREATE TABLE exclusions (
    id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    survey text NOT NULL,
    metric text NOT NULL,
    reason text NOT NULL,
    touchpoint text,
    agent text,
    agents text[] NOT NULL,
    at timestamptz NOT NULL,
    source text,
    ref text
);
COMMENT ON TABLE exclusions IS 'Answers that do not count; an invitation counts once for each reason, however often it is tried.';

CREATE TABLE follow_up_rules (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL,
    reason text NOT NULL
);
COMMENT ON TABLE follow_up_rules IS 'Which customers are called back, and how soon; a version is never changed, a new one is added.';

CREATE TABLE follow_ups (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    last_at timestamptz NOT NULL,
    invitation_id uuid NOT NULL,
    response_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    keyed_by uuid NOT NULL,
    survey text NOT NULL,
    metric text NOT NULL,
    score smallint NOT NULL,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    most_tries smallint NOT NULL,
    tries smallint NOT NULL,
    cause text,
    action text,
    assignee text,
    contacted_at timestamptz,
    escalated_at timestamptz,
    closed_at timestamptz
);
COMMENT ON TABLE follow_ups IS 'Closing the loop with unhappy customers.';
COMMENT ON COLUMN follow_ups.keyed_by IS 'the customer whose key seals the notes; a merge reseals them';

CREATE TABLE invitations (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    survey text NOT NULL,
    rule_key text NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    interaction_id uuid,
    complaint_id uuid,
    customer_id uuid,
    channel text NOT NULL,
    occurred_at timestamptz NOT NULL,
    considered_at timestamptz NOT NULL,
    human boolean NOT NULL,
    imported boolean NOT NULL,
    relationship boolean NOT NULL,
    touchpoint text,
    agent text,
    agents text[] NOT NULL,
    reason text NOT NULL,
    survey_version integer,
    send_after timestamptz,
    sent_at timestamptz,
    reminders smallint NOT NULL,
    expires_at timestamptz,
    token_hash bytea,
    opened_at timestamptz,
    completed_at timestamptz
);
COMMENT ON TABLE invitations IS 'One candidate each: a contact and a survey, whatever was decided.';
COMMENT ON COLUMN invitations.subject IS 'interaction | complaint | recovery';
COMMENT ON COLUMN invitations.agent IS 'last human handler';
COMMENT ON COLUMN invitations.agents IS 'all human handlers in order';
COMMENT ON COLUMN invitations.token_hash IS 'SHA-256 of the link''s token; the token itself is nowhere';

CREATE TABLE responses (
    id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    survey text NOT NULL,
    survey_version integer NOT NULL,
    metric text NOT NULL,
    score smallint NOT NULL,
    band text NOT NULL,
    ratings jsonb NOT NULL,
    comments bytea,
    customer_id uuid,
    interaction_id uuid,
    complaint_id uuid,
    touchpoint text,
    agent text,
    agents text[] NOT NULL,
    answered_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    source text,
    ref text,
    keyed_by uuid NOT NULL,
    CONSTRAINT responses_origin_whole CHECK (((source IS NULL) = (ref IS NULL)))
);
COMMENT ON TABLE responses IS 'Valid answers.';
COMMENT ON COLUMN responses.invitation_id IS 'imported answers have one of their own';
COMMENT ON COLUMN responses.comments IS 'sealed';
COMMENT ON COLUMN responses.keyed_by IS 'the customer who answered, or the answer itself if unknown';

CREATE TABLE surveys (
    id uuid NOT NULL,
    version bigint NOT NULL,
    key text NOT NULL,
    versions jsonb NOT NULL
);
COMMENT ON TABLE surveys IS 'Surveys with all their versions.';
COMMENT ON COLUMN surveys.versions IS '[{number, definition, created_at, published_at}]';

CREATE TABLE throttle_rules (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL,
    reason text NOT NULL
);
COMMENT ON TABLE throttle_rules IS 'How often a customer may be asked; a version is never changed, a new one is added.';

CREATE TABLE trigger_rules (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL,
    reason text NOT NULL
);
COMMENT ON TABLE trigger_rules IS 'After which event which survey is sent; a version is never changed, a new one is added.';

ALTER TABLE complaints ADD CONSTRAINT complaints_pkey PRIMARY KEY (complaint_id);
ALTER TABLE consents ADD CONSTRAINT consents_pkey PRIMARY KEY (said_by, channel);
ALTER TABLE decisions ADD CONSTRAINT decisions_pkey PRIMARY KEY (invitation_id, number);
ALTER TABLE emergencies ADD CONSTRAINT emergencies_pkey PRIMARY KEY (incident_id);
ALTER TABLE exclusions ADD CONSTRAINT exclusions_once UNIQUE (invitation_id, reason);
ALTER TABLE exclusions ADD CONSTRAINT exclusions_pkey PRIMARY KEY (id);
ALTER TABLE follow_up_rules ADD CONSTRAINT follow_up_rules_pkey PRIMARY KEY (code, version);
ALTER TABLE follow_ups ADD CONSTRAINT follow_ups_invitation_id_key UNIQUE (invitation_id);
ALTER TABLE follow_ups ADD CONSTRAINT follow_ups_pkey PRIMARY KEY (id);
ALTER TABLE invitations ADD CONSTRAINT invitations_once UNIQUE (rule_key, subject_id);
ALTER TABLE invitations ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);
ALTER TABLE responses ADD CONSTRAINT responses_invitation_id_key UNIQUE (invitation_id);
ALTER TABLE responses ADD CONSTRAINT responses_pkey PRIMARY KEY (id);
ALTER TABLE surveys ADD CONSTRAINT surveys_key_key UNIQUE (key);
ALTER TABLE surveys ADD CONSTRAINT surveys_pkey PRIMARY KEY (id);
ALTER TABLE throttle_rules ADD CONSTRAINT throttle_rules_pkey PRIMARY KEY (code, version);
ALTER TABLE trigger_rules ADD CONSTRAINT trigger_rules_pkey PRIMARY KEY (code, version);

CREATE INDEX complaints_open_customer ON complaints USING btree (customer_id) WHERE open;
CREATE INDEX complaints_open_interaction ON complaints USING btree (interaction_id) WHERE open;
CREATE INDEX exclusions_metric ON exclusions USING btree (metric, at);
CREATE UNIQUE INDEX exclusions_origin ON exclusions USING btree (source, ref) WHERE (source IS NOT NULL);
CREATE INDEX exclusions_survey ON exclusions USING btree (survey, at);
CREATE INDEX follow_ups_customer ON follow_ups USING btree (customer_id);
CREATE INDEX follow_ups_due ON follow_ups USING btree (due_at, id);
CREATE INDEX follow_ups_state ON follow_ups USING btree (state, due_at, id);
CREATE INDEX invitations_complaint ON invitations USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);
CREATE INDEX invitations_customer ON invitations USING btree (customer_id, considered_at);
CREATE INDEX invitations_interaction ON invitations USING btree (interaction_id) WHERE (interaction_id IS NOT NULL);
CREATE INDEX invitations_recent ON invitations USING btree (considered_at, id);
CREATE INDEX invitations_sent ON invitations USING btree (survey, sent_at) WHERE (sent_at IS NOT NULL);
CREATE INDEX invitations_state ON invitations USING btree (state, considered_at, id);
CREATE UNIQUE INDEX invitations_token ON invitations USING btree (token_hash) WHERE (token_hash IS NOT NULL);
CREATE INDEX responses_customer ON responses USING btree (customer_id) WHERE (customer_id IS NOT NULL);
CREATE INDEX responses_metric ON responses USING btree (metric, answered_at);
CREATE UNIQUE INDEX responses_origin ON responses USING btree (source, ref) WHERE (source IS NOT NULL);
CREATE INDEX responses_recent ON responses USING btree (answered_at, id);
CREATE INDEX responses_survey ON responses USING btree (survey, answered_at, id);
CREATE INDEX emergencies_holding ON emergencies USING btree (incident_id) WHERE holds;
CREATE INDEX consents_customer ON consents USING btree (customer_id);

CREATE TRIGGER customer_follow_insert AFTER INSERT ON complaints REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('complaint_id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON consents REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('said_by');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON follow_ups REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON invitations REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON responses REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON complaints FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('complaint_id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON consents FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('said_by');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON follow_ups FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON invitations FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON responses FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');

INSERT INTO schema_compatibility (branch, compatible_from) VALUES ('service', '0001');
