"""PostgreSQL: connections, units of work, the tables every service has, and row-level security."""
