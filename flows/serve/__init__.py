"""What listens by day: the server, its worker, the watcher, notifications, subscriptions."""
