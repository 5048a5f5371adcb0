import { beforeEach, describe, expect, it } from 'vitest';
import { Refused, VoiceControl, type Halt } from './control';
import { slideOf } from './MicButton';
import type { Recorder, Snapshot, Take } from './recorder';

/** What the control does, in order. */
let done: string[];
let opened: { resolve: (recorder: Recorder) => void; reject: (error: unknown) => void };
let halt: (why: Halt) => void;
let stage: Snapshot['stage'];
let control: VoiceControl;

const TAKE: Take = { blob: new Blob(['x']), durationMs: 1_000, waveform: [] };

const fakeRecorder = () =>
  ({
    snapshot: () => ({ stage, elapsedMs: 0, levels: [] }),
    pause: () => {
      stage = 'paused';
      return Promise.resolve(TAKE);
    },
    resume: () => {
      stage = 'recording';
    },
    finish: () => Promise.resolve(TAKE),
    drop: () => done.push('dropped'),
  }) as unknown as Recorder;

beforeEach(() => {
  done = [];
  stage = 'recording';
  control = new VoiceControl({
    open: (onHalt) => {
      halt = onHalt;
      return new Promise((resolve, reject) => {
        opened = { resolve, reject };
      });
    },
    settle: (_, __, wish) => {
      done.push(wish);
      return Promise.resolve();
    },
    forget: () => {
      done.push('forgotten');
      return Promise.resolve();
    },
  });
});

async function speaking(held = false): Promise<string> {
  const begun = control.begin(held);
  opened.resolve(fakeRecorder());
  await begun;
  const { state } = control.view();
  if (state.stage !== 'live') throw new Error(state.stage);
  return state.id;
}

describe('what is being said', () => {
  it('is sent', async () => {
    await speaking();
    await control.send();
    expect(done).toEqual(['send']);
    expect(control.view().state.stage).toBe('idle');
  });

  it('is put together before anything else can be done with it', async () => {
    await speaking();
    const sent = control.send();
    expect(control.isEnding()).toBe(true);
    await control.begin(false);
    expect(control.view().state.stage).toBe('idle');
    await sent;
    expect(control.isEnding()).toBe(false);
    expect(done).toEqual(['send']);
  });

  it('is kept when it is paused and when its chat is left', async () => {
    await speaking(true);
    await control.pause();
    expect(done).toEqual(['keep']);
    expect(control.view().state).toMatchObject({ stage: 'live', held: false });
    await control.leave();
    expect(done).toEqual(['keep', 'keep']);
  });

  it('is deleted after what was kept of it', async () => {
    await speaking();
    const paused = control.pause();
    await Promise.all([paused, control.cancel()]);
    expect(done).toEqual(['dropped', 'forgotten']);
  });

  it('ends when what was kept of it is sent or deleted in another tab', async () => {
    const id = await speaking();
    control.waits(undefined);
    expect(control.view().state.stage).toBe('live');
    await control.pause();
    control.waits(id);
    expect(control.view().state.stage).toBe('live');
    control.waits(undefined);
    expect(control.view().state.stage).toBe('idle');
    expect(done).toEqual(['keep', 'dropped']);
  });

  it('is kept when the microphone stops, with words', async () => {
    await speaking();
    halt('cut');
    await expect.poll(() => done).toEqual(['keep']);
    expect(control.view()).toEqual({ state: { stage: 'idle' }, note: 'cut' });
  });
});

describe('while the microphone is asked for', () => {
  it('nothing is recorded of whoever has left', async () => {
    const begun = control.begin(true);
    await control.leave();
    opened.resolve(fakeRecorder());
    await begun;
    expect(done).toEqual(['dropped']);
    expect(control.view().state.stage).toBe('idle');
  });

  it('the finger may go', async () => {
    const begun = control.begin(true);
    control.lock();
    opened.resolve(fakeRecorder());
    await begun;
    expect(control.view().state).toMatchObject({ stage: 'live', held: false });
  });

  it('a refusal is said, until somebody tries again', async () => {
    const begun = control.begin(false);
    opened.reject(new Refused('denied'));
    await begun;
    expect(control.view().note).toBe('denied');
    void control.begin(false);
    expect(control.view().note).toBeNull();
  });

  it('a recorder that cannot be loaded is said, too', async () => {
    const begun = control.begin(false);
    opened.reject(new TypeError('Failed to fetch dynamically imported module'));
    await begun;
    expect(control.view().note).toBe('unloaded');
  });
});

describe('a finger', () => {
  it('deletes towards the beginning of the line and locks upwards', () => {
    expect(slideOf(-100, -10, false)).toBe('cancel');
    expect(slideOf(100, 0, false)).toBeNull();
    expect(slideOf(100, 0, true)).toBe('cancel');
    expect(slideOf(-20, -80, false)).toBe('lock');
    expect(slideOf(-40, -20, false)).toBeNull();
  });
});
