-- Is the sender's last transaction still in the ledger? (A restored catalog has lost it.) One row: a count.
select count(*)
from deliveries
where load_id = $load_id
  and destination = $destination
  and recorded_at = $recorded_at;
