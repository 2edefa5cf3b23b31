"""What Slack gets: digests on a schedule, answers to `/prodops`, and what their buttons do."""
