-- Temp table unsent, empty: the backlog of one run. One row per event that is unsent or to be tried again. client_hash
-- decides only which events go together, so that two clients may share one: half the bytes of a whole hash.
create or replace temp table unsent (event_id uuid, occurred_at timestamp, load_id bigint, client_hash uinteger);
