/** What plays now: beginning another one pauses it. */
let playing: HTMLMediaElement | null = null;

export function takeTurn(element: HTMLMediaElement): void {
  if (playing !== element) playing?.pause();
  playing = element;
}
