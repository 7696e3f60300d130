-- What the stand-in received. Grain: one row per POST, per event that GA4 would keep, per event it would drop.
-- Key: the sequence numbers. Not idempotent on purpose: a request that is sent twice is there twice, as in GA4.
-- Times are Unix microseconds; JSON is kept as text, in the order it was sent.
create table if not exists requests (
    request_id integer primary key autoincrement,
    received_at integer not null,
    measurement_id text not null,
    client_id text not null,
    user_id text not null,
    user_properties text not null,
    consent text not null,
    device text not null default '{}',
    user_location text not null default '{}'
) strict;
create index if not exists requests_by_client on requests (client_id);

create table if not exists events (
    event_number integer primary key autoincrement,
    request_id integer not null references requests (request_id),
    position integer not null,
    name text not null,
    params text not null,
    timestamp_micros integer not null,
    problems text not null
) strict;

-- One row per event name: kept up by the trigger, so that a page never counts a million events.
create table if not exists counts (
    name text primary key,
    events integer not null
) strict;

drop index if exists events_by_name;
insert into counts select name, count(*) from events where not exists (select 1 from counts) group by name;
create trigger if not exists events_are_counted after insert on events begin
    insert into counts values (new.name, 1) on conflict (name) do update set events = events + 1;
end;

create table if not exists problems (
    problem_number integer primary key autoincrement,
    request_id integer not null references requests (request_id),
    position integer,
    name text,
    params text not null,
    problems text not null
) strict;

create index if not exists events_by_name_and_number on events (name, event_number);
create index if not exists problems_by_name on problems (name, problem_number);
create index if not exists events_by_request on events (request_id);
create index if not exists problems_by_request on problems (request_id);
