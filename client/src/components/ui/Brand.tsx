/** A name is the same in every language. */
export const APP_NAME = 'Rookery';

/** The rook in its tile: the mark of the app. */
export function Mark({ size = 40 }: { size?: number }) {
  return <img className="mark" src="/rook.svg" width={size} height={size} alt="" />;
}
