-- Insert the refused events of the batch. One row per row of a file.
insert into rejected_events ({columns})
select {values}
from batch_rejected b;
