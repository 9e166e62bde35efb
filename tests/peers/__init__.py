"""Other people's software drives our stand-ins: ours on both sides could share one mistake."""
