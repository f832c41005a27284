"""Routes, request and response models, who may call what; and the page on which a customer answers (`answers`, `page`)."""
