-- Who the exporter is: it sees every statistic, and no row of anybody's. Its password is in the environment.
\set ON_ERROR_STOP on
\getenv password PASSWORD

SELECT 'CREATE ROLE postgres_exporter' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgres_exporter') \gexec
ALTER ROLE postgres_exporter LOGIN PASSWORD :'password' CONNECTION LIMIT 3;
GRANT pg_monitor TO postgres_exporter;
GRANT CONNECT ON DATABASE postgres TO postgres_exporter;
