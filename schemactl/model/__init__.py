"""Values that cross borders: versions, migrations, ledger entries, catalogues. No I/O, no engine, no configuration."""
