-- Insert the whole batch into events: no copies in it and none in the lake.
insert into events ({columns})
select {values}
from batch b;
