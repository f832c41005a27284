CREATE OR REPLACE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE before bytea;
    BEGIN
        SELECT seq + 1, hash INTO NEW.seq, before FROM public.audit_head WHERE one = 1 FOR UPDATE;
        NEW.hash := sha256(before || convert_to(public.audit_content(NEW), 'UTF8'));
        UPDATE public.audit_head SET seq = NEW.seq, hash = NEW.hash WHERE one = 1;
        RETURN NEW;
    END $$;

CREATE OR REPLACE FUNCTION history_extend() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE wrong bigint;
BEGIN
    SELECT count(*) INTO wrong FROM (
        SELECT subject_id AS subject, min(seq) AS first, max(seq) AS last, count(*) AS n FROM added GROUP BY subject_id
    ) AS came LEFT JOIN public.history_heads h USING (subject)
    WHERE came.first <> coalesce(h.seq, 0) + 1 OR came.last <> coalesce(h.seq, 0) + came.n;
    IF wrong > 0 THEN
        RAISE EXCEPTION 'a row of history does not follow the last one' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO public.history_heads AS h (subject, seq, hash)
    SELECT DISTINCT ON (subject_id) subject_id, seq, hash FROM added ORDER BY subject_id, seq DESC
    ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE h.seq < excluded.seq;
    RETURN NULL;
END $$;
