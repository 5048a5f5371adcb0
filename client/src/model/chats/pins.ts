/** The messages that stand above a chat. */
import type { Pin } from '@/api/types';

/** The pins that have not come to their end, the newest one first. */
export function standing(pins: Pin[], now: number): Pin[] {
  return pins.filter(({ until }) => Date.parse(until) > now).reverse();
}

/** The pins with this one at the end: the message may have been pinned before. */
export function pinned(pins: Pin[], pin: Pin): Pin[] {
  return [...unpinned(pins, pin.message_id), pin];
}

export function unpinned(pins: Pin[], messageId: string): Pin[] {
  return pins.filter(({ message_id }) => message_id !== messageId);
}
