-- Complaints by the thousand, straight into the tables, as three years of work would have left them: for gates that count what
-- a statement touches, and for measuring. `many.n` says how many, `many.beside` how many times as many escalations, recovery
-- cases, repairs and so on as usual there are beside them; what comes out depends on nothing else. Words are left out
-- (they are sealed), the chains of the histories are not reckoned: nothing here can be verified or told to a customer.
SELECT setseed(0.4);

CREATE FUNCTION pg_temp.of_time(at timestamptz, g bigint, kind text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(g & 4095), 3, '0')
        || '8' || kind || lpad(to_hex(g), 14, '0'))::uuid
$$;
CREATE FUNCTION pg_temp.someone(g bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('customer ' || g)::uuid $$;
CREATE FUNCTION pg_temp.pick(codes text[], r float8) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT codes[1 + floor(power(r, 2.5) * cardinality(codes))::int]
$$;

INSERT INTO staff (code, version, effective_from, body, recorded_by)
SELECT 'agent-' || g, 1, '2020-01-01', jsonb_build_object('team', 'team-' || g % 30, 'capacity', 40, 'calendar', 'cn',
    'skills', '[]'::jsonb, 'active', true), 'system:many'
FROM generate_series(1, 300) AS g;

CREATE TEMP TABLE drawn AS
SELECT g, now() - make_interval(secs => (n - g + random()) * 3 * 365 * 86400.0 / n) AS received, random() AS state_r,
    random() AS channel_r, random() AS category_r, random() AS product_r, random() AS place_r, random() AS unit_r,
    random() AS agent_r, random() AS customer_r, random() AS source_r, random() AS severity_r, random() AS cause_r,
    random() AS fast_r, random() AS answer_r, random() AS close_r, random() AS flag_r, random() AS again_r, random() AS late_r,
    random() AS due_r
FROM (SELECT current_setting('many.n')::int AS n) AS asked, generate_series(1, n) AS g;

CREATE TEMP TABLE made AS
SELECT d.*, pg_temp.of_time(received, g, '1') AS id,
    CASE
        WHEN state_r < 0.03 THEN 'withdrawn' WHEN state_r < 0.07 THEN 'duplicate' WHEN state_r < 0.09 THEN 'transferred'
        WHEN received > now() - interval '30 days' AND state_r < 0.8 OR state_r > 0.975 THEN (ARRAY['received', 'acknowledged',
            'assessed', 'assigned', 'investigating', 'investigating', 'awaiting_customer', 'awaiting_third_party',
            'root_cause_identified', 'resolution_proposed', 'not_upheld', 'appealed', 'resolved', 'feedback_given',
            'follow_up_due', 'reopened'])[1 + floor(due_r * 16)::int]
        ELSE 'closed' END AS state,
    CASE WHEN source_r < 0.15 THEN 'city-hotline' END AS source
FROM drawn d;

CREATE TEMP TABLE known AS
SELECT m.*, state NOT IN ('received', 'reopened') AS acknowledged, state IN ('closed', 'feedback_given', 'follow_up_due')
        AS answered, state NOT IN ('closed', 'withdrawn', 'duplicate', 'transferred') AS open,
    received + make_interval(secs => 600 + 80000 * fast_r * fast_r) AS acknowledged_at,
    received + make_interval(secs => 90000 + 1600000 * answer_r * answer_r) AS answered_at,
    received + make_interval(secs => 1700000 + 900000 * close_r) AS closed_at
FROM made m;

INSERT INTO complaints (id, version, number, state, episode, channel, category, category_version, source_category, product,
    severity, complex, customer_id, interaction_id, touchpoint, subject_staff, subject_unit, recurrence_of, duplicate_of,
    transferred_to, source, external_ref, flags, vulnerability, keyed_by, policy, policy_version, reopen_grace_days, attempts_needed, assignee,
    handlers, cause, cause_version, cause_at, latent_risk, proposals, remedy, pending_remedy, pending_at, attempts, outcome,
    escalation_level, received_at, began_at, last_at, due_at, acknowledged_at, not_upheld_at, feedback_at, closed_at,
    withdrawn_at, ended_at)
SELECT id, 8, 'C' || g, state, CASE WHEN state = 'reopened' THEN 2 ELSE 1 END,
    pg_temp.pick(ARRAY['phone', 'app', 'web', 'email', 'wechat', 'counter', 'letter'], channel_r),
    'category-' || floor(power(category_r, 2) * 60)::int, 1,
    CASE WHEN source IS NOT NULL THEN 'theirs-' || floor(power(category_r, 2) * 90)::int END,
    CASE WHEN product_r < 0.7 THEN 'product-' || floor(product_r * product_r * 400)::int END,
    CASE WHEN acknowledged AND state <> 'acknowledged' THEN pg_temp.pick(ARRAY['medium', 'low', 'high', 'critical'], severity_r)
        END,
    severity_r > 0.9, CASE WHEN customer_r < 0.9 THEN pg_temp.someone(floor(customer_r * many.n / 3)::bigint) END,
    CASE WHEN source IS NULL THEN pg_temp.of_time(received - interval '5 minutes', 2 * g, '2') END,
    CASE WHEN place_r < 0.6 THEN 'place-' || floor(place_r * 80)::int END, '{}',
    CASE WHEN unit_r < 0.5 THEN 'unit-' || floor(unit_r * 60)::int END,
    CASE WHEN again_r < 0.04 AND state <> 'duplicate' THEN lag(id, 40) OVER (ORDER BY g) END,
    CASE WHEN state = 'duplicate' THEN lag(id, 25) OVER (ORDER BY g) END,
    CASE WHEN state = 'transferred' THEN 'partner' END, source, CASE WHEN source IS NOT NULL THEN 'r' || g END,
    CASE WHEN flag_r < 0.004 THEN ARRAY['no-target'] 
        WHEN flag_r >= 0.03 AND flag_r < 0.06 THEN ARRAY['unknown-category'] WHEN flag_r < 0.0605 THEN ARRAY['major'] ELSE '{}'::text[] END,
    CASE WHEN flag_r < 0.03 THEN '\x00'::bytea END, id, CASE WHEN source IS NULL THEN pg_temp.pick(ARRAY['standard', 'standard', 'regulator', 'internal'], fast_r) END, 1, 30, 3,
    CASE WHEN acknowledged AND state <> 'acknowledged' THEN 'agent-' || 1 + floor(agent_r * 300)::int END, '{}',
    CASE WHEN answered OR state IN ('root_cause_identified', 'resolution_proposed') THEN 'cause-' || floor(cause_r * 40)::int END,
    1, CASE WHEN answered OR state IN ('root_cause_identified', 'resolution_proposed') THEN received + interval '2 days' END,
    false, CASE WHEN answered AND cause_r < 0.8 THEN 1 ELSE 0 END, CASE WHEN answered AND cause_r < 0.8 THEN 'refund' END,
    CASE WHEN state = 'root_cause_identified' AND late_r < 0.05 THEN 'refund' END,
    CASE WHEN state = 'root_cause_identified' AND late_r < 0.05 THEN received + interval '3 days' END, 0,
    CASE WHEN answered THEN 'accepted' END, CASE WHEN open AND late_r < 0.06 THEN 1 + floor(late_r * 50)::int ELSE 0 END,
    received, received, received + interval '20 days',
    CASE WHEN open AND due_r > 0.1 AND source IS NULL THEN received + interval '15 days' END,
    CASE WHEN acknowledged THEN acknowledged_at END,
    CASE WHEN answered AND cause_r >= 0.8 OR state IN ('not_upheld', 'appealed') THEN received + interval '4 days' END,
    CASE WHEN answered THEN answered_at END,
    CASE WHEN state = 'closed' AND (source IS NULL OR close_r < 0.8) THEN closed_at END,
    CASE WHEN state = 'withdrawn' THEN closed_at END, CASE WHEN NOT open THEN closed_at END
FROM known, (SELECT current_setting('many.n')::int AS n) AS many ORDER BY g;

INSERT INTO clocks (id, complaint_id, kind, episode, state, policy, policy_version, calendar, calendar_version, target_amount,
    target_unit, warn_percent, started_at, due_at, warn_at, breached_at, ended_at, in_time, pauses, past_dues)
SELECT pg_temp.of_time(received, 2 * g + k.place, '3'), id, k.kind, 1,
    CASE WHEN k.done THEN 'met' WHEN NOT open THEN 'stopped' WHEN state LIKE 'awaiting%' THEN 'paused' ELSE 'running' END,
    pg_temp.pick(ARRAY['standard', 'standard', 'regulator', 'internal'], fast_r), 1, 'cn', 1, k.days, 'business_days', 80,
    received, received + make_interval(days => k.days), NULL,
    CASE WHEN k.done AND k.happened > received + make_interval(days => k.days)
        THEN received + make_interval(days => k.days) END,
    CASE WHEN k.done THEN k.happened END,
    CASE WHEN k.done THEN k.happened <= received + make_interval(days => k.days) END, '[]', '[]'
FROM known, LATERAL (VALUES (0, 'acknowledgement', acknowledged, acknowledged_at, 1),
    (1, 'resolution', answered, answered_at, 15)) AS k(place, kind, done, happened, days)
WHERE source IS NULL ORDER BY g;

INSERT INTO history (id, kind, subject_id, move, source, target, at, recorded_at, actor, detail, seq, hash)
SELECT pg_temp.of_time(m.at, 4 * g + m.seq, '4'), 'complaint', id, m.move, m.was, m.became, m.at, m.at,
    'person:agent-1', '{}', row_number() OVER (PARTITION BY id ORDER BY m.seq), '\x00'
FROM known, LATERAL (VALUES (1, true, 'receive', '', 'received', received),
    (2, acknowledged, 'acknowledge', 'received', 'acknowledged', acknowledged_at),
    (3, answered, 'give-feedback', 'resolved', 'feedback_given', answered_at),
    (4, state = 'closed' AND closed_at IS NOT NULL, 'close', 'feedback_given', 'closed', closed_at)
    ) AS m(seq, there, move, was, became, at)
WHERE m.there ORDER BY g, m.seq;

INSERT INTO durations
SELECT id, CASE WHEN acknowledged THEN acknowledged_at END, CASE WHEN answered THEN answered_at END,
    CASE WHEN state = 'closed' THEN closed_at END,
    CASE WHEN acknowledged THEN extract(epoch FROM acknowledged_at - received) / 3 END,
    CASE WHEN answered THEN extract(epoch FROM answered_at - received) / 4 END,
    CASE WHEN state = 'closed' THEN extract(epoch FROM closed_at - received) / 4 END
FROM known WHERE source IS NULL AND (acknowledged OR answered) ORDER BY g;

INSERT INTO interactions (interaction_id, sequence, customer_id, touchpoint, channel, started_at)
SELECT pg_temp.of_time(d.received - interval '5 minutes', 2 * d.g + k, '2'), 1,
    CASE WHEN customer_r < 0.9 THEN pg_temp.someone(CASE k WHEN 0 THEN floor(customer_r * many.n / 3)::bigint
        ELSE floor(due_r * many.n / 2)::bigint END) END,
    'place-' || floor(place_r * 80)::int, 'phone', d.received - interval '5 minutes'
FROM drawn d, generate_series(0, 1) AS k, (SELECT current_setting('many.n')::int AS n) AS many ORDER BY d.g, k;

INSERT INTO escalations (id, complaint_id, episode, level, trigger, step, policy_version, to_kind, to_code, actor, triggered_at,
    escalated_at, ended_at, outcome)
SELECT pg_temp.of_time(received + interval '12 days', g, '5'), id, 1, 1 + (late_r < 0.01)::int,
    pg_temp.pick(ARRAY['clock_warned', 'clock_breached', 'age', 'refusals', 'by_hand'], least(late_r * 16, 0.999)),
    CASE WHEN g % 6 > 0 THEN 'step-' || g % 4 END, 1, pg_temp.pick(ARRAY['role', 'queue', 'staff'], least(late_r * 16, 0.999)),
    'lead-' || g % 20, 'system:timers', received + interval '12 days', received + interval '12 days',
    CASE WHEN NOT open THEN closed_at END, CASE WHEN NOT open THEN state END
FROM known, (SELECT current_setting('many.beside')::float8 AS f) AS beside WHERE late_r < 0.06 * f ORDER BY g;

INSERT INTO major_cases (id, version, state, complaint_id, rule, cause, policy, policy_version, declared_by, told, steps,
    late_steps, declared_at, last_at, next_due_at, ended_at, outcome)
SELECT pg_temp.of_time(received + interval '1 day', g, '6'), 2, CASE WHEN open THEN 'declared' ELSE 'closed' END, id,
    CASE WHEN g % 5 > 0 THEN 'severe-' || g % 3 END, 'cause-1', 'standard', 1, 'system:rules', '{head-of-service}', '[]',
    (g % 7 = 0)::int, received + interval '1 day', received + interval '1 day', CASE WHEN open THEN received + interval '4 days' END,
    CASE WHEN NOT open THEN closed_at END, CASE WHEN NOT open THEN state END
FROM known, (SELECT current_setting('many.beside')::float8 AS f) AS beside WHERE severity_r > 1 - 0.005 * f ORDER BY g;

INSERT INTO recovery_cases (id, version, number, state, failure, category, unit, customer_id, complaint_id, keyed_by, plan,
    remedies, identified_at, last_at, proposed_at, approved_at, expires_at, executed_at, ended_at)
SELECT pg_temp.of_time(received + interval '5 days', g, '7'), 5, 'R' || g,
    pg_temp.pick(ARRAY['closed', 'verified', 'failed', 'offered', 'proposed', 'identified'], fast_r), 'late', 'category-' || g % 60,
    CASE WHEN unit_r < 0.5 THEN 'unit-' || g % 30 END, CASE WHEN customer_r < 0.9 THEN
        pg_temp.someone(floor(customer_r * many.n / 3)::bigint) END, id, id, 1,
    ARRAY[pg_temp.pick(ARRAY['refund', 'apology', 'goodwill', 'replacement', 'repair'], close_r)], received + interval '5 days',
    received + interval '9 days', received + interval '5 days', received + interval '6 days', received + interval '95 days',
    CASE WHEN fast_r < 0.6 THEN received + interval '9 days' END, CASE WHEN fast_r < 0.4 THEN received + interval '30 days' END
FROM known, (SELECT current_setting('many.n')::int AS n, current_setting('many.beside')::float8 AS f) AS many
WHERE answered AND cause_r < 0.06 * f ORDER BY g;

INSERT INTO history (id, kind, subject_id, move, source, target, at, recorded_at, actor, detail, seq, hash)
SELECT pg_temp.of_time(identified_at, row_number() OVER (ORDER BY r.id, m.move) , '8'), 'recovery', r.id, m.move, 'identified', r.state,
    identified_at + interval '3 days', identified_at + interval '3 days', 'person:agent-1', '{}',
    row_number() OVER (PARTITION BY r.id ORDER BY m.move), '\x00'
FROM recovery_cases r, unnest(ARRAY['identify', 'propose', 'accept', 'execute', 'verify']) AS m(move);

INSERT INTO compensations (id, recovery_id, plan, kind, currency, amount, state, awarded_at, entry, payment)
SELECT pg_temp.of_time(identified_at, row_number() OVER (ORDER BY id), '9'), id, 1,
    CASE WHEN remedies[1] = 'goodwill' THEN 'goodwill' ELSE 'refund' END, 'CNY', 20 + (extract(epoch FROM identified_at)::bigint % 300),
    CASE WHEN executed_at IS NULL THEN 'approved' ELSE 'paid' END, identified_at, md5(id::text || 'award')::uuid,
    CASE WHEN executed_at IS NOT NULL THEN md5(id::text || 'payment')::uuid END
FROM recovery_cases WHERE remedies[1] IN ('refund', 'goodwill') ORDER BY id;

INSERT INTO compensation_ledger (id, recovery_id, compensation_id, kind, currency, amount, at, recorded_at, actor)
SELECT k.entry, c.recovery_id, c.id, k.kind, c.currency, c.amount, c.awarded_at, c.awarded_at, 'person:agent-1'
FROM compensations c, LATERAL (VALUES (c.entry, 'award'), (c.payment, 'payment')) AS k(entry, kind)
WHERE k.entry IS NOT NULL ORDER BY c.id, k.kind;

INSERT INTO repairs (id, version, number, state, category, customer_id, complaint_id, keyed_by, policy, policy_version, calendar,
    vendor, reworks, visits, limits, requested_at, last_at, due_at, accepted_at, completed_at, in_time, ended_at)
SELECT pg_temp.of_time(received, g, 'a'), 4, 'W' || g,
    CASE WHEN open THEN pg_temp.pick(ARRAY['scheduled', 'accepted', 'requested', 'in_progress', 'rework'], fast_r)
        WHEN fast_r > 0.95 THEN 'cancelled' ELSE 'accepted_by_customer' END,
    pg_temp.pick(ARRAY['water', 'electricity', 'gas', 'lift', 'doors', 'heating'], category_r),
    CASE WHEN customer_r < 0.9 THEN pg_temp.someone(floor(customer_r * many.n / 3)::bigint) END, id, id, 'standard', 1, 'cn',
    'vendor-' || g % 80, (late_r < 0.05)::int, '[]', '[]', received, received, CASE WHEN open THEN received + interval '7 days' END,
    received + interval '1 hour', CASE WHEN NOT open THEN received + make_interval(days => 1 + g % 9) END,
    CASE WHEN NOT open THEN g % 9 < 7 END, CASE WHEN NOT open THEN received + interval '10 days' END
FROM known, (SELECT current_setting('many.n')::int AS n, current_setting('many.beside')::float8 AS f) AS many
WHERE agent_r < 0.1 * f ORDER BY g;

INSERT INTO win_backs (id, version, state, customer_id, keyed_by, reason, occasions, policy, policy_version, complaint_id, owner,
    outcome, requested_at, due_at, last_at, closed_at)
SELECT pg_temp.of_time(received, g, 'b'), 3, CASE WHEN open THEN 'requested' ELSE 'closed' END,
    pg_temp.someone(floor(customer_r * many.n / 3)::bigint), id,
    pg_temp.pick(ARRAY['low_score', 'refused_proposals', 'repeated_complaints', 'vulnerable_not_upheld'], close_r), 2, 'standard', 1,
    id, 'agent-' || g % 50, CASE WHEN NOT open THEN pg_temp.pick(ARRAY['won_back', 'not_reached', 'lost'], fast_r) END, received,
    received + interval '3 days', received, CASE WHEN NOT open THEN received + interval '5 days' END
FROM known, (SELECT current_setting('many.n')::int AS n, current_setting('many.beside')::float8 AS f) AS many
WHERE customer_r < 0.02 * f ORDER BY g;

INSERT INTO scores (invitation_id, customer_id, complaint_id, metric, value, band, scored_at)
SELECT pg_temp.of_time(closed_at, g, 'c'), CASE WHEN customer_r < 0.9 THEN
        pg_temp.someone(floor(customer_r * many.n / 3)::bigint) END, id, CASE WHEN g % 2 = 0 THEN 'csat' ELSE 'nps' END,
    1 + floor(fast_r * 5), pg_temp.pick(ARRAY['satisfied', 'neutral', 'dissatisfied'], fast_r), closed_at
FROM known, (SELECT current_setting('many.n')::int AS n) AS many WHERE answered AND close_r < 0.4 ORDER BY g;

INSERT INTO incidents (id, version, number, state, incident_type, type_version, level, touchpoints, categories, reported_at,
    began_at, ended_at, last_at, holds_surveys, updates, missed_updates, missed_in_a_row, checklist, declared_at, closed_at)
SELECT pg_temp.of_time(received, g, 'd'), 6, 'I' || g, CASE WHEN g % 50 = 0 THEN 'declared' ELSE 'closed' END, 'outage', 1,
    1 + g % 2, ARRAY['place-' || g % 48], '{}', received, received, received + interval '1 day', received, true, 3, 0, 0, '[]',
    received, CASE WHEN g % 50 > 0 THEN received + interval '2 days' END
FROM known WHERE fast_r < 0.002 ORDER BY g;

INSERT INTO incident_complaints (incident_id, complaint_id, automatic, linked_at, linked_by)
SELECT i.id, k.id, true, k.received, 'system:links'
FROM (SELECT id, substr(number, 2)::int + step AS g FROM incidents, generate_series(1, 100) AS step WHERE level = 2) AS i
JOIN known k USING (g);

INSERT INTO drills (id, version, number, state, plan, plan_version, planned_for, last_at, gaps)
SELECT pg_temp.of_time(received, g, 'e'), 3, 'D' || g, 'closed', 'general', 1, received, received, '[]'
FROM known WHERE fast_r BETWEEN 0.5 AND 0.501 ORDER BY g;

INSERT INTO changes (id, version, number, state, owner, dimension, "group", complaints, steps, effects, verdict, round, late_steps,
    proposed_at, last_at, due_at, ended_at)
SELECT pg_temp.of_time(received, g, 'f'), 5, 'V' || g, CASE WHEN open THEN 'changing' ELSE 'closed' END, 'agent-' || g % 40,
    'cause', 'cause-' || g % 40, ARRAY[id], '[]', '[]', CASE WHEN NOT open THEN pg_temp.pick(ARRAY['fallen', 'unchanged', 'risen'],
    fast_r * 400) END, 1, (g % 5 = 0)::int, received, received, CASE WHEN open THEN received + interval '30 days' END,
    CASE WHEN NOT open THEN closed_at END
FROM known WHERE fast_r BETWEEN 0.6 AND 0.6025 ORDER BY g;

INSERT INTO communications (id, version, complaint_id, direction, channel, kind, at, recorded_at, by)
SELECT pg_temp.of_time(acknowledged_at, 2 * g, '3'), 1, id, CASE WHEN g % 2 = 0 THEN 'inbound' ELSE 'outbound' END, 'phone', 'call',
    acknowledged_at, acknowledged_at, 'person:agent-1'
FROM known WHERE acknowledged AND source IS NULL ORDER BY g;

INSERT INTO back_tests (id, version, state, policy, body, received_from, received_before, as_of, last_at, total, done_complaints, n,
    changed, newly_breached, newly_met, breached_before, breached_after, excluded)
SELECT pg_temp.of_time(now(), 1, '1'), 9, 'completed', 'standard', (SELECT body FROM sla_policies LIMIT 1), '2020-01-01', now(), now(), now(), 0, 0, 0, 0, 0, 0, 0, 0,
    '{}';

INSERT INTO back_test_changes (back_test_id, complaint_id, number, kind, before, after)
SELECT b.id, k.id, 'C' || g, CASE WHEN g % 3 = 0 THEN 'acknowledgement' ELSE 'resolution' END,
    CASE WHEN g % 2 = 0 THEN 'in-time' ELSE 'breached' END, CASE WHEN g % 2 = 1 THEN 'in-time' ELSE 'breached' END
FROM back_tests b, known k WHERE answer_r < 0.5 ORDER BY g;

ANALYZE;
