-- Temp view {mart}_now: the mart as it will be: without the rows that go, with the new ones.
create or replace temp view {mart}_now as
select m.*
from {mart} m
anti join gone_{mart} g on {same key}
union all
select *
from new_{mart};
