import { decode, isBlurhashValid } from 'blurhash';
import { useLayoutEffect, useRef } from 'react';

/** Pixels of one side: the page makes it as large, and as smooth, as it is shown. */
const SIDE = 32;

/** The colours of a picture until it is there. */
export function Blur({ hash }: { hash: string | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const drawing = canvas.current?.getContext('2d');
    if (!drawing || hash === null || !isBlurhashValid(hash).result) return;
    const image = drawing.createImageData(SIDE, SIDE);
    image.data.set(decode(hash, SIDE, SIDE));
    drawing.putImageData(image, 0, 0);
  }, [hash]);
  return (
    <canvas ref={canvas} className="media-blur" width={SIDE} height={SIDE} aria-hidden="true" />
  );
}
