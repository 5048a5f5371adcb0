/** A direct chat that the other person has accepted, as it stands then; nobody need be connected. */
export async function befriend(one, other) {
  const { id } = await one.api.createDirect(other.id);
  return other.api.accept(id);
}

/** An accepted direct chat that both know. */
export async function directChat(one, other) {
  const { id, topic } = await befriend(one, other);
  await Promise.all([one, other].map((person) => person.hasEvents(id, topic.offset)));
  return id;
}

/** A group made by the first of `members`, known to all of them. */
export async function group(...members) {
  const [first, ...others] = members;
  const ids = others.map((person) => person.id);
  const { id } = await first.api.createGroup('Friends', ids);
  await Promise.all(members.map((person) => person.hasChat(id)));
  return id;
}

/** Sends and waits until every one of `readers` holds the message. */
export async function sendTo(sender, id, text, readers) {
  const started = performance.now();
  const message = await sender.api.send(id, text);
  await Promise.all(readers.map((reader) => reader.hasChat(id, { seq: message.seq })));
  const seen = readers.map((reader) => reader.seenAt.get(message.client_msg_id));
  return { message, tookMs: Math.max(...seen) - started };
}
