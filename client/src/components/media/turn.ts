/** What plays now: beginning another one pauses it. */
let playing: HTMLMediaElement | null = null;

/** Somebody is about to speak. */
export function quiet(): void {
  playing?.pause();
}

export function takeTurn(element: HTMLMediaElement): void {
  if (playing !== element) playing?.pause();
  playing = element;
}
