-- Temp macros: where a session came from, and its channel after GA4's default rules (Analytics Help, "Default channel
-- group", read 2026-11-25; in its order: the first rule that holds). Google's own lists of some 800 sites are not
-- copied: the engines, networks and shops below are those that matter to most sites.
create or replace temp macro url_parameter(url, name) as
  nullif(lower(url_decode(replace(regexp_extract(url, '[?&]' || name || '=([^&#]*)', 1), '+', ' '))), '');
create or replace temp macro host_of(url) as
  nullif(regexp_replace(lower(regexp_extract(url, '^[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)', 1, 'i')), '^www\.', ''), '');
create or replace temp macro is_search(source) as
  regexp_matches(
    source,
    '^([a-z0-9-]+\.)?(google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|naver|daum|seznam|qwant|startpage|ask|aol|sogou|'
    || 'so|coccoc|onet|search\.brave|kagi|presearch|rambler)(\.[a-z]{2,3}){0,2}$'
  ) and not regexp_matches(source, '^(mail|news|docs|drive|meet|accounts)\.');
create or replace temp macro is_social(source) as
  regexp_matches(
    source,
    '^((m|l|lm|out|old|new|web|business)\.)?(facebook|fb|instagram|ig|twitter|x|linkedin|lnkd|reddit|pinterest|tiktok|discord|'
    || 'telegram|medium|quora|tumblr|snapchat|whatsapp|vk|weibo|mastodon|threads|bluesky|bsky|farcaster|warpcast|lens|'
    || 'mirror|hackernews)(\.(com|net|org|app|gg|me|xyz|social|ru|in|co|fr|de|co\.uk))?$'
  ) or source in ('t.co', 't.me', 'telegram.org', 'telegram.me', 'lnkd.in', 'news.ycombinator.com', 'bsky.app', 'redd.it');
create or replace temp macro is_video(source) as
  regexp_matches(source, '^(m\.)?(youtube|youtu|vimeo|twitch|dailymotion|netflix|hulu|bilibili|rumble)(\.(com|be|tv))?$');
create or replace temp macro is_shop(source) as
  regexp_matches(source, '^(shopping\.)?(amazon|ebay|etsy|walmart|alibaba|aliexpress|shopify|shopping|shopzilla|idealo)'
    || '(\.[a-z]{2,3}){0,2}$');
create or replace temp macro is_paid(medium) as
  regexp_matches(medium, '^(.*cp.*|ppc|retargeting|paid.*)$');
create or replace temp macro traffic_source(url, referrer) as
  case
    when url_parameter(url, 'utm_source') is not null or url_parameter(url, 'utm_medium') is not null
      or url_parameter(url, 'utm_campaign') is not null then
      {
        'source': coalesce(url_parameter(url, 'utm_source'), '(not set)'),
        'medium': coalesce(url_parameter(url, 'utm_medium'), '(not set)'),
        'campaign': url_parameter(url, 'utm_campaign')
      }
    when regexp_matches(url, '[?&](gclid|gbraid|wbraid|dclid)=[^&#]') then
      {'source': 'google', 'medium': 'cpc', 'campaign': cast(null as varchar)}
    when regexp_matches(url, '[?&]msclkid=[^&#]') then
      {'source': 'bing', 'medium': 'cpc', 'campaign': cast(null as varchar)}
    when host_of(referrer) is null or host_of(referrer) = host_of(url) then
      {'source': '(direct)', 'medium': '(none)', 'campaign': cast(null as varchar)}
    when is_search(host_of(referrer)) then
      {'source': host_of(referrer), 'medium': 'organic', 'campaign': cast(null as varchar)}
    else
      {'source': host_of(referrer), 'medium': 'referral', 'campaign': cast(null as varchar)}
  end;
create or replace temp macro channel_of(source, medium, campaign) as
  case
    when source = '(direct)' and medium in ('(none)', '(not set)') then 'Direct'
    when contains(coalesce(campaign, ''), 'cross-network') then 'Cross-network'
    when is_paid(medium)
      and (is_shop(source) or regexp_matches(coalesce(campaign, ''), '^(.*(([^a-df-z]|^)shop|shopping).*)$'))
      then 'Paid Shopping'
    when is_paid(medium) and is_search(source) then 'Paid Search'
    when is_paid(medium) and is_social(source) then 'Paid Social'
    when is_paid(medium) and is_video(source) then 'Paid Video'
    when medium in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
    when is_paid(medium) then 'Paid Other'
    when is_shop(source) or regexp_matches(coalesce(campaign, ''), '^(.*(([^a-df-z]|^)shop|shopping).*)$')
      then 'Organic Shopping'
    when is_social(source)
      or medium in ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media')
      then 'Organic Social'
    when is_video(source) or contains(medium, 'video') then 'Organic Video'
    when is_search(source) or medium = 'organic' then 'Organic Search'
    when medium in ('referral', 'app', 'link') then 'Referral'
    when source in ('email', 'e-mail', 'e_mail', 'e mail') or medium in ('email', 'e-mail', 'e_mail', 'e mail')
      then 'Email'
    when medium = 'affiliate' then 'Affiliates'
    when medium = 'audio' then 'Audio'
    when source = 'sms' or medium = 'sms' then 'SMS'
    when ends_with(medium, 'push') or contains(medium, 'mobile') or contains(medium, 'notification')
      or source = 'firebase' then 'Mobile Push Notifications'
    else 'Unassigned'
  end;
