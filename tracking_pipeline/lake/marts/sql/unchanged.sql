-- Take rows that go and come back the same out of gone_{mart} and new_{mart}. Keys make rows unique in each, so only new
-- rows whose key goes are compared.
create or replace temp table same_rows as
from gone_{mart}
intersect
select *
from new_{mart}
where ({key}) in (select ({key}) from gone_{mart});
delete from gone_{mart}
where ({key}) in (select ({key}) from same_rows);
delete from new_{mart}
where ({key}) in (select ({key}) from same_rows);
