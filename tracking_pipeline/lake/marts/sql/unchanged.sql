-- Take rows that go and come back the same out of gone_{mart} and new_{mart}. Keys make rows unique in each.
create or replace temp table same_rows as
from gone_{mart}
intersect
from new_{mart};
create or replace temp table gone_{mart} as
from gone_{mart}
except
from same_rows;
create or replace temp table new_{mart} as
from new_{mart}
except
from same_rows;
