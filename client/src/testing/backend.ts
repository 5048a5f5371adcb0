/**
 * The core as the tests need it: chats with logs in memory, behind the HTTP contract.
 *
 * Long because it is the one place that holds the state which all groups of routes share.
 */
import { http, HttpResponse, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import type { UserEvent } from '@/api/events';
import type {
  Attachment,
  ChatEvent,
  ClientConfig,
  Conversation,
  DeviceSession,
  Invite,
  InfoChange,
  LinkPreview,
  LoggedChange,
  Member,
  Message,
  Reach,
  Reaction,
  Role,
  User,
  VersionList,
  WhoMayAdd,
} from '@/api/types';
import { arrangeHandlers } from './arrangeHandlers';
import { aConversation, ADA, aMessage, BEN, CAT, type ConversationParts } from './fixtures';
import { inviteHandlers } from './inviteHandlers';
import { keepingHandlers } from './keepingHandlers';
import { messageHandlers } from './messageHandlers';
import { problem } from './problem';
import { profileHandlers } from './profileHandlers';
import { reactionHandlers } from './reactionHandlers';
import { factorRefusal, secondFactorHandlers } from './secondFactorHandlers';
import { securityHandlers } from './securityHandlers';
import { uploadHandlers, type Uploaded } from './uploadHandlers';

const CONFIG: ClientConfig = {
  sign_up_open: true,
  realtime: { websocket_url: 'ws://hub.test/connection/websocket', notification_sse_url: '/sse' },
  limits: {
    message_max_chars: 4_096,
    handle_max_chars: 32,
    group_max_members: 8,
    subscriptions_max: 50,
    mentions_max: 50,
    edit_window_s: 900,
    delete_window_s: 172_800,
    upload_max_bytes: 268_435_456,
    upload_part_bytes: 1_048_576,
    picture_max_bytes: 33_554_432,
    picture_max_pixels: 25_000_000,
  },
  features: ['link_previews'],
};

interface Room {
  conversation: Conversation;
  log: LoggedChange[];
  messages: Message[];
  /** What edited messages have said, the first text first. */
  versions: Map<string, VersionList['versions']>;
  /** Everybody, where the snapshot names few. */
  members?: Member[];
  /** The first offset that the user may read. */
  readableFrom?: number;
}

/** What is answered to a request about a chat. */
export type Answer = (request: Request, id: string) => JsonBodyType | Response | Promise<Response>;

export class Backend {
  readonly rooms = new Map<string, Room>();
  readonly requests: string[] = [];
  /** Refuses the next sends with these statuses; 0 is a lost connection. */
  readonly sendFailures: (number | { status: number; code: string })[] = [];
  chatsPerPage = 1_000;
  membersPerPage = 200;
  /** Chats that the list does not name, though they are there. */
  readonly unlisted = new Set<string>();
  /** Holds the answers to these requests back until the promise resolves. */
  readonly held = new Map<string, Promise<void>>();
  /** How many of the next pages of messages do not come. */
  pageFailures = 0;
  /** Refuses the next reports of watermarks. */
  readonly receiptFailures: number[] = [];
  /** The log of what concerns the user alone. */
  readonly userLog: { offset: number; event: UserEvent }[] = [];
  /** Whom the user has blocked. */
  blocks: User[] = [];
  blocksPerPage = 100;
  /** What people say about themselves. */
  readonly abouts = new Map<string, string>();
  whoMayAdd: WhoMayAdd = 'everybody';
  /** The link into a group, by its id. */
  readonly invites = new Map<string, Invite>();
  /** Where the user is signed in. */
  sessions: DeviceSession[] = [];
  /** Of a second factor that is on, which the sign-in asks for. */
  recoveryCodes: string[] | null = null;
  /** What the user has asked for whose account is deleted. */
  deleted: unknown = null;
  /** Refuses the next requests that change a chat's people with these codes. */
  readonly refusals: { status: number; code: string }[] = [];
  /** How far the others have got with every message. */
  reached: Reach[] = [];
  /** Left the group by their own wish: they are asked before they are in it again. */
  readonly left = new Set<string>();
  /** What was sent of files, by the client id of the upload. */
  readonly uploads = new Map<string, Uploaded>();
  /** Refuses the next requests about uploads; 0 is a lost connection. */
  readonly uploadFailures: { status: number; code: string }[] = [];
  /** Attachments that can be loaded. */
  readonly attachments = new Map<string, Attachment>();
  /** What is shown of pages, by their addresses and by their ids. */
  readonly previews = new Map<string, LinkPreview>();
  /** The cookie of this browser is good, and whose it is. */
  signedIn = true;
  account: User = ADA;
  /** The only token that is good; a refresh makes the next one. */
  tokenNumber = 0;
  #sessionNumber = 1;

  get token(): string {
    const claims = btoa(JSON.stringify({ sid: `session-${this.#sessionNumber}` }));
    return `token-${this.tokenNumber}.${claims}.signature`;
  }

  /** Somebody signs in: another session, and the only one. */
  login(account = this.account): void {
    this.account = account;
    this.signedIn = true;
    this.#sessionNumber += 1;
  }

  add(over: ConversationParts = {}): Room {
    const conversation = aConversation(over);
    const created: ChatEvent = { type: 'conversation.created', conversation_id: conversation.id };
    const room: Room = {
      conversation,
      log: [{ offset: 1, event: created }],
      messages: [],
      versions: new Map(),
    };
    this.rooms.set(conversation.id, room);
    return room;
  }

  room(id = 'c1'): Room {
    const room = this.rooms.get(id);
    if (!room) throw new Error(`no chat ${id}`);
    return room;
  }

  /** Writes a message into a chat's log, as a core does. Returns what the hub would publish. */
  post(over: Partial<Message> = {}, id = 'c1'): LoggedChange {
    const room = this.room(id);
    const seq = room.messages.length + 1;
    const message = aMessage({
      seq,
      id: `${id}-${seq}`,
      client_msg_id: `${id}-m${seq}`,
      conversation_id: id,
      ...over,
    });
    room.messages.push(message);
    return this.log({ type: 'message.posted', message }, id);
  }

  log(event: ChatEvent, id = 'c1'): LoggedChange {
    const room = this.room(id);
    const change = { offset: room.log.length + 1, event };
    room.log.push(change);
    return change;
  }

  /** A group shows something else of itself, by the user; returns what the hub would publish. */
  show(shown: InfoChange & { picture_id?: string | null }, id = 'c1', by = ADA.id): LoggedChange {
    Object.assign(this.room(id).conversation, shown);
    return this.log({ type: 'conversation.changed', by, ...shown }, id);
  }

  /** The messages that the user has not cleared. */
  readable(id = 'c1'): Message[] {
    const { conversation, messages } = this.room(id);
    return messages.filter(({ seq }) => seq >= conversation.first_seq);
  }

  snapshot(id = 'c1'): Conversation {
    const { conversation, log } = this.room(id);
    const messages = this.readable(id);
    const unread = messages.filter((m) => m.sender_id !== ADA.id && m.seq > conversation.read_seq);
    return {
      ...conversation,
      last_message: messages.at(-1) ?? null,
      unread_count: unread.length,
      unread_mentions: unread.filter((m) => m.mentions.includes(ADA.id)).length,
      topic: { ...conversation.topic, offset: log.length },
    };
  }

  /** Writes into the log of what concerns the user alone. Returns what the hub would publish. */
  tell(event: UserEvent): { offset: number; event: UserEvent } {
    const told = { offset: this.userLog.length + 1, event };
    this.userLog.push(told);
    return told;
  }

  /** Edits a message as a core does. Returns what the hub would publish. */
  edit(messageId: string, text: string, id = 'c1'): LoggedChange {
    const edited_at = new Date(Date.UTC(2026, 0, 6, 0, 0, this.room(id).log.length)).toISOString();
    const room = this.room(id);
    const before = room.messages.find((message) => message.id === messageId);
    const versions = room.versions.get(messageId) ?? [
      { text: before?.text ?? '', mentions: [], written_at: before?.created_at ?? '' },
    ];
    room.versions.set(messageId, [...versions, { text, mentions: [], written_at: edited_at }]);
    this.#change(id, messageId, { text, edited_at });
    return this.log(
      { type: 'message.edited', message_id: messageId, text, mentions: [], edited_at },
      id,
    );
  }

  /** The time of a message is over: nothing of it stays but its place in the log. */
  expire(messageId: string, id = 'c1'): LoggedChange {
    this.erase(messageId, id);
    const room = this.room(id);
    room.messages = room.messages.filter((message) => message.id !== messageId);
    room.log.pop();
    return this.log({ type: 'message.expired', message_id: messageId }, id);
  }

  /** How long messages are kept that are written from now on. */
  keepFor(seconds: number | null, id = 'c1', by = ADA.id): LoggedChange {
    this.room(id).conversation.disappear_s = seconds;
    return this.log({ type: 'conversation.changed', by, disappear_s: seconds }, id);
  }

  /** Deletes a message for everyone, with what its log says of it. */
  erase(messageId: string, id = 'c1', by = ADA.id): LoggedChange {
    this.room(id).versions.delete(messageId);
    const gone = {
      text: '',
      attachment: null,
      preview: null,
      edited_at: null,
      reply_to: null,
      mentions: [],
      deleted: true,
    };
    this.#change(id, messageId, gone);
    for (const { event } of this.room(id).log) {
      if (event.type === 'message.posted' && event.message.id === messageId)
        event.message = { ...event.message, ...gone };
      if (event.type === 'message.edited' && event.message_id === messageId) event.text = '';
    }
    return this.log({ type: 'message.deleted', message_id: messageId, by }, id);
  }

  /** Writes all reactions to a message into its chat's log. */
  react(messageId: string, reactions: Reaction[], id = 'c1'): LoggedChange {
    const mine = reactions.find(({ user_ids }) => user_ids?.includes(this.account.id));
    this.#change(id, messageId, { reactions, my_reaction: mine?.emoji ?? null });
    return this.log({ type: 'message.reacted', message_id: messageId, reactions }, id);
  }

  /** Pins a message for some seconds, or unpins it (`null`). */
  pin(messageId: string, forS: number | null, id = 'c1'): LoggedChange {
    const { conversation } = this.room(id);
    const by = this.account.id;
    conversation.pins = conversation.pins.filter(({ message_id }) => message_id !== messageId);
    if (forS === null) return this.log({ type: 'message.unpinned', message_id: messageId, by }, id);
    const until = new Date(Date.now() + forS * 1_000).toISOString();
    conversation.pins.push({ message_id: messageId, by, until });
    return this.log({ type: 'message.pinned', message_id: messageId, by, until }, id);
  }

  /** Stars a message, or takes the star away. Returns what the hub would publish. */
  star(messageId: string, starred: boolean, id = 'c1'): { offset: number; event: UserEvent } {
    this.#change(id, messageId, { starred });
    return this.tell({
      type: 'message.starred',
      conversation_id: id,
      message_id: messageId,
      starred,
    });
  }

  /** Keeps what the user has begun to write. Returns what the hub would publish. */
  keepDraft(text: string, reply_to: string | null, id = 'c1', at = Date.now()) {
    const draft = { text, reply_to, updated_at: new Date(at).toISOString() };
    this.room(id).conversation.draft = text === '' && reply_to === null ? null : draft;
    return this.tell({ type: 'draft.changed', conversation_id: id, ...draft });
  }

  /** What a message says that forwards another one. */
  forwarded(messageId: string): Pick<Message, 'text' | 'forwarded'> | null {
    const all = [...this.rooms.values()].flatMap(({ messages }) => messages);
    const message = all.find(({ id, deleted }) => id === messageId && !deleted);
    return message ? { text: message.text, forwarded: message.forwarded + 1 } : null;
  }

  #change(id: string, messageId: string, over: Partial<Message>): void {
    const room = this.room(id);
    room.messages = room.messages.map((message) =>
      message.id === messageId ? { ...message, ...over } : message,
    );
  }

  count(request: string): number {
    return this.requests.filter((made) => made === request).length;
  }

  handlers() {
    const session = () => {
      this.tokenNumber += 1;
      return HttpResponse.json({ user: this.account, access_token: this.token, expires_in: 900 });
    };
    const login = () => {
      this.login();
      return session();
    };
    const guarded =
      (answer: Answer) =>
      async ({ request, params }: { request: Request; params: Record<string, unknown> }) => {
        const url = new URL(request.url);
        const name = `${request.method} ${url.pathname.replace('/api/v1/', '')}`;
        this.requests.push(name);
        const held = this.held.get(name);
        if (request.headers.get('authorization') !== `Bearer ${this.token}`) {
          return problem(401, 'token_expired');
        }
        const id = typeof params.id === 'string' ? params.id : '';
        if (id !== '' && !this.rooms.has(id)) {
          await held;
          return problem(404, 'not_found');
        }
        const body = await answer(request, id);
        await held;
        return body instanceof Response ? body : HttpResponse.json(body);
      };

    const changing = (answer: Answer) =>
      guarded((request, id) => {
        const refusal = this.refusals.shift();
        return refusal ? problem(refusal.status, refusal.code) : answer(request, id);
      });

    return [
      ...arrangeHandlers(this, changing),
      ...profileHandlers(this, changing),
      ...reactionHandlers(this, changing),
      ...uploadHandlers(this, guarded),
      ...inviteHandlers(this, changing),
      ...keepingHandlers(this, changing),
      ...securityHandlers(this, changing),
      ...secondFactorHandlers(this, changing),
      ...messageHandlers(this, guarded, changing),
      http.get('*/api/v1/client-config', () => HttpResponse.json(CONFIG)),
      http.post('*/api/v1/auth/refresh', () => {
        this.requests.push('POST auth/refresh');
        return this.signedIn ? session() : problem(401, 'refresh_invalid');
      }),
      http.post('*/api/v1/auth/login', async ({ request }) => {
        const { password, code } = (await request.json()) as { password: string; code?: string };
        if (password !== 'right') return problem(401, 'invalid_credentials');
        return factorRefusal(this, code) ?? login();
      }),
      http.post('*/api/v1/auth/register', login),
      http.post('*/api/v1/auth/logout', () => {
        this.signedIn = false;
        return new HttpResponse(null, { status: 204 });
      }),
      http.get(
        '*/api/v1/users',
        guarded(() => ({ users: [BEN, CAT] })),
      ),
      http.get(
        '*/api/v1/conversations',
        guarded((request) => {
          const listed = [...this.rooms.keys()].filter((id) => !this.unlisted.has(id));
          const from = Number(new URL(request.url).searchParams.get('cursor') ?? 0);
          const to = from + this.chatsPerPage;
          return {
            conversations: listed.slice(from, to).map((id) => this.snapshot(id)),
            user_topic: { name: 'user:ada', epoch: 'u', offset: this.userLog.length },
            next: to < listed.length ? String(to) : null,
          };
        }),
      ),
      http.post(
        '*/api/v1/conversations',
        guarded(async (request) => {
          const body = (await request.json()) as { kind: 'direct' | 'group'; title?: string };
          this.add({ id: 'made', kind: body.kind, title: body.title ?? null });
          return HttpResponse.json(this.snapshot('made'), { status: 201 });
        }),
      ),
      http.put(
        '*/api/v1/conversations/:id/disappearing',
        changing(async (request, id) => {
          const { seconds } = (await request.json()) as { seconds: number };
          this.keepFor(seconds === 0 ? null : seconds, id);
          return HttpResponse.json(this.snapshot(id));
        }),
      ),
      http.put(
        '*/api/v1/users/me/chat',
        guarded(() => {
          const made = !this.rooms.has('own');
          if (made) this.add({ id: 'own', members: [this.account] });
          return HttpResponse.json(this.snapshot('own'), { status: made ? 201 : 200 });
        }),
      ),
      http.get(
        '*/api/v1/conversations/heads',
        guarded(() => ({
          heads: [...this.rooms.keys()].map((id) => {
            const { epoch, offset } = this.snapshot(id).topic;
            return { id, epoch, offset };
          }),
          user_topic: { name: 'user:ada', epoch: 'u', offset: this.userLog.length },
          next: null,
        })),
      ),
      http.get(
        '*/api/v1/conversations/:id/members',
        guarded((request, id) => {
          const members = this.room(id).members ?? this.room(id).conversation.members;
          const from = Number(new URL(request.url).searchParams.get('cursor') ?? 0);
          const to = from + this.membersPerPage;
          return {
            members: members.slice(from, to),
            next: to < members.length ? String(to) : null,
          };
        }),
      ),
      http.get(
        '*/api/v1/conversations/:id',
        guarded((_, id) => ({ ...this.snapshot(id) })),
      ),
      http.post(
        '*/api/v1/conversations/:id/members',
        changing(async (request, id) => {
          const { user_id: userId } = (await request.json()) as { user_id: string };
          const user = [BEN, CAT].find((person) => person.id === userId);
          const { conversation } = this.room(id);
          if (user && !this.left.has(userId)) {
            conversation.members.push({ ...user, role: 'member' });
            conversation.member_count += 1;
            this.log({ type: 'member.added', user, by: ADA.id }, id);
          }
          return HttpResponse.json(this.snapshot(id));
        }),
      ),
      http.delete(
        '*/api/v1/conversations/:id/members/:user',
        changing(() => new Response(null, { status: 204 })),
      ),
      http.put(
        '*/api/v1/conversations/:id/members/:user/role',
        changing(async (request, id) => {
          const { role } = (await request.json()) as { role: Role };
          const userId = new URL(request.url).pathname.split('/').at(-2) ?? '';
          this.room(id).conversation.members.forEach((member) => {
            if (member.id === userId) member.role = role;
          });
          this.log({ type: 'member.role_changed', user_id: userId, role, by: ADA.id }, id);
          return HttpResponse.json(this.snapshot(id));
        }),
      ),
      http.post(
        '*/api/v1/conversations/:id/accept',
        changing((_, id) => {
          this.room(id).conversation.state = 'active';
          this.log({ type: 'request.accepted', user_id: ADA.id }, id);
          return HttpResponse.json(this.snapshot(id));
        }),
      ),
      http.get(
        '*/api/v1/users/me/blocks',
        guarded((request) => {
          const after = new URL(request.url).searchParams.get('after');
          const from = this.blocks.findIndex((user) => user.id === after) + 1;
          const users = this.blocks.slice(from, from + this.blocksPerPage);
          return { users, has_more: from + users.length < this.blocks.length };
        }),
      ),
      http.put(
        '*/api/v1/users/me/blocks/:user',
        changing((request) => {
          const user = [BEN, CAT].find(({ id }) => request.url.endsWith(`/${id}`));
          if (user) this.blocks.push(user);
          return new Response(null, { status: 204 });
        }),
      ),
      http.delete(
        '*/api/v1/users/me/blocks/:user',
        changing((request) => {
          this.blocks = this.blocks.filter(({ id }) => !request.url.endsWith(`/${id}`));
          return new Response(null, { status: 204 });
        }),
      ),
      http.get(
        '*/api/v1/users/me/settings',
        guarded(() => ({ who_may_add: this.whoMayAdd })),
      ),
      http.put(
        '*/api/v1/users/me/settings',
        changing(async (request) => {
          const { who_may_add: chosen } = (await request.json()) as { who_may_add: WhoMayAdd };
          this.whoMayAdd = chosen;
          return new Response(null, { status: 204 });
        }),
      ),
      http.get(
        '*/api/v1/conversations/:id/changes',
        guarded((request, id) => {
          const params = new URL(request.url).searchParams;
          const after = Number(params.get('after_offset'));
          const { topic } = this.snapshot(id);
          const reset = params.get('epoch') !== topic.epoch;
          const { log, readableFrom = 1 } = this.room(id);
          const from = Math.max(after + 1, readableFrom);
          const changes = reset ? [] : log.filter(({ offset }) => offset >= from);
          return { reset, changes, has_more: false, topic };
        }),
      ),
      http.post(
        '*/api/v1/conversations/:id/receipts',
        guarded(async (request, id) => {
          const failure = this.receiptFailures.shift();
          if (failure !== undefined) return problem(failure, `refused_${failure}`);
          const told = (await request.json()) as { delivered_seq: number; read_seq: number };
          const { conversation } = this.room(id);
          conversation.delivered_seq = Math.max(conversation.delivered_seq, told.delivered_seq);
          conversation.read_seq = Math.max(conversation.read_seq, told.read_seq);
          const { delivered_seq, read_seq } = conversation;
          return HttpResponse.json({ delivered_seq, read_seq });
        }),
      ),
    ];
  }
}

export const server = setupServer();

/** A backend that answers this test's requests. */
export function startBackend(): Backend {
  const backend = new Backend();
  server.use(...backend.handlers());
  return backend;
}
