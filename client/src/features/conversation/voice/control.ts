/**
 * One recording of one chat, from the press of the button to what becomes of it. It lasts as long as
 * the composer: what is being said when that goes is kept as a draft.
 */
import { uuidV7 } from '@/lib/uuid';
import type { Recorder, Take } from './recorder';

/** Why nothing can be recorded. */
export type Refusal = 'denied' | 'missing' | 'busy' | 'unsupported';

/** Why a recording has ended by itself: it is as long as it may be, or the microphone has gone. */
export type Halt = 'full' | 'cut';

export class Refused extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal, options?: ErrorOptions) {
    super(`nothing can be recorded: ${reason}`, options);
    this.reason = reason;
  }
}

export type VoiceState =
  | { stage: 'idle' }
  /** The person is asked for their microphone. */
  | { stage: 'asking'; held: boolean }
  /** `held`: it lasts as long as the finger rests on the button. */
  | { stage: 'live'; held: boolean; id: string; recorder: Recorder };

/** What the screen says until the next recording; `unloaded`: the recorder is not on this device. */
export type VoiceNote = Refusal | Halt | 'unloaded';

export interface VoicePorts {
  open: (onHalt: (why: Halt) => void) => Promise<Recorder>;
  settle: (id: string, take: Take, wish: 'keep' | 'send') => Promise<void>;
  forget: (id: string) => Promise<void>;
}

export interface VoiceView {
  state: VoiceState;
  note: VoiceNote | null;
}

const IDLE: VoiceState = { stage: 'idle' };

export class VoiceControl {
  readonly #ports: VoicePorts;
  readonly #listeners = new Set<() => void>();
  #view: VoiceView = { state: IDLE, note: null };
  /** The recording that was put aside when it was paused: it may be sent or deleted elsewhere. */
  #kept: string | null = null;
  #tail: Promise<void> = Promise.resolve();
  /** Recordings that are being put together to be sent or kept. */
  #ending = 0;

  constructor(ports: VoicePorts) {
    this.#ports = ports;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** What was said is not yet where it belongs: what waits is an earlier part of it. */
  isEnding(): boolean {
    return this.#ending > 0;
  }

  readonly view = (): VoiceView => this.#view;

  /** Begins to record; `held` as long as somebody keeps the button pressed. */
  async begin(held: boolean): Promise<void> {
    if (this.#view.state.stage !== 'idle' || this.isEnding()) return;
    const asking: VoiceState = { stage: 'asking', held };
    const id = uuidV7();
    this.#show(asking);
    try {
      const recorder = await this.#ports.open((why) => this.#halted(id, why));
      const state = this.#asking();
      if (state) this.#show({ stage: 'live', held: state.held, id, recorder });
      // Whoever was asked has left meanwhile.
      else recorder.drop();
    } catch (error) {
      const note = error instanceof Refused ? error.reason : 'unloaded';
      if (this.#asking()) this.#show(IDLE, note);
    }
  }

  /** The recording goes on without the finger. */
  lock(): void {
    const { state } = this.#view;
    if (state.stage !== 'idle') this.#show({ ...state, held: false });
  }

  /** What is there so far can be heard, and survives the page. */
  async pause(): Promise<void> {
    const live = this.#live();
    if (!live || live.recorder.snapshot().stage !== 'recording') return;
    this.lock();
    const take = await live.recorder.pause();
    // It may have been sent or deleted while it was being put together.
    await this.#inTurn(async () => {
      if (this.#live()?.id !== live.id) return;
      await this.#ports.settle(live.id, take, 'keep');
      if (this.#live()?.id === live.id) this.#kept = live.id;
    });
  }

  resume(): void {
    this.#live()?.recorder.resume();
  }

  async send(): Promise<void> {
    await this.#end('send');
  }

  /** The composer goes away. */
  async leave(): Promise<void> {
    await this.#end('keep');
  }

  async cancel(): Promise<void> {
    const live = this.#live();
    this.#show(IDLE);
    if (!live) return;
    live.recorder.drop();
    await this.#inTurn(() => this.#ports.forget(live.id));
  }

  /** The drafts say which recording waits: one that was put aside and is not there is no more. */
  waits(id: string | undefined): void {
    const live = this.#live();
    if (!live || this.#kept !== live.id || id === live.id) return;
    this.#show(IDLE);
    live.recorder.drop();
  }

  async #end(wish: 'keep' | 'send'): Promise<void> {
    const live = this.#live();
    this.#show(IDLE);
    if (!live) return;
    this.#ending += 1;
    try {
      const take = await live.recorder.finish();
      await this.#inTurn(() => this.#ports.settle(live.id, take, wish));
    } finally {
      this.#ending -= 1;
    }
  }

  /** What is put aside later must not come before what was put aside first. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(task, task);
    return this.#tail;
  }

  #halted(id: string, why: Halt): void {
    if (this.#live()?.id !== id) return;
    void this.#end('keep');
    this.#show(IDLE, why);
  }

  #live() {
    const { state } = this.#view;
    return state.stage === 'live' ? state : null;
  }

  #asking() {
    const { state } = this.#view;
    return state.stage === 'asking' ? state : null;
  }

  #show(state: VoiceState, note: VoiceNote | null = null): void {
    if (state.stage !== 'live') this.#kept = null;
    this.#view = { state, note };
    this.#listeners.forEach((listener) => listener());
  }
}
