import type { ReactNode } from 'react';

/** Drawn in two tones of the ground, each on 128 × 96. */
const PICTURES = {
  chats: (
    <>
      <path
        className="picture-back"
        d="M20 14h60a12 12 0 0 1 12 12v24a12 12 0 0 1-12 12H42L28 74V62h-8A12 12 0 0 1 8 50V26a12 12 0 0 1 12-12z"
      />
      <path
        className="picture-front"
        d="M60 38h48a12 12 0 0 1 12 12v18a12 12 0 0 1-12 12v11L95 80H60a12 12 0 0 1-12-12V50a12 12 0 0 1 12-12z"
      />
      <path className="picture-line" d="M62 54h44M62 66h28" />
    </>
  ),
  inbox: (
    <>
      <path
        className="picture-back"
        d="M32 12h64l24 38v26a10 10 0 0 1-10 10H18A10 10 0 0 1 8 76V50z"
      />
      <path
        className="picture-front"
        d="M8 50h30l8 14h36l8-14h30v26a10 10 0 0 1-10 10H18A10 10 0 0 1 8 76z"
      />
    </>
  ),
  people: (
    <>
      <path
        className="picture-back"
        d="M84 46a17 17 0 1 0 0-34 17 17 0 0 0 0 34zM54 88c0-22 12-34 30-34s32 12 34 34z"
      />
      <path
        className="picture-front"
        d="M46 50a17 17 0 1 0 0-34 17 17 0 0 0 0 34zM12 88c2-20 14-30 34-30s32 10 34 30z"
      />
    </>
  ),
  search: (
    <>
      <circle className="picture-back" cx="56" cy="44" r="34" />
      <path className="picture-stroke" d="M56 68a24 24 0 1 0 0-48 24 24 0 0 0 0 48zM74 61l28 26" />
    </>
  ),
  block: (
    <>
      <circle className="picture-back" cx="64" cy="48" r="40" />
      <path className="picture-stroke" d="M64 74a26 26 0 1 0 0-52 26 26 0 0 0 0 52zM46 29l37 38" />
    </>
  ),
} as const;

interface Props {
  picture: keyof typeof PICTURES;
  title: string;
  /** One sentence. */
  text: string;
  /** The one thing to do here. */
  children?: ReactNode;
}

/** What a place without content says, and what to do about it. */
export function EmptyState({ picture, title, text, children }: Props) {
  return (
    <div className="empty-state">
      <svg className="picture" viewBox="0 0 128 96" aria-hidden="true">
        {PICTURES[picture]}
      </svg>
      <p className="empty-state-title">{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}
