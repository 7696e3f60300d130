-- Temp macros client_kind(…) and client(…): whose event it is. The one definition, used by session_starts, marts and
-- deliveries. An anonymous id; else a device id that came back (a cookie made by this very request is no visitor);
-- else a user id; else nobody (null). Idempotent.
create or replace temp macro client_kind(anonymous_id, device_id, device_is_new, user_id) as
  case
    when anonymous_id is not null then 'anonymous'
    when device_id is not null and not device_is_new then 'device'
    when user_id is not null then 'user'
  end;
create or replace temp macro client(anonymous_id, device_id, device_is_new, user_id) as
  case
    when anonymous_id is not null then anonymous_id
    when device_id is not null and not device_is_new then device_id
    else user_id
  end;
