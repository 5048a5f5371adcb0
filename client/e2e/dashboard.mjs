/**
 * Takes pictures of the dashboard of a stack that runs, under whatever load it has:
 * `npm run dashboard DATA_DIR SECONDS` watches for so long and writes to docs/screenshots.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { launchBrowser } from './lib/browser.mjs';
import { Operator } from './lib/operator.mjs';
import { SCREENSHOTS, Stack } from './lib/stack.mjs';

const [dataDir, seconds] = process.argv.slice(2);
const stack = await Stack.at(dataDir);
const browser = await launchBrowser();
const operator = await Operator.open(browser, stack, 'desktop', { colorScheme: 'dark' });
await operator.enterKey(stack.dashboardKey);
await operator.streamIs('live');
await delay(Number(seconds) * 1_000);
await operator.viewer.screenshot(SCREENSHOTS, 'desktop-dark-admin-bench');
await browser.close();
