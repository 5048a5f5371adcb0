/** Records what somebody says. It knows nothing of chats; loaded when it is used. */
import { Refused, type Halt, type Refusal } from './control';
import { openMeter, type Meter } from './meter';
import { barsOf } from './waveform';

/** Longest recording; the server takes four hours. */
export const VOICE_MAX_MS = 15 * 60_000;
/** How often it is measured how loud it is. So there are 9 000 levels at most. */
const TICK_MS = 100;
/** Speech is clear in this. */
const BITS_PER_SECOND = 32_000;
/** What browsers record, the best first. */
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];

/** What was recorded so far. */
export interface Take {
  blob: Blob;
  durationMs: number;
  waveform: number[];
}

export interface Snapshot {
  stage: 'recording' | 'paused' | 'ended';
  elapsedMs: number;
  /** How loud it was, from 0 to 1; ten a second. */
  levels: readonly number[];
}

function reasonOf(error: unknown): Refusal {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unsupported';
  }
}

const stopTracks = (stream: MediaStream) => stream.getTracks().forEach((track) => track.stop());

/** Asks for the microphone and records; a `Refused` says why it cannot. */
export async function openRecorder(
  onHalt: (why: Halt) => void,
  meterOf: (stream: MediaStream) => Meter = openMeter,
): Promise<Recorder> {
  const { mediaDevices } = navigator as { mediaDevices?: MediaDevices };
  // Browsers have microphones for secure pages alone.
  if (!mediaDevices || typeof MediaRecorder === 'undefined') throw new Refused('unsupported');
  const stream = await mediaDevices.getUserMedia({ audio: true }).catch((error: unknown) => {
    throw new Refused(reasonOf(error), { cause: error });
  });
  try {
    return new Recorder(stream, meterOf(stream), onHalt);
  } catch (error) {
    stopTracks(stream);
    throw new Refused('unsupported', { cause: error });
  }
}

export class Recorder {
  readonly #stream: MediaStream;
  readonly #meter: Meter;
  readonly #media: MediaRecorder;
  readonly #onHalt: (why: Halt) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #listeners = new Set<() => void>();
  /** Resolved in order: one for each time that data was asked for. */
  readonly #waiting: (() => void)[] = [];
  #chunks: Blob[] = [];
  /** Of the stretches before the last pause. */
  #beforeMs = 0;
  /** When the running stretch began. */
  #sinceMs = performance.now();
  /** Somebody has asked for its end. */
  #ending = false;
  #snapshot: Snapshot = { stage: 'recording', elapsedMs: 0, levels: [] };

  constructor(stream: MediaStream, meter: Meter, onHalt: (why: Halt) => void) {
    this.#stream = stream;
    this.#meter = meter;
    this.#onHalt = onHalt;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#media = new MediaRecorder(stream, {
      audioBitsPerSecond: BITS_PER_SECOND,
      ...(mimeType === undefined ? {} : { mimeType }),
    });
    this.#media.addEventListener('dataavailable', ({ data }) => {
      if (data.size > 0) this.#chunks.push(data);
      this.#waiting.shift()?.();
    });
    this.#media.addEventListener('stop', () => this.#ended());
    this.#media.start();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Stops for a while; answers what there is so far, which can be played. */
  async pause(): Promise<Take> {
    if (this.#media.state === 'recording') {
      this.#media.pause();
      this.#beforeMs = this.#elapsedMs();
      this.#show({ stage: 'paused', elapsedMs: this.#beforeMs });
    }
    if (this.#media.state !== 'inactive') {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#media.requestData();
      });
    }
    return this.#take();
  }

  resume(): void {
    if (this.#media.state !== 'paused') return;
    this.#media.resume();
    this.#sinceMs = performance.now();
    this.#show({ stage: 'recording' });
  }

  /** Ends it, and answers all of it. */
  async finish(): Promise<Take> {
    this.#ending = true;
    if (this.#media.state !== 'inactive') {
      this.#beforeMs = this.#elapsedMs();
      await new Promise<void>((resolve) => {
        this.#media.addEventListener('stop', () => resolve(), { once: true });
        this.#media.stop();
      });
    }
    return this.#take();
  }

  /** Ends it, and forgets what was said. */
  drop(): void {
    void this.finish().then(() => {
      this.#chunks = [];
    });
  }

  #elapsedMs(): number {
    const running = this.#snapshot.stage === 'recording' && this.#beforeMs < VOICE_MAX_MS;
    const elapsedMs = this.#beforeMs + (running ? performance.now() - this.#sinceMs : 0);
    return Math.min(elapsedMs, VOICE_MAX_MS);
  }

  #tick(): void {
    if (this.#snapshot.stage !== 'recording') return;
    const elapsedMs = this.#elapsedMs();
    this.#show({ elapsedMs, levels: [...this.#snapshot.levels, this.#meter.level()] });
    if (elapsedMs >= VOICE_MAX_MS && !this.#ending) {
      void this.finish().then(() => this.#onHalt('full'));
    }
  }

  #ended(): void {
    if (this.#snapshot.stage === 'ended') return;
    const byItself = !this.#ending;
    if (byItself) this.#beforeMs = this.#elapsedMs();
    clearInterval(this.#timer);
    this.#meter.close();
    stopTracks(this.#stream);
    this.#waiting.splice(0).forEach((resolve) => resolve());
    this.#show({ stage: 'ended', elapsedMs: this.#beforeMs });
    if (byItself) this.#onHalt('cut');
  }

  #show(changed: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changed };
    this.#listeners.forEach((listener) => listener());
  }

  #take(): Take {
    // Without the codec: servers and elements go by the container.
    const type = this.#media.mimeType.replace(/;.*/, '');
    return {
      blob: new Blob(this.#chunks, { type }),
      durationMs: Math.round(this.#beforeMs),
      waveform: barsOf(this.#snapshot.levels),
    };
  }
}
