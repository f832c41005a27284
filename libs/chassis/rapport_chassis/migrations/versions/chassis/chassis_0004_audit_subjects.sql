CREATE INDEX audit_subjects ON audit USING gin ((detail -> 'subjects')) WHERE detail ? 'subjects';
