"""The command line: one module a command, `app` puts them together, and nothing heavy is imported before it runs."""
