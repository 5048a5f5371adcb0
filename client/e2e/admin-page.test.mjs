import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { Load } from './lib/load.mjs';
import { Operator } from './lib/operator.mjs';
import { Person } from './lib/person.mjs';
import { directChat } from './lib/scenes.mjs';
import { barriers } from './lib/screen.mjs';
import { Stack } from './lib/stack.mjs';

/** The page waits up to 15 s between its tries to come back, and a quarter more by chance. */
const BACK_MS = 30_000;

let stack, browser;

before(async () => {
  stack = await Stack.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('a wrong key is refused, and the right one is not in the way afterwards', async () => {
  const operator = await Operator.open(browser, stack, 'desktop');
  await operator.page.getByLabel('API key').waitFor();
  assert.deepEqual(await barriers(operator.page), []);
  await operator.enterKey('not-the-key');
  await operator.page.getByRole('alert').filter({ hasText: 'does not know this key' }).waitFor();
  assert.equal(await operator.page.getByTestId('hub-stream').count(), 0);

  await operator.enterKey(stack.dashboardKey);
  await operator.streamIs('live');
  const stored = await operator.page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]),
  );
  assert.doesNotMatch(stored, new RegExp(stack.dashboardKey));
  await operator.page.reload();
  await operator.page.getByLabel('API key').waitFor();
  assert.equal(await operator.page.getByLabel('API key').inputValue(), '');
  assert.deepEqual(operator.viewer.complaints, []);
});

for (const [size, colorScheme] of [
  ['desktop', 'light'],
  ['phone', 'dark'],
]) {
  test(`the numbers move while people chat (${size}, ${colorScheme})`, async () => {
    const people = await Person.crowd(stack, ['anna', 'ben']);
    await Promise.all(people.map((person) => person.connect()));
    const id = await directChat(...people);
    await Promise.all(people.map((person) => person.subscribe(id)));
    const stop = new Load().chat(id, people);

    const operator = await Operator.open(browser, stack, size, { colorScheme });
    await operator.enterKey(stack.dashboardKey);
    await operator.streamIs('live');
    const isBusy = async () => {
      const numbers = await Promise.all(
        ['Connections', 'Users', 'Rooms', 'Deliveries', 'Events', 'Latency, p99'].map((title) =>
          operator.number(title),
        ),
      );
      const [connections, users, rooms, deliveries, events, latencyMs] = numbers;
      return connections >= 2 && users >= 2 && rooms >= 1 && events > 0 && deliveries >= events
        ? latencyMs > 0
        : false;
    };
    await eventually('every number is there', isBusy, { withinMs: 15_000, everyMs: 200 });
    await operator.panel('Top rooms').getByTitle(`chat:${id}`).waitFor();
    for (const core of ['core-1', 'core-2']) {
      assert.match(await operator.core(core).innerText(), /open[^]*\b5$/, core);
    }
    assert.equal(await operator.page.getByTestId('alarms').innerText(), '');
    assert.deepEqual(await barriers(operator.page), []);

    await stop();
    people.forEach((person) => person.disconnect());
    const quiet = async () => (await operator.number('Events')) === 0;
    await eventually('quiet', quiet, { withinMs: 15_000, everyMs: 200 });
    assert.deepEqual(operator.viewer.complaints, []);
    await operator.viewer.close();
  });
}

test('a hub that goes away is told at once, and seen again when it is back', async () => {
  const operator = await Operator.open(browser, stack, 'desktop');
  await operator.enterKey(stack.dashboardKey);
  await operator.streamIs('live');
  const back = await stack.kill('hub');
  await operator.streamIs('unreachable');
  await operator.page.getByRole('alert').filter({ hasText: 'Hub unreachable' }).waitFor();
  assert.match(await operator.page.title(), /^Unreachable/);
  assert.deepEqual(await barriers(operator.page), []);
  await back();
  await operator.streamIs('live', { timeout: BACK_MS });
  await operator.panel('What happened').getByText('Hub started').first().waitFor();
  assert.match(await operator.page.getByRole('banner').innerText(), /up \d+ s/);
  assert.deepEqual(operator.viewer.complaints, []);
});

test('a core that goes away is seen, and its return, too', async () => {
  const operator = await Operator.open(browser, stack, 'desktop');
  await operator.enterKey(stack.dashboardKey);
  await operator.core('core-2').getByText('open').waitFor();
  const back = await stack.kill('core-2');
  const feed = operator.panel('What happened');
  await feed.locator('[data-kind="core_disconnected"]').filter({ hasText: 'core-2' }).waitFor();
  await back();
  await operator.core('core-2').getByText('open').waitFor();
  await feed
    .locator('[data-kind="core_connected"]')
    .filter({ hasText: 'core-2' })
    .first()
    .waitFor();
});
