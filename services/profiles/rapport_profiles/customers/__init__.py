"""The customer: personal data, stage, completeness."""
