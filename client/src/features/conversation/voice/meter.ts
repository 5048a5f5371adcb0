/** How loud a microphone is now. */
export interface Meter {
  /** From 0, silence, to 1. */
  level: () => number;
  close: () => void;
}

/** A power of two, as the analyser wants it: 20 ms of sound. */
const SAMPLES = 1_024;
/** Speech is far from as loud as a microphone can tell. */
const GAIN = 1.6;

export function openMeter(stream: MediaStream): Meter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = SAMPLES;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(SAMPLES);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
      // The ear hears the root of it.
      return Math.min(1, GAIN * Math.sqrt(Math.sqrt(power)));
    },
    close: () => void context.close(),
  };
}
