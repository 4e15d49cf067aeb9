"""The only door to the database for compute agents; decides what becomes of a failed build."""
