-- Insert the whole batch into events: no copies in it and none in the lake.
insert into events ({columns})
select {values}
from batch b
left join agents a on a.user_agent = b.user_agent
left join networks w on w.ip = b.ip;
