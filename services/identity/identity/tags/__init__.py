"""Tags: words with colours, by which records of any module are classified."""
