import { createContext } from 'react';

export interface Attaching {
  /** Takes files that were chosen: the sheet shows them before they are sent. */
  pick: (files: File[]) => void;
}

/** Null where no file may be sent: the other person has not accepted yet. */
export const AttachContext = createContext<Attaching | null>(null);
