CREATE OR REPLACE FUNCTION compensation_ledger_add() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    DECLARE origin public.compensation_ledger; taken numeric;
    BEGIN
        IF NEW.kind NOT IN ('award', 'payment', 'reversal') OR NEW.amount <= 0
            OR (NEW.kind = 'reversal') <> (NEW.reverses IS NOT NULL) THEN
            RAISE EXCEPTION 'this is no entry of the ledger' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind = 'reversal' THEN
            SELECT * INTO origin FROM public.compensation_ledger WHERE id = NEW.reverses FOR UPDATE;
            SELECT coalesce(sum(amount), 0) INTO taken FROM public.compensation_ledger WHERE reverses = NEW.reverses;
            IF origin.kind = 'reversal' OR origin.compensation_id <> NEW.compensation_id OR origin.currency <> NEW.currency
                OR taken + NEW.amount > origin.amount THEN
                RAISE EXCEPTION 'a reversal never exceeds what it reverses' USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    END $$;
