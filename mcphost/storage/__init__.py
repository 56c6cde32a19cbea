"""Database, migrations, paths and secrets."""
