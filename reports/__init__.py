"""What people read: one neutral document, bound to what is published, and a writer for each form of it."""
