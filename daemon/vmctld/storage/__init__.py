"""The record of everything: tables, migrations, repositories.  Only services reach it."""
