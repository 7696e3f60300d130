"""Which user agents are bots: one pattern, one place."""

BOT_PATTERN = (
    r"bot\b|bot/|crawl|spider|slurp|headless|lighthouse|pagespeed|pingdom|uptime|phantomjs|"
    r"facebookexternalhit|embedly|preview|scrapy|archiver|monitoring|puppeteer|playwright|gptbot|bingpreview"
)
