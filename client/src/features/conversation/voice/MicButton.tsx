import { useRef, type RefObject, type SyntheticEvent, type TouchEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import type { Voice } from './useVoice';

/** A finger that leaves the screen sooner has tapped: the recording goes on without it. */
const TAP_MS = 400;
/** So far towards the beginning of the line, and what was said is deleted. */
const CANCEL_PX = 96;
/** So far upwards, and the finger is free. */
const LOCK_PX = 72;

type Direction = 'cancel' | 'lock' | null;

/** What a finger asks for that has moved so far. */
export function slideOf(dx: number, dy: number, rtl: boolean): Direction {
  if ((rtl ? dx : -dx) >= CANCEL_PX) return 'cancel';
  return -dy >= LOCK_PX ? 'lock' : null;
}

/** It stands where “Send” stood: a second press this soon was meant for that. */
const SECOND_PRESS_MS = 500;

interface Props {
  voice: Voice;
  /** When something was sent last, on the clock of events. */
  sentAt: RefObject<number>;
}

/** Held, it records until the finger goes; a tap, a click or a key records until that is ended. */
export function MicButton({ voice, sentAt }: Props) {
  const { t } = useTranslation();
  const finger = useRef<{ x: number; y: number; atMs: number } | null>(null);
  const held = voice.state.stage !== 'idle' && voice.state.held;

  const settleBack = (element: HTMLElement) => {
    finger.current = null;
    element.style.removeProperty('translate');
  };
  const isSecondPress = ({ timeStamp }: SyntheticEvent) =>
    timeStamp - sentAt.current < SECOND_PRESS_MS;
  const begin = (event: TouchEvent) => {
    const { touches } = event;
    const touch = touches[0];
    if (!touch || touches.length > 1 || isSecondPress(event)) return;
    finger.current = { x: touch.clientX, y: touch.clientY, atMs: performance.now() };
    voice.begin(true);
  };
  const slide = ({ touches, currentTarget }: TouchEvent<HTMLElement>) => {
    const touch = touches[0];
    const from = finger.current;
    if (!touch || !from) return;
    const [dx, dy] = [touch.clientX - from.x, touch.clientY - from.y];
    const rtl = getComputedStyle(currentTarget).direction === 'rtl';
    const wish = slideOf(dx, dy, rtl);
    if (wish === null) {
      const aside = rtl ? Math.max(dx, 0) : Math.min(dx, 0);
      // It follows the finger one way at a time.
      const along = Math.abs(dx) > Math.abs(dy);
      currentTarget.style.translate = along ? `${aside}px 0` : `0 ${Math.min(dy, 0)}px`;
      return;
    }
    settleBack(currentTarget);
    if (wish === 'cancel') voice.cancel();
    else voice.lock();
  };
  const end = (event: TouchEvent<HTMLElement>) => {
    // Otherwise a click follows, on what stands here by then.
    if (event.cancelable) event.preventDefault();
    const from = finger.current;
    if (!from) return;
    settleBack(event.currentTarget);
    const recording = voice.state.stage === 'live';
    if (recording && performance.now() - from.atMs >= TAP_MS) voice.send();
    else voice.lock();
  };

  return (
    <button
      type="button"
      className={held ? 'icon-button composer-mic composer-mic-held' : 'icon-button composer-mic'}
      aria-label={t('voice.record')}
      title={t('voice.record')}
      onClick={(event) => {
        if (!isSecondPress(event)) voice.begin(false);
      }}
      onTouchStart={begin}
      onTouchMove={slide}
      onTouchEnd={end}
      onTouchCancel={({ currentTarget }) => {
        if (!finger.current) return;
        settleBack(currentTarget);
        voice.lock();
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      {held && (
        <span className="voice-lock" aria-hidden="true">
          <Icon name="lock" size={20} />
        </span>
      )}
      <Icon name="voice" />
    </button>
  );
}
