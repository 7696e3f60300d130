-- undelivered: one row per (stored event, destination it is for) that is not sent, with the reason in words.
-- A condition on `date` bounds the scan.
create or replace view undelivered as
select
  event_id,
  destination,
  state,
  case state
    when 'unsent' then 'it waits for the next run' || coalesce(' (' || case reason
      when 'replayed' then 'sent again on purpose'
      when 'not_reached' then 'the last one ended before its turn'
      when 'never_left' then 'the last one died before its request left'
      when 'not_journalled' then 'the disk of the last one was full'
      else reason
    end || ')', '')
    when 'leased' then 'a run is sending it, or died while it did'
    when 'retry' then case
      when http_status in (429, 503) or reason in ('ConnectError', 'ConnectTimeout', 'PoolTimeout', 'ProxyError')
        then 'it was refused for now (' || reason || ') and will be tried again'
      else 'it may have arrived (' || coalesce(reason, 'no reason')
        || '); a copy of it does no harm, so it will be tried again'
    end
    when 'uncertain' then case
      when http_status is not null then 'the answer was status ' || http_status
      when reason = 'restored' then 'the backup that the lake was restored from does not know whether it was sent'
      when reason = 'no_outcome' then 'the run died while its request was under way'
      when reason in ('journal_missing', 'journal_damaged')
        then 'the run died and its send journal is ' || split_part(reason, '_', 2)
      else 'no answer came (' || coalesce(reason, 'no reason') || ')'
    end || ': it may have arrived, so it is not sent again unasked'
    when 'expired' then 'it was 71.5 hours old before it could be sent: its time would have been changed'
    when 'dead' then case
      when http_status is not null then 'the request was rejected with status ' || http_status
      when reason = 'too_large' then 'it exceeds the size of a request by itself'
      when reason = 'unusable_name' then 'nothing that the destination takes is left of its name'
      when reason = 'unreadable_properties' then 'its properties are no JSON object'
      else 'it cannot be sent: ' || coalesce(reason, 'no reason')
    end
    else case reason
      when 'bot' then 'its user agent is a bot''s'
      when 'consent' then 'it carries no consent'
      when 'consent_withdrawn' then 'its visitor took consent back before it was sent'
      when 'localhost' then 'its page is on localhost, and the property is a real one'
      when 'no_ga4_form' then 'calls of its kind (identify, alias) have no form at GA4'
      when 'no_form' then 'calls of its kind (identify, alias) have no form there'
      when 'disabled_by_site' then 'the site keeps it from GA4'
      when 'off_catalogue' then 'the catalogue does not know it, and its source sends nothing else (catalogue_only)'
      else 'it is held back: ' || coalesce(reason, 'no reason')
    end
  end as why,
  state in ('unsent', 'leased', 'retry') as leaves_by_itself,
  expires_at,
  reason,
  http_status,
  request_id,
  recorded_at,
  message_id,
  event_name,
  source,
  occurred_at,
  received_at,
  date,
  hour
from delivery_status
where state <> 'sent';
