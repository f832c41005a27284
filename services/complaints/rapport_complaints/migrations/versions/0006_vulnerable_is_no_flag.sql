CREATE INDEX complaints_care ON complaints (received_at, id) WHERE vulnerability IS NOT NULL;

-- That a customer is vulnerable follows from what is sealed; it stands in no flag any more.
UPDATE complaints SET flags = array_remove(flags, 'vulnerable') WHERE flags @> ARRAY['vulnerable'];
