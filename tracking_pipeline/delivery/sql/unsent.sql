-- Temp table unsent, empty: the backlog of one run. One row per event that is unsent or to be tried again.
create or replace temp table unsent (event_id uuid, occurred_at timestamp, load_id bigint, client_hash ubigint);
