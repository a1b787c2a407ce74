/** The browser comes from the system or from @sparticuz/chromium (scripts/adapters): puppeteer must not fetch one. */
module.exports = { skipDownload: true };
