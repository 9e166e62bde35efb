-- The same as integrations/runtime/embedded/programs/postgres.py makes; a test compares them.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['ganh_owner', 'ganh_app', 'ganh_public', 'ganh_stats']) AS name
 WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE ganh_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner';
ALTER ROLE ganh_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app';
ALTER ROLE ganh_public LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'public';
ALTER ROLE ganh_stats LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'stats';
SELECT 'CREATE DATABASE ganh OWNER ganh_owner'
 WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'ganh') \gexec
