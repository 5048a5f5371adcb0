import { useState } from 'react';
import { colourOf, initialsOf } from '@/lib/identity';

interface Props {
  id: string;
  name: string;
  /** The id of their picture: until it is there, or without one, their initials stand for them. */
  picture?: string | null | undefined;
  /** Where it stands: beside a run of messages, in a list, in a header, or alone at the top. */
  size?: 'run' | 'header' | 'list' | 'info';
  online?: boolean;
  /** Another colour than the id's own, where a neighbour has that. */
  colour?: number;
}

/** The address of a picture: a square of so many pixels. */
export const pictureUrl = (picture: string, size: 96 | 640): string =>
  `/api/v1/pictures/${picture}?size=${size}`;

/** A disc with a face, in the colour that belongs to the id. Decoration: the name stands beside. */
export function Avatar({
  id,
  name,
  picture,
  size = 'list',
  online = false,
  colour = colourOf(id),
}: Props) {
  /** Which picture has come, and which one does not load. */
  const [there, setThere] = useState<string | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <span className={`avatar avatar-${size} person-${colour}`} aria-hidden="true">
      {(!picture || there !== picture) && initialsOf(name)}
      {picture && picture !== failed && (
        <img
          className={there === picture ? 'avatar-face avatar-face-there' : 'avatar-face'}
          src={pictureUrl(picture, size === 'info' ? 640 : 96)}
          alt=""
          draggable={false}
          onLoad={() => setThere(picture)}
          onError={() => {
            setThere(null);
            setFailed(picture);
          }}
        />
      )}
      {online && <span className="avatar-online" />}
    </span>
  );
}
