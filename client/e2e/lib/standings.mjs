/** Everything that somebody can be to a chat, each with a chat in which they are it. */
import { Person } from './person.mjs';
import { befriend } from './scenes.mjs';

/** As many as a request takes with what happens in it later. */
const MESSAGES = 3;

/** What was said before anybody acts. */
export const SAID = 'between us';
const STIRRED = 'stirred';

/** Whether an event of a chat is what `stir` of its scene does. */
export const isStir = ({ type, message }) =>
  message?.text === STIRRED || type === 'contact.changed';

/** Acts on one after the other, and returns how many there were. */
async function inTurn(items, act) {
  for (const item of items) await act(item);
  return items.length;
}

/**
 * `{anna, herald, scenes}`: Anna is in every chat throughout, Herald knows nobody yet. A scene is
 * `{kind, role, actor, id, stir}`: the actor has the role in the chat, and `stir` lets something
 * happen there that changes nothing for anybody in the end, and returns how many events that makes.
 */
export async function everyStanding(stack) {
  const names = ['anna', 'herald', 'sam', 'rita', 'carl', 'ben', 'olga', 'lena', 'remy'];
  const [anna, herald, ...others] = await Person.crowd(stack, names);
  const [stranger, requested, friend, blocked, blocks, left, last] = others;
  // Before the blocks, which end nothing in a group that both are in.
  const group = await inGroup(anna, {
    stranger,
    requested,
    removed: last,
    left,
    member: friend,
    admin: blocked,
    owner: blocks,
  });
  const direct = await inDirectChats(anna, {
    stranger,
    requested,
    'has asked': last,
    left,
    accepted: friend,
    blocked,
    'has blocked': blocks,
  });
  return { anna, herald, scenes: [...group, ...direct] };
}

const write = (person, id) => inTurn([STIRRED], (text) => person.api.send(id, text));

async function say(person, id) {
  await inTurn(Array(MESSAGES).fill(SAID), (text) => person.api.send(id, text));
}

/** One group, in which everybody is what their role says. */
async function inGroup(anna, roles) {
  const { stranger, owner, ...members } = roles;
  const { requested, removed, left, admin } = members;
  const ids = [anna, ...Object.values(members)].map((person) => person.id);
  const { id } = await owner.api.createGroup('Everybody', ids);
  const path = `/conversations/${id}/members`;
  await owner.api.put(`${path}/${admin.id}/role`, { role: 'admin' });
  // Who has left by their own wish is asked first.
  for (const person of [requested, left]) await person.api.delete(`${path}/${person.id}`);
  await owner.api.post(path, { user_id: requested.id });
  await owner.api.delete(`${path}/${removed.id}`);
  await say(anna, id);
  const stir = () => write(anna, id);
  const all = Object.entries({ stranger, owner, ...members });
  return all.map(([role, actor]) => ({ kind: 'group', role, actor, id, stir }));
}

/** A direct chat of Anna's with each of them; the stranger looks into that of her friend. */
async function inDirectChats(anna, roles) {
  const { stranger, requested, left, accepted, blocked } = roles;
  const { 'has asked': asks, 'has blocked': blocks } = roles;
  const opened = await Promise.all(
    [accepted, blocked, blocks, left].map((person) => befriend(anna, person)),
  );
  const ids = opened.map(({ id }) => id);
  for (const id of ids) await say(anna, id);
  const block = (one, other) => one.api.put(`/users/me/blocks/${other.id}`);
  const unblock = (one, other) => one.api.delete(`/users/me/blocks/${other.id}`);
  await block(anna, blocked);
  await block(blocks, anna);
  await left.api.delete(`/conversations/${ids[3]}/members/${left.id}`);
  const request = async (from, to) => {
    const { id } = await from.api.createDirect(to.id);
    await from.api.send(id, SAID);
    return { id, stir: () => write(from, id) };
  };

  // Where nobody can write, a block is what is heard.
  const changes = (id, one, other) => ({
    id,
    stir: () => inTurn([unblock, block], (step) => step(one, other)),
  });
  // A message would show the chat again, and nothing else is an event in it.
  const silent = async () => {
    await inTurn([block, unblock], (step) => step(anna, left));
    return 0;
  };
  const withFriend = { id: ids[0], stir: () => write(anna, ids[0]) };
  const rows = [
    ['stranger', stranger, withFriend],
    ['accepted', accepted, withFriend],
    ['requested', requested, await request(anna, requested)],
    ['has asked', asks, await request(asks, anna)],
    ['blocked', blocked, changes(ids[1], anna, blocked)],
    ['has blocked', blocks, changes(ids[2], blocks, anna)],
    ['left', left, { id: ids[3], stir: silent }],
  ];
  return rows.map(([role, actor, chat]) => ({ kind: 'direct', role, actor, ...chat }));
}
