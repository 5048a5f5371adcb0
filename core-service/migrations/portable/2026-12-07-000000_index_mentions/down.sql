DROP INDEX messages_with_mentions;
