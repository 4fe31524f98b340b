"""The rules of the workflows, on targets that live in memory."""
