-- Temp table unsent, empty: the backlog of one run. One row per event that is unsent or to be tried again; tried_in: the
-- transaction that says of the last try that it was refused, 0 without.
create or replace temp table unsent (
  event_id uuid, occurred_at timestamp, load_id bigint, client_hash ubigint, tried_in bigint
);
