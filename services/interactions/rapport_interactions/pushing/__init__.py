"""Pushing: call-centre systems send call events over HTTP or to a topic; each is kept once, or quarantined."""
