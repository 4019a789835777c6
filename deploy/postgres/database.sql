-- The role and the database of one service, `name`, whose password is in the environment: arguments can be seen.
\set ON_ERROR_STOP on
\getenv password PASSWORD

SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN PASSWORD :'password';
-- The detail of an error repeats what was stored: emails.
ALTER ROLE :"name" SET log_error_verbosity = terse;
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec

-- PostgreSQL lets everybody in everywhere unless told otherwise.
REVOKE ALL ON DATABASE :"name", postgres, template1 FROM PUBLIC;
