"""The one door to MLflow: what a stage tells of its runs (records), and the store that shows them (publishing)."""
