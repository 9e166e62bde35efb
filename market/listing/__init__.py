"""What a listing is to people: form, readiness, moderation."""
