CREATE TABLE assignment_rules (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE assignment_rules IS 'Who gets what; a version is never changed, a new one is added.';

CREATE TABLE attachments (
    id uuid NOT NULL,
    version bigint NOT NULL,
    complaint_id uuid NOT NULL,
    kind text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    reference bytea NOT NULL,
    name bytea,
    added_at timestamptz NOT NULL,
    by text NOT NULL
);
COMMENT ON TABLE attachments IS 'Files that lie elsewhere; never fetched.';
COMMENT ON COLUMN attachments.reference IS 'sealed';
COMMENT ON COLUMN attachments.name IS 'sealed';

CREATE TABLE authority_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE authority_policies IS 'Who may award how much; a version is never changed, a new one is added.';

CREATE TABLE back_test_changes (
    id bigint NOT NULL,
    back_test_id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    clock_id uuid,
    policy text,
    before text NOT NULL,
    after text NOT NULL,
    due_before timestamptz,
    due_after timestamptz
);
COMMENT ON TABLE back_test_changes IS 'The limits that would have ended otherwise, in the order of receipt.';
COMMENT ON COLUMN back_test_changes.clock_id IS 'null: it had no clock';
COMMENT ON COLUMN back_test_changes.policy IS 'what holds; null: no limit';

ALTER TABLE back_test_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME back_test_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE back_tests (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    policy text NOT NULL,
    pack text,
    body jsonb NOT NULL,
    received_from timestamptz NOT NULL,
    received_before timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    total integer NOT NULL,
    done_complaints integer NOT NULL,
    n integer NOT NULL,
    changed integer NOT NULL,
    newly_breached integer NOT NULL,
    newly_met integer NOT NULL,
    breached_before integer NOT NULL,
    breached_after integer NOT NULL,
    excluded jsonb NOT NULL,
    cursor_at timestamptz,
    cursor_id uuid,
    ended_at timestamptz
);
COMMENT ON TABLE back_tests IS 'One row for each back-test; the sums grow while it runs.';
COMMENT ON COLUMN back_tests.policy IS 'the code that it would have';

CREATE TABLE calendars (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE calendars IS 'Business calendars; a version is never changed, a new one is added.';

CREATE SEQUENCE change_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE changes (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    owner text NOT NULL,
    dimension text NOT NULL,
    "group" text NOT NULL,
    trend_id uuid,
    complaints uuid[] NOT NULL,
    steps jsonb NOT NULL,
    effects jsonb NOT NULL,
    verdict text,
    round integer NOT NULL,
    late_steps integer NOT NULL,
    standard text,
    proposed_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    due_at timestamptz,
    unfrozen_at timestamptz,
    started_at timestamptz,
    refrozen_at timestamptz,
    ended_at timestamptz
);
COMMENT ON TABLE changes IS 'One row for each change; due_at is the earliest of its open steps.';
COMMENT ON COLUMN changes."group" IS 'the code whose complaints are to become fewer';
COMMENT ON COLUMN changes.trend_id IS 'the trend that led to it; of old runs only what rose is kept';
COMMENT ON COLUMN changes.verdict IS 'of the effect recorded last of what binds now';

CREATE TABLE clocks (
    id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    kind text NOT NULL,
    episode integer NOT NULL,
    state text NOT NULL,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    calendar text NOT NULL,
    calendar_version integer NOT NULL,
    target_amount integer NOT NULL,
    target_unit text NOT NULL,
    warn_percent integer NOT NULL,
    started_at timestamptz NOT NULL,
    due_at timestamptz,
    warn_at timestamptz,
    warned_at timestamptz,
    breached_at timestamptz,
    ended_at timestamptz,
    in_time boolean,
    pauses jsonb NOT NULL,
    past_dues jsonb NOT NULL,
    extended integer DEFAULT 0 NOT NULL
);
COMMENT ON TABLE clocks IS 'Some for each episode and policy; the policy version is pinned, old due times are kept.';
COMMENT ON COLUMN clocks.extended IS 'in the unit of the target';

CREATE TABLE communications (
    id uuid NOT NULL,
    version bigint NOT NULL,
    complaint_id uuid NOT NULL,
    direction text NOT NULL,
    channel text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    by text NOT NULL,
    letter_id uuid,
    words bytea
);
COMMENT ON TABLE communications IS 'What was said to and by the customer; never changed.';
COMMENT ON COLUMN communications.words IS 'sealed';

CREATE TABLE compensation_budgets (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE compensation_budgets IS 'How much may be awarded; a version is never changed, a new one is added.';

CREATE TABLE compensation_ledger (
    id uuid NOT NULL,
    recovery_id uuid NOT NULL,
    compensation_id uuid NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    amount numeric(14,2) NOT NULL,
    reverses uuid,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text
);
COMMENT ON TABLE compensation_ledger IS 'What became of money; append-only, its sum is the truth.';
COMMENT ON COLUMN compensation_ledger.id IS 'time-ordered';
COMMENT ON COLUMN compensation_ledger.kind IS 'award, payment, reversal';
COMMENT ON COLUMN compensation_ledger.amount IS 'above zero; a reversal counts the other way';
COMMENT ON COLUMN compensation_ledger.reverses IS 'the entry that a reversal takes back';

CREATE TABLE compensations (
    id uuid NOT NULL,
    recovery_id uuid NOT NULL,
    plan integer NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    amount numeric(14,2) NOT NULL,
    state text NOT NULL,
    awarded_at timestamptz NOT NULL,
    entry uuid NOT NULL,
    payment uuid
);
COMMENT ON TABLE compensations IS 'Amounts that plans award; what became of the money says the ledger.';
COMMENT ON COLUMN compensations.id IS 'time-ordered';
COMMENT ON COLUMN compensations.entry IS 'the award in the ledger';
COMMENT ON COLUMN compensations.payment IS 'the payment in the ledger';

CREATE SEQUENCE complaint_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE complaints (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    episode integer NOT NULL,
    channel text NOT NULL,
    category text NOT NULL,
    severity text,
    complex boolean NOT NULL,
    customer_id uuid,
    interaction_id uuid,
    touchpoint text,
    subject_staff text[] NOT NULL,
    recurrence_of uuid,
    source text,
    external_ref text,
    flags text[] NOT NULL,
    keyed_by uuid NOT NULL,
    problem bytea,
    remedy_sought bytea,
    contact bytea,
    policy text,
    policy_version integer,
    reopen_grace_days integer NOT NULL,
    attempts_needed integer NOT NULL,
    assignee text,
    handlers text[] NOT NULL,
    promised_until timestamptz,
    cause text,
    latent_risk boolean,
    proposals integer NOT NULL,
    remedy text,
    attempts integer NOT NULL,
    outcome text,
    received_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    due_at timestamptz,
    acknowledged_at timestamptz,
    accepted_at timestamptz,
    first_resolved_at timestamptz,
    resolved_at timestamptz,
    feedback_at timestamptz,
    closed_at timestamptz,
    withdrawn_at timestamptz,
    subject_unit text,
    duplicate_of uuid,
    transferred_to text,
    vulnerability bytea,
    deciders text[] DEFAULT '{}'::text[] NOT NULL,
    barred text[] DEFAULT '{}'::text[] NOT NULL,
    grounds text[] DEFAULT '{}'::text[] NOT NULL,
    appeals integer DEFAULT 0 NOT NULL,
    follow_up_days integer,
    not_upheld_at timestamptz,
    appealed_at timestamptz,
    follow_up_at timestamptz,
    followed_up_at timestamptz,
    ended_at timestamptz,
    category_version integer,
    source_category text,
    product text,
    cause_version integer,
    cause_at timestamptz,
    began_at timestamptz,
    refusals integer DEFAULT 0 NOT NULL,
    waiting_since timestamptz,
    waited_seconds integer DEFAULT 0 NOT NULL,
    escalation_level integer DEFAULT 0 NOT NULL,
    escalation_steps text[] DEFAULT '{}'::text[] NOT NULL,
    held_by uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    amount numeric(14,2),
    currency text,
    pending_remedy text,
    pending_amount numeric(14,2),
    pending_currency text,
    pending_by text,
    pending_at timestamptz,
    handling bytea
);
COMMENT ON TABLE complaints IS 'One row for each complaint; due_at is the earliest of its running clocks.';
COMMENT ON COLUMN complaints.number IS 'what people say on the phone';
COMMENT ON COLUMN complaints.subject_staff IS 'whom it is about; may not handle it';
COMMENT ON COLUMN complaints.source IS 'the system it was imported from';
COMMENT ON COLUMN complaints.external_ref IS 'its identity there';
COMMENT ON COLUMN complaints.keyed_by IS 'customer, or the complaint itself while the customer is unknown';
COMMENT ON COLUMN complaints.problem IS 'sealed';
COMMENT ON COLUMN complaints.remedy_sought IS 'sealed';
COMMENT ON COLUMN complaints.contact IS 'sealed';
COMMENT ON COLUMN complaints.policy_version IS 'pinned when its clocks started';
COMMENT ON COLUMN complaints.transferred_to IS 'who answers for it now, outside of this service';
COMMENT ON COLUMN complaints.vulnerability IS 'sealed';
COMMENT ON COLUMN complaints.deciders IS 'of the present decision';
COMMENT ON COLUMN complaints.barred IS 'handled it before an appeal was upheld';
COMMENT ON COLUMN complaints.grounds IS 'why it is not upheld';
COMMENT ON COLUMN complaints.follow_up_days IS 'pinned with the policy';
COMMENT ON COLUMN complaints.category_version IS 'of the taxonomy that it was classified under';
COMMENT ON COLUMN complaints.source_category IS 'what the system it comes from calls it';
COMMENT ON COLUMN complaints.cause_version IS 'of the taxonomy that it was taken from';
COMMENT ON COLUMN complaints.refusals IS 'of the present episode';
COMMENT ON COLUMN complaints.waited_seconds IS 'of the present episode, what is over';
COMMENT ON COLUMN complaints.escalation_level IS '0: it is not escalated';
COMMENT ON COLUMN complaints.escalation_steps IS 'taken in the present episode';
COMMENT ON COLUMN complaints.held_by IS 'emergencies that hold its clocks';
COMMENT ON COLUMN complaints.amount IS 'what the proposal costs';
COMMENT ON COLUMN complaints.pending_remedy IS 'waits for somebody with more authority';
COMMENT ON COLUMN complaints.handling IS 'sealed: tags of the complainant';

CREATE TABLE customer_links (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    purpose text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    by text NOT NULL,
    complaint_id uuid,
    customer_id uuid,
    interaction_id uuid,
    touchpoint text,
    category text,
    used_at timestamptz
);
COMMENT ON TABLE customer_links IS 'Links that open a page for a customer without an account.';
COMMENT ON COLUMN customer_links.token_hash IS 'SHA-256; the token itself is kept nowhere';

CREATE SEQUENCE drill_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE drills (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    plan text NOT NULL,
    plan_version integer NOT NULL,
    planned_for timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    participants integer,
    gaps jsonb NOT NULL,
    held_at timestamptz,
    closed_at timestamptz
);
COMMENT ON TABLE drills IS 'One row for each drill of an emergency plan.';

CREATE TABLE durations (
    complaint_id uuid NOT NULL,
    acknowledged_at timestamptz,
    answered_at timestamptz,
    closed_at timestamptz,
    acknowledge_seconds double precision,
    answer_seconds double precision,
    close_seconds double precision
);
COMMENT ON TABLE durations IS 'When each thing happened first, and how long it took; written by a timer, can be reckoned anew.';
COMMENT ON COLUMN durations.acknowledge_seconds IS 'business seconds from receipt; null: no clock says which hours count';
COMMENT ON COLUMN durations.answer_seconds IS 'the same';
COMMENT ON COLUMN durations.close_seconds IS 'the same';

CREATE TABLE emergency_plans (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE emergency_plans IS 'Emergency plans; a version is never changed, a new one is added.';

CREATE TABLE emergency_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE emergency_policies IS 'Levels; a version is never changed, a new one is added.';

CREATE TABLE escalation_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE escalation_policies IS 'The ladder; a version is never changed, a new one is added.';

CREATE TABLE escalations (
    id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    episode integer NOT NULL,
    level integer NOT NULL,
    trigger text NOT NULL,
    step text,
    policy_version integer,
    to_kind text NOT NULL,
    to_code text NOT NULL,
    reason text,
    actor text NOT NULL,
    triggered_at timestamptz NOT NULL,
    escalated_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text
);
COMMENT ON TABLE escalations IS 'Every time that a complaint was brought before somebody; it ends with the complaint.';
COMMENT ON COLUMN escalations.id IS 'time-ordered';
COMMENT ON COLUMN escalations.step IS 'of the ladder; null: by hand';
COMMENT ON COLUMN escalations.policy_version IS 'of the ladder';
COMMENT ON COLUMN escalations.outcome IS 'how the complaint ended';

CREATE TABLE findings (
    id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    move_id uuid NOT NULL,
    part text NOT NULL,
    kind text NOT NULL,
    reference_id uuid,
    words bytea,
    salt bytea,
    digest bytea
);
COMMENT ON TABLE findings IS 'What steps of the investigation rest on, and how root causes were found.';
COMMENT ON COLUMN findings.id IS 'time-ordered: the order in which they were said';
COMMENT ON COLUMN findings.part IS 'evidence, why, branch';
COMMENT ON COLUMN findings.reference_id IS 'a contact, file, communication or complaint';
COMMENT ON COLUMN findings.words IS 'sealed';
COMMENT ON COLUMN findings.salt IS 'sealed; of the digest';
COMMENT ON COLUMN findings.digest IS 'of salt and words; stands in the chain of the history';

CREATE TABLE handling_guides (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE handling_guides IS 'What helps with complainants; a version is never changed, a new one is added.';

CREATE TABLE incident_complaints (
    incident_id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    automatic boolean NOT NULL,
    linked_at timestamptz NOT NULL,
    linked_by text NOT NULL,
    unlinked_at timestamptz,
    unlinked_by text
);
COMMENT ON TABLE incident_complaints IS 'Complaints of incidents; one taken out stays and is not put in again.';

CREATE SEQUENCE incident_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE incident_types (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE incident_types IS 'Types of incidents; a version is never changed, a new one is added.';

CREATE TABLE incidents (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    incident_type text NOT NULL,
    type_version integer NOT NULL,
    level integer,
    touchpoints text[] NOT NULL,
    categories text[] NOT NULL,
    reported_at timestamptz NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    last_at timestamptz NOT NULL,
    policy text,
    policy_version integer,
    holds_surveys boolean NOT NULL,
    update_minutes integer,
    next_update_at timestamptz,
    updates integer NOT NULL,
    missed_updates integer NOT NULL,
    missed_in_a_row integer NOT NULL,
    plan text,
    plan_version integer,
    checklist jsonb NOT NULL,
    cause text,
    declared_at timestamptz,
    contained_at timestamptz,
    restored_at timestamptz,
    reviewed_at timestamptz,
    closed_at timestamptz,
    holds_clocks boolean DEFAULT false NOT NULL,
    clocks_at timestamptz
);
COMMENT ON TABLE incidents IS 'One row for each incident; next_update_at is set while it is an emergency.';
COMMENT ON COLUMN incidents.policy_version IS 'pinned when it was declared';
COMMENT ON COLUMN incidents.checklist IS 'copied from the plan when it was activated';

CREATE TABLE interactions (
    interaction_id uuid NOT NULL,
    sequence bigint NOT NULL,
    customer_id uuid,
    touchpoint text,
    channel text,
    last_agent text,
    started_at timestamptz
);
COMMENT ON TABLE interactions IS 'Projection of what Interactions publishes; can be rebuilt from the topic.';

CREATE TABLE letter_templates (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE letter_templates IS 'Templates of letters; a version is never changed, a new one is added.';

CREATE TABLE letters (
    id uuid NOT NULL,
    version bigint NOT NULL,
    complaint_id uuid NOT NULL,
    template text NOT NULL,
    template_version integer NOT NULL,
    language text NOT NULL,
    kind text NOT NULL,
    media_type text NOT NULL,
    issued_at timestamptz NOT NULL,
    by text NOT NULL,
    subject bytea NOT NULL,
    body bytea NOT NULL,
    addressee bytea
);
COMMENT ON TABLE letters IS 'Letters as they were issued; never changed.';
COMMENT ON COLUMN letters.subject IS 'sealed';
COMMENT ON COLUMN letters.body IS 'sealed';
COMMENT ON COLUMN letters.addressee IS 'sealed';

CREATE TABLE major_cases (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    complaint_id uuid NOT NULL,
    rule text,
    cause text,
    reason text,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    declared_by text NOT NULL,
    told text[] NOT NULL,
    steps jsonb NOT NULL,
    late_steps integer NOT NULL,
    declared_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    next_due_at timestamptz,
    ended_at timestamptz,
    outcome text
);
COMMENT ON TABLE major_cases IS 'One row for each time that a complaint was declared major; next_due_at is the earliest of its open steps.';
COMMENT ON COLUMN major_cases.id IS 'time-ordered';
COMMENT ON COLUMN major_cases.rule IS 'null: declared by hand';
COMMENT ON COLUMN major_cases.cause IS 'of the complaint when it was declared';
COMMENT ON COLUMN major_cases.told IS 'roles';

CREATE TABLE major_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE major_policies IS 'What is a major complaint; a version is never changed, a new one is added.';

CREATE TABLE recovery_cases (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    failure text NOT NULL,
    category text NOT NULL,
    unit text,
    customer_id uuid,
    complaint_id uuid,
    keyed_by uuid NOT NULL,
    subject_staff text[] DEFAULT '{}'::text[] NOT NULL,
    participants text[] DEFAULT '{}'::text[] NOT NULL,
    plan integer NOT NULL,
    remedies text[] DEFAULT '{}'::text[] NOT NULL,
    proposed_by text,
    authority_version integer,
    policy_version integer,
    approved_by text,
    identified_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    proposed_at timestamptz,
    approved_at timestamptz,
    expires_at timestamptz,
    offered_at timestamptz,
    accepted_at timestamptz,
    executed_at timestamptz,
    asked uuid,
    metric text,
    value double precision,
    judged_at timestamptz,
    ended_at timestamptz
);
COMMENT ON TABLE recovery_cases IS 'One row for each recovery case.';
COMMENT ON COLUMN recovery_cases.keyed_by IS 'customer, or the case itself while the customer is unknown';
COMMENT ON COLUMN recovery_cases.subject_staff IS 'whom it is about';
COMMENT ON COLUMN recovery_cases.participants IS 'may not judge it';
COMMENT ON COLUMN recovery_cases.plan IS 'how many were made';
COMMENT ON COLUMN recovery_cases.remedies IS 'of the present plan';
COMMENT ON COLUMN recovery_cases.authority_version IS 'of the limits it was proposed or approved under';
COMMENT ON COLUMN recovery_cases.policy_version IS 'of the recovery policy it was approved under';
COMMENT ON COLUMN recovery_cases.asked IS 'the invitation that was answered';

CREATE SEQUENCE recovery_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE recovery_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE recovery_policies IS 'How long offers stand; a version is never changed, a new one is added.';

CREATE SEQUENCE repair_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE repair_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE repair_policies IS 'Limits of repairs; a version is never changed, a new one is added.';

CREATE TABLE repairs (
    id uuid NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    category text NOT NULL,
    customer_id uuid,
    complaint_id uuid,
    touchpoint text,
    keyed_by uuid NOT NULL,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    calendar text NOT NULL,
    vendor text,
    appointment_at timestamptz,
    reworks integer NOT NULL,
    visits jsonb NOT NULL,
    limits jsonb NOT NULL,
    requested_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    due_at timestamptz,
    accepted_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    in_time boolean,
    ended_at timestamptz
);
COMMENT ON TABLE repairs IS 'One row for each repair; due_at is the earliest of its running limits.';
COMMENT ON COLUMN repairs.keyed_by IS 'customer, or the repair itself while the customer is unknown';
COMMENT ON COLUMN repairs.policy_version IS 'pinned when it was requested';

CREATE TABLE scores (
    invitation_id uuid NOT NULL,
    customer_id uuid,
    metric text NOT NULL,
    value double precision NOT NULL,
    scored_at timestamptz NOT NULL,
    interaction_id uuid,
    complaint_id uuid,
    band text
);
COMMENT ON TABLE scores IS 'Projection: what customers answered to surveys.';
COMMENT ON COLUMN scores.customer_id IS 'null: nobody knows who answered';
COMMENT ON COLUMN scores.band IS 'null: answered before it was kept';

CREATE TABLE sla_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE sla_policies IS 'SLA policies; a version is never changed, a new one is added.';

CREATE TABLE staff (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE staff IS 'Who handles complaints, by opaque id; a version is never changed, a new one is added.';

CREATE TABLE taxonomies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE taxonomies IS 'Categories and causes; a version is never changed, a new one is added.';

CREATE TABLE trend_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE trend_policies IS 'How trends are found; a version is never changed, a new one is added.';

CREATE TABLE trend_runs (
    window_end timestamptz NOT NULL,
    window_start timestamptz NOT NULL,
    reference_start timestamptz NOT NULL,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    groups integer NOT NULL,
    tested integer NOT NULL,
    rising integer NOT NULL,
    found_at timestamptz NOT NULL
);
COMMENT ON TABLE trend_runs IS 'One row for each day that was looked at, also when nothing rose.';

CREATE TABLE trends (
    id uuid NOT NULL,
    version bigint NOT NULL,
    dimension text NOT NULL,
    name text NOT NULL,
    verdict text NOT NULL,
    observed integer NOT NULL,
    reference integer NOT NULL,
    excluded integer NOT NULL,
    expected double precision,
    p double precision,
    p_adjusted double precision,
    tested integer NOT NULL,
    alpha double precision NOT NULL,
    minimum integer NOT NULL,
    reference_start timestamptz NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    definition_version integer NOT NULL,
    found_at timestamptz NOT NULL
);
COMMENT ON TABLE trends IS 'What rose is kept; of all else only what the newest run found.';
COMMENT ON COLUMN trends.name IS 'the code of the group';
COMMENT ON COLUMN trends.excluded IS 'duplicates';
COMMENT ON COLUMN trends.tested IS 'groups of the run';

CREATE TABLE vendors (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE vendors IS 'Vendors who repair; a version is never changed, a new one is added.';

CREATE TABLE win_back_policies (
    code text NOT NULL,
    version integer NOT NULL,
    effective_from timestamptz NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz DEFAULT now() NOT NULL,
    recorded_by text NOT NULL
);
COMMENT ON TABLE win_back_policies IS 'When customers may be lost; a version is never changed, a new one is added.';

CREATE TABLE win_backs (
    id uuid NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    customer_id uuid NOT NULL,
    keyed_by uuid NOT NULL,
    reason text NOT NULL,
    occasions integer NOT NULL,
    policy text NOT NULL,
    policy_version integer NOT NULL,
    complaint_id uuid,
    owner text,
    outcome text,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    started_at timestamptz,
    closed_at timestamptz,
    missed_at timestamptz
);
COMMENT ON TABLE win_backs IS 'One row for each customer and reason, at most one within the quiet days of the policy.';

ALTER TABLE assignment_rules ADD CONSTRAINT assignment_rules_pkey PRIMARY KEY (code, version);
ALTER TABLE attachments ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);
ALTER TABLE authority_policies ADD CONSTRAINT authority_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE back_test_changes ADD CONSTRAINT back_test_changes_pkey PRIMARY KEY (id);
ALTER TABLE back_tests ADD CONSTRAINT back_tests_pkey PRIMARY KEY (id);
ALTER TABLE calendars ADD CONSTRAINT calendars_pkey PRIMARY KEY (code, version);
ALTER TABLE changes ADD CONSTRAINT changes_number_key UNIQUE (number);
ALTER TABLE changes ADD CONSTRAINT changes_pkey PRIMARY KEY (id);
ALTER TABLE clocks ADD CONSTRAINT clocks_pkey PRIMARY KEY (id);
ALTER TABLE communications ADD CONSTRAINT communications_pkey PRIMARY KEY (id);
ALTER TABLE compensation_budgets ADD CONSTRAINT compensation_budgets_pkey PRIMARY KEY (code, version);
ALTER TABLE compensation_ledger ADD CONSTRAINT compensation_ledger_pkey PRIMARY KEY (id);
ALTER TABLE compensations ADD CONSTRAINT compensations_pkey PRIMARY KEY (id);
ALTER TABLE complaints ADD CONSTRAINT complaints_number_key UNIQUE (number);
ALTER TABLE complaints ADD CONSTRAINT complaints_pkey PRIMARY KEY (id);
ALTER TABLE customer_links ADD CONSTRAINT customer_links_pkey PRIMARY KEY (id);
ALTER TABLE customer_links ADD CONSTRAINT customer_links_token_hash_key UNIQUE (token_hash);
ALTER TABLE drills ADD CONSTRAINT drills_number_key UNIQUE (number);
ALTER TABLE drills ADD CONSTRAINT drills_pkey PRIMARY KEY (id);
ALTER TABLE durations ADD CONSTRAINT durations_pkey PRIMARY KEY (complaint_id);
ALTER TABLE emergency_plans ADD CONSTRAINT emergency_plans_pkey PRIMARY KEY (code, version);
ALTER TABLE emergency_policies ADD CONSTRAINT emergency_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE escalation_policies ADD CONSTRAINT escalation_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE escalations ADD CONSTRAINT escalations_pkey PRIMARY KEY (id);
ALTER TABLE findings ADD CONSTRAINT findings_pkey PRIMARY KEY (id);
ALTER TABLE handling_guides ADD CONSTRAINT handling_guides_pkey PRIMARY KEY (code, version);
ALTER TABLE incident_complaints ADD CONSTRAINT incident_complaints_pkey PRIMARY KEY (incident_id, complaint_id);
ALTER TABLE incident_types ADD CONSTRAINT incident_types_pkey PRIMARY KEY (code, version);
ALTER TABLE incidents ADD CONSTRAINT incidents_number_key UNIQUE (number);
ALTER TABLE incidents ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);
ALTER TABLE interactions ADD CONSTRAINT interactions_pkey PRIMARY KEY (interaction_id);
ALTER TABLE letter_templates ADD CONSTRAINT letter_templates_pkey PRIMARY KEY (code, version);
ALTER TABLE letters ADD CONSTRAINT letters_pkey PRIMARY KEY (id);
ALTER TABLE major_cases ADD CONSTRAINT major_cases_pkey PRIMARY KEY (id);
ALTER TABLE major_policies ADD CONSTRAINT major_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE recovery_cases ADD CONSTRAINT recovery_cases_number_key UNIQUE (number);
ALTER TABLE recovery_cases ADD CONSTRAINT recovery_cases_pkey PRIMARY KEY (id);
ALTER TABLE recovery_policies ADD CONSTRAINT recovery_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE repair_policies ADD CONSTRAINT repair_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE repairs ADD CONSTRAINT repairs_number_key UNIQUE (number);
ALTER TABLE repairs ADD CONSTRAINT repairs_pkey PRIMARY KEY (id);
ALTER TABLE scores ADD CONSTRAINT scores_pkey PRIMARY KEY (invitation_id);
ALTER TABLE sla_policies ADD CONSTRAINT sla_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE staff ADD CONSTRAINT staff_pkey PRIMARY KEY (code, version);
ALTER TABLE taxonomies ADD CONSTRAINT taxonomies_pkey PRIMARY KEY (code, version);
ALTER TABLE trend_policies ADD CONSTRAINT trend_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE trend_runs ADD CONSTRAINT trend_runs_pkey PRIMARY KEY (window_end);
ALTER TABLE trends ADD CONSTRAINT trends_pkey PRIMARY KEY (id);
ALTER TABLE vendors ADD CONSTRAINT vendors_pkey PRIMARY KEY (code, version);
ALTER TABLE win_back_policies ADD CONSTRAINT win_back_policies_pkey PRIMARY KEY (code, version);
ALTER TABLE win_backs ADD CONSTRAINT win_backs_pkey PRIMARY KEY (id);

CREATE INDEX complaints_assignee ON complaints USING btree (assignee, received_at, id) WHERE (assignee IS NOT NULL);
CREATE INDEX complaints_by_due ON complaints USING btree (COALESCE(due_at, '9999-12-31 00:00:00+00'::timestamptz), id);
CREATE INDEX complaints_category ON complaints USING btree (category, received_at, id);
CREATE INDEX complaints_channel ON complaints USING btree (channel, received_at, id);
CREATE INDEX complaints_customer ON complaints USING btree (customer_id, received_at, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX complaints_due ON complaints USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE UNIQUE INDEX complaints_external ON complaints USING btree (source, external_ref) WHERE (external_ref IS NOT NULL);
CREATE INDEX complaints_interaction ON complaints USING btree (interaction_id) WHERE (interaction_id IS NOT NULL);
CREATE INDEX complaints_flags ON complaints USING gin (flags);
CREATE INDEX complaints_received ON complaints USING btree (received_at, id);
CREATE INDEX complaints_recurrence ON complaints USING btree (recurrence_of) WHERE (recurrence_of IS NOT NULL);
CREATE INDEX complaints_state ON complaints USING btree (state, received_at, id);
CREATE INDEX clocks_calendar ON clocks USING btree (calendar, complaint_id) WHERE (state = ANY (ARRAY['running'::text, 'paused'::text]));
CREATE INDEX clocks_complaint ON clocks USING btree (complaint_id);
CREATE INDEX complaints_duplicates ON complaints USING btree (duplicate_of) WHERE (duplicate_of IS NOT NULL);
CREATE INDEX complaints_alike ON complaints USING btree (category, touchpoint, received_at, id) WHERE (touchpoint IS NOT NULL);
CREATE INDEX letters_complaint ON letters USING btree (complaint_id, issued_at, id);
CREATE INDEX communications_complaint ON communications USING btree (complaint_id, at, id);
CREATE UNIQUE INDEX attachments_checksum ON attachments USING btree (complaint_id, sha256);
CREATE INDEX attachments_complaint ON attachments USING btree (complaint_id, added_at, id);
CREATE INDEX incidents_declared ON incidents USING btree (began_at) WHERE ((declared_at IS NOT NULL) AND (closed_at IS NULL));
CREATE INDEX incidents_late ON incidents USING btree (id) WHERE (missed_in_a_row > 0);
CREATE INDEX incidents_reported ON incidents USING btree (reported_at, id);
CREATE INDEX incidents_state ON incidents USING btree (state, reported_at, id);
CREATE INDEX incident_complaints_complaint ON incident_complaints USING btree (complaint_id);
CREATE INDEX incident_complaints_linked ON incident_complaints USING btree (incident_id, linked_at, complaint_id);
CREATE INDEX drills_planned ON drills USING btree (planned_for, id);
CREATE INDEX drills_state ON drills USING btree (state, planned_for, id);
CREATE INDEX interactions_touchpoint ON interactions USING btree (touchpoint, started_at, interaction_id);
CREATE INDEX customer_links_complaint ON customer_links USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);
CREATE INDEX repairs_complaint ON repairs USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);
CREATE INDEX repairs_customer ON repairs USING btree (customer_id, requested_at, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX repairs_due ON repairs USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX repairs_requested ON repairs USING btree (requested_at, id);
CREATE INDEX repairs_state ON repairs USING btree (state, requested_at, id);
CREATE INDEX repairs_vendor ON repairs USING btree (vendor, requested_at, id) WHERE (vendor IS NOT NULL);
CREATE INDEX complaints_by_due_mine ON complaints USING btree (assignee, COALESCE(due_at, '9999-12-31 00:00:00+00'::timestamptz), id) WHERE (state <> ALL (ARRAY['closed'::text, 'withdrawn'::text, 'duplicate'::text, 'transferred'::text]));
CREATE INDEX complaints_by_due_open ON complaints USING btree (COALESCE(due_at, '9999-12-31 00:00:00+00'::timestamptz), id) WHERE (state <> ALL (ARRAY['closed'::text, 'withdrawn'::text, 'duplicate'::text, 'transferred'::text]));
CREATE INDEX complaints_by_due_unassigned ON complaints USING btree (COALESCE(due_at, '9999-12-31 00:00:00+00'::timestamptz), id) WHERE ((assignee IS NULL) AND (state <> ALL (ARRAY['closed'::text, 'withdrawn'::text, 'duplicate'::text, 'transferred'::text])));
CREATE INDEX complaints_source_category ON complaints USING btree (source_category, received_at, id) WHERE (source_category IS NOT NULL);
CREATE INDEX complaints_product ON complaints USING btree (product, received_at, id) WHERE (product IS NOT NULL);
CREATE INDEX complaints_cause ON complaints USING btree (cause, received_at, id) WHERE (cause IS NOT NULL);
CREATE INDEX complaints_cause_at ON complaints USING btree (cause_at, cause) WHERE (cause IS NOT NULL);
CREATE INDEX complaints_closed ON complaints USING btree (closed_at, id) WHERE (closed_at IS NOT NULL);
CREATE INDEX findings_complaint ON findings USING btree (complaint_id, id);
CREATE INDEX findings_move ON findings USING btree (move_id, id);
CREATE INDEX trends_window ON trends USING btree (window_end, id);
CREATE INDEX trends_verdict ON trends USING btree (verdict, window_end, id);
CREATE UNIQUE INDEX trends_said ON trends USING btree (dimension, name, window_end);
CREATE INDEX back_tests_as_of ON back_tests USING btree (as_of, id);
CREATE INDEX back_tests_state ON back_tests USING btree (state, as_of, id);
CREATE INDEX back_test_changes_of ON back_test_changes USING btree (back_test_id, id);
CREATE INDEX complaints_escalated ON complaints USING btree (escalation_level, id) WHERE (escalation_level > 0);
CREATE INDEX escalations_complaint ON escalations USING btree (complaint_id, id);
CREATE INDEX escalations_open ON escalations USING btree (to_kind, to_code, id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX escalations_once ON escalations USING btree (complaint_id, episode, step) WHERE (step IS NOT NULL);
CREATE UNIQUE INDEX major_cases_open ON major_cases USING btree (complaint_id) WHERE (ended_at IS NULL);
CREATE INDEX major_cases_complaint ON major_cases USING btree (complaint_id, id);
CREATE INDEX major_cases_cause ON major_cases USING btree (cause, rule) WHERE ((ended_at IS NULL) AND (cause IS NOT NULL));
CREATE INDEX interactions_customer ON interactions USING btree (customer_id) WHERE (customer_id IS NOT NULL);
CREATE INDEX customer_links_customer ON customer_links USING btree (customer_id) WHERE (customer_id IS NOT NULL);
CREATE INDEX complaints_pending ON complaints USING btree (pending_at, id) WHERE (pending_at IS NOT NULL);
CREATE INDEX changes_complaints ON changes USING gin (complaints);
CREATE INDEX changes_due ON changes USING btree (due_at, id) WHERE (due_at IS NOT NULL);
CREATE INDEX changes_group ON changes USING btree (dimension, "group", proposed_at, id);
CREATE INDEX changes_proposed ON changes USING btree (proposed_at, id);
CREATE INDEX changes_state ON changes USING btree (state, proposed_at, id);
CREATE INDEX interactions_started ON interactions USING btree (started_at) WHERE (started_at IS NOT NULL);
CREATE INDEX recovery_cases_identified ON recovery_cases USING btree (identified_at, id);
CREATE INDEX recovery_cases_state ON recovery_cases USING btree (state, identified_at, id);
CREATE INDEX recovery_cases_customer ON recovery_cases USING btree (customer_id, identified_at, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX recovery_cases_complaint ON recovery_cases USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);
CREATE INDEX compensations_case ON compensations USING btree (recovery_id, id);
CREATE INDEX compensations_awarded ON compensations USING btree (currency, awarded_at);
CREATE INDEX compensation_ledger_of ON compensation_ledger USING btree (compensation_id, id);
CREATE INDEX compensation_ledger_case ON compensation_ledger USING btree (recovery_id, id);
CREATE INDEX compensation_ledger_reverses ON compensation_ledger USING btree (reverses) WHERE (reverses IS NOT NULL);
CREATE UNIQUE INDEX compensation_ledger_once ON compensation_ledger USING btree (compensation_id, kind) WHERE (kind <> 'reversal'::text);
CREATE INDEX scores_customer ON scores USING btree (customer_id, metric, scored_at);
CREATE INDEX scores_time ON scores USING btree (scored_at);
CREATE INDEX win_backs_complaint ON win_backs USING btree (complaint_id) WHERE (complaint_id IS NOT NULL);
CREATE INDEX win_backs_customer ON win_backs USING btree (customer_id, reason, requested_at);
CREATE INDEX win_backs_due ON win_backs USING btree (due_at, id) WHERE (closed_at IS NULL);
CREATE INDEX win_backs_requested ON win_backs USING btree (requested_at, id);
CREATE INDEX complaints_severity ON complaints USING btree (severity, received_at, id) WHERE (severity IS NOT NULL);
CREATE INDEX escalations_level ON escalations USING btree (level, id);
CREATE INDEX escalations_trigger ON escalations USING btree (trigger, id);
CREATE INDEX escalations_step ON escalations USING btree (step, id) WHERE (step IS NOT NULL);
CREATE INDEX escalations_to ON escalations USING btree (to_code, id);
CREATE INDEX escalations_at ON escalations USING btree (escalated_at);
CREATE INDEX recovery_cases_category ON recovery_cases USING btree (category, identified_at, id);
CREATE INDEX recovery_cases_unit ON recovery_cases USING btree (unit, identified_at, id) WHERE (unit IS NOT NULL);
CREATE INDEX recovery_cases_expires ON recovery_cases USING btree (expires_at, id) WHERE (expires_at IS NOT NULL);
CREATE INDEX recovery_cases_remedies ON recovery_cases USING gin (remedies);
CREATE INDEX compensations_entered ON compensations USING btree (awarded_at, id);
CREATE INDEX compensations_state ON compensations USING btree (state, awarded_at, id);
CREATE INDEX compensations_kind ON compensations USING btree (kind, awarded_at, id);
CREATE INDEX compensation_ledger_entered ON compensation_ledger USING btree (recorded_at, id);
CREATE INDEX compensation_ledger_kind ON compensation_ledger USING btree (kind, recorded_at, id);
CREATE INDEX repairs_category ON repairs USING btree (category, requested_at, id);
CREATE INDEX back_test_changes_kind ON back_test_changes USING btree (back_test_id, kind, id);
CREATE INDEX back_test_changes_before ON back_test_changes USING btree (back_test_id, before, id);
CREATE INDEX back_test_changes_after ON back_test_changes USING btree (back_test_id, after, id);
CREATE INDEX win_backs_state ON win_backs USING btree (state, requested_at, id);
CREATE INDEX win_backs_reason ON win_backs USING btree (reason, requested_at, id);
CREATE INDEX win_backs_outcome ON win_backs USING btree (outcome, requested_at, id) WHERE (outcome IS NOT NULL);
CREATE INDEX win_backs_owner ON win_backs USING btree (owner, requested_at, id) WHERE (owner IS NOT NULL);
CREATE INDEX repairs_calendar ON repairs USING btree (calendar, id) WHERE (ended_at IS NULL);

ALTER TABLE attachments ADD CONSTRAINT attachments_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE back_test_changes ADD CONSTRAINT back_test_changes_back_test_id_fkey FOREIGN KEY (back_test_id) REFERENCES back_tests(id);
ALTER TABLE back_test_changes ADD CONSTRAINT back_test_changes_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE clocks ADD CONSTRAINT clocks_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE communications ADD CONSTRAINT communications_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE communications ADD CONSTRAINT communications_letter_id_fkey FOREIGN KEY (letter_id) REFERENCES letters(id);
ALTER TABLE compensation_ledger ADD CONSTRAINT compensation_ledger_compensation_id_fkey FOREIGN KEY (compensation_id) REFERENCES compensations(id);
ALTER TABLE compensation_ledger ADD CONSTRAINT compensation_ledger_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recovery_cases(id);
ALTER TABLE compensation_ledger ADD CONSTRAINT compensation_ledger_reverses_fkey FOREIGN KEY (reverses) REFERENCES compensation_ledger(id);
ALTER TABLE compensations ADD CONSTRAINT compensations_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recovery_cases(id);
ALTER TABLE complaints ADD CONSTRAINT complaints_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES complaints(id);
ALTER TABLE complaints ADD CONSTRAINT complaints_recurrence_of_fkey FOREIGN KEY (recurrence_of) REFERENCES complaints(id);
ALTER TABLE customer_links ADD CONSTRAINT customer_links_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE durations ADD CONSTRAINT durations_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE escalations ADD CONSTRAINT escalations_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE findings ADD CONSTRAINT findings_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE findings ADD CONSTRAINT findings_move_id_fkey FOREIGN KEY (move_id) REFERENCES history(id);
ALTER TABLE incident_complaints ADD CONSTRAINT incident_complaints_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE incident_complaints ADD CONSTRAINT incident_complaints_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id);
ALTER TABLE letters ADD CONSTRAINT letters_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE major_cases ADD CONSTRAINT major_cases_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE recovery_cases ADD CONSTRAINT recovery_cases_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE repairs ADD CONSTRAINT repairs_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);
ALTER TABLE win_backs ADD CONSTRAINT win_backs_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES complaints(id);

CREATE FUNCTION compensation_ledger_add() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    DECLARE origin compensation_ledger; taken numeric;
    BEGIN
        IF NEW.kind NOT IN ('award', 'payment', 'reversal') OR NEW.amount <= 0
            OR (NEW.kind = 'reversal') <> (NEW.reverses IS NOT NULL) THEN
            RAISE EXCEPTION 'this is no entry of the ledger' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind = 'reversal' THEN
            SELECT * INTO origin FROM compensation_ledger WHERE id = NEW.reverses FOR UPDATE;
            SELECT coalesce(sum(amount), 0) INTO taken FROM compensation_ledger WHERE reverses = NEW.reverses;
            IF origin.kind = 'reversal' OR origin.compensation_id <> NEW.compensation_id OR origin.currency <> NEW.currency
                OR taken + NEW.amount > origin.amount THEN
                RAISE EXCEPTION 'a reversal never exceeds what it reverses' USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    END $$;

CREATE FUNCTION compensation_ledger_keep() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'compensation_ledger is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$;

CREATE FUNCTION findings_keep() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'findings is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$;

CREATE TRIGGER compensation_ledger_add BEFORE INSERT ON compensation_ledger FOR EACH ROW EXECUTE FUNCTION compensation_ledger_add();
CREATE TRIGGER compensation_ledger_keep BEFORE DELETE OR UPDATE ON compensation_ledger FOR EACH ROW EXECUTE FUNCTION compensation_ledger_keep();
CREATE TRIGGER compensation_ledger_keep_all BEFORE TRUNCATE ON compensation_ledger FOR EACH STATEMENT EXECUTE FUNCTION compensation_ledger_keep();
CREATE TRIGGER customer_follow_insert AFTER INSERT ON complaints REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON customer_links REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON interactions REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('interaction_id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON recovery_cases REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON repairs REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON scores REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('invitation_id');
CREATE TRIGGER customer_follow_insert AFTER INSERT ON win_backs REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION customer_follow_added('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON complaints FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON customer_links FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON interactions FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('interaction_id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON recovery_cases FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON repairs FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON scores FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('invitation_id');
CREATE TRIGGER customer_follow_update AFTER UPDATE ON win_backs FOR EACH ROW WHEN (((pg_trigger_depth() = 0) AND (new.customer_id IS DISTINCT FROM old.customer_id))) EXECUTE FUNCTION customer_follow_changed('id');
CREATE TRIGGER findings_keep BEFORE DELETE OR UPDATE ON findings FOR EACH ROW EXECUTE FUNCTION findings_keep('words', 'salt');
CREATE TRIGGER findings_keep_all BEFORE TRUNCATE ON findings FOR EACH STATEMENT EXECUTE FUNCTION findings_keep();

INSERT INTO schema_compatibility (branch, compatible_from) VALUES ('service', '0001');
