import { colourOf, initialsOf } from '@/lib/identity';

interface Props {
  id: string;
  name: string;
  size?: 'small' | 'medium' | 'large';
  online?: boolean;
}

/** A disc with initials, in the colour that belongs to the id. Decoration: the name stands beside. */
export function Avatar({ id, name, size = 'medium', online = false }: Props) {
  return (
    <span className={`avatar avatar-${size} person-${colourOf(id)}`} aria-hidden="true">
      {initialsOf(name)}
      {online && <span className="avatar-online" />}
    </span>
  );
}
