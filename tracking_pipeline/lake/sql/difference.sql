-- difference: one row: rows of the part files that the lake lacks or holds otherwise; rows of the lake that no file has.
-- By content and place in the file; what a load adds (is_bot, browser, country …) is not compared.
with on_disk as (
  select {columns}, source_file, ordinal
  from {batch}
),
in_lake as (
  {in lake}
)
select
  (select count(*) from (from on_disk except all from in_lake)) as coming,
  (select count(*) from (from in_lake except all from on_disk)) as going;
