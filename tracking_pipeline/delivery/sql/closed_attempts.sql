-- Attempts that have an outcome in the ledger, from a day of receipt on. One row per attempt.
select distinct attempt_id
from deliveries
where destination = $destination
  and date >= $from_date
  and state <> 'leased'
  and attempt_id is not null;
