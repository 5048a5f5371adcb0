/** A microphone, and what browsers make of it, for tests. */
import { vi } from 'vitest';

export class FakeRecorder extends EventTarget {
  static made: FakeRecorder[] = [];
  static readonly isTypeSupported = (type: string): boolean => type.startsWith('audio/ogg');

  readonly mimeType: string;
  readonly stream: FakeStream;
  state: RecordingState = 'inactive';
  /** What was said and not handed over. */
  said = '';

  constructor(stream: FakeStream, options: MediaRecorderOptions) {
    super();
    this.stream = stream;
    this.mimeType = options.mimeType ?? '';
    FakeRecorder.made.push(this);
  }

  start(): void {
    this.state = 'recording';
  }

  pause(): void {
    this.state = 'paused';
  }

  resume(): void {
    this.state = 'recording';
  }

  /** Browsers answer later. */
  requestData(): void {
    if (this.state === 'inactive') throw new DOMException('inactive', 'InvalidStateError');
    queueMicrotask(() => this.#hand());
  }

  stop(): void {
    if (this.state === 'inactive') throw new DOMException('inactive', 'InvalidStateError');
    this.state = 'inactive';
    queueMicrotask(() => {
      this.#hand();
      this.dispatchEvent(new Event('stop'));
    });
  }

  #hand(): void {
    const data = new Blob([this.said], { type: this.mimeType });
    this.said = '';
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data }));
  }
}

interface FakeStream {
  stopped: boolean;
  getTracks: () => { stop: () => void }[];
}

/** Gives the browser a microphone; `refusal` is what it says instead. */
export function plugIn(refusal?: string): void {
  FakeRecorder.made = [];
  const getUserMedia = () => {
    if (refusal !== undefined) return Promise.reject(new DOMException('no', refusal));
    const stream: FakeStream = {
      stopped: false,
      getTracks: () => [
        {
          stop: () => {
            stream.stopped = true;
          },
        },
      ],
    };
    return Promise.resolve(stream);
  };
  vi.stubGlobal('MediaRecorder', FakeRecorder);
  Object.defineProperty(navigator, 'mediaDevices', {
    configurable: true,
    value: { getUserMedia },
  });
  class FakeAudioContext {
    createAnalyser = () => ({
      getFloatTimeDomainData: (samples: Float32Array) => void samples.fill(0.04),
    });
    createMediaStreamSource = () => ({ connect: () => undefined });
    close = () => Promise.resolve();
  }
  vi.stubGlobal('AudioContext', FakeAudioContext);
}

/** The recorder of the newest recording. */
export function recorder(): FakeRecorder {
  const newest = FakeRecorder.made.at(-1);
  if (!newest) throw new Error('nothing is being recorded');
  return newest;
}
