import { colourOf, initialsOf } from '@/lib/identity';

interface Props {
  id: string;
  name: string;
  /** Where it stands: beside a run of messages, in a list, in a header, or alone at the top. */
  size?: 'run' | 'header' | 'list' | 'info';
  online?: boolean;
  /** Another colour than the id's own, where a neighbour has that. */
  colour?: number;
}

/** A disc with initials, in the colour that belongs to the id. Decoration: the name stands beside. */
export function Avatar({ id, name, size = 'list', online = false, colour = colourOf(id) }: Props) {
  return (
    <span className={`avatar avatar-${size} person-${colour}`} aria-hidden="true">
      {initialsOf(name)}
      {online && <span className="avatar-online" />}
    </span>
  );
}
