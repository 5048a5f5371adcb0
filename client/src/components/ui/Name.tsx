/**
 * What somebody, or a group, is called. Isolated from the words beside it, in its own direction, on
 * one line that ends in an ellipsis.
 */
export function Name({ name, handle = null }: { name: string; handle?: string | null }) {
  return (
    <span className="name">
      <bdi className="name-text">{name}</bdi>
      {handle !== null && <bdi className="name-handle">@{handle}</bdi>}
    </span>
  );
}
