"""Mail: templates and merge fields, messages, the outbox and its delivery."""
